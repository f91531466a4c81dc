#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `mien fit`: what it fits to, what it writes and refuses, and that no figure is ever reported on the
# pictures that were fitted to.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
subject=(fit)
face=$MIEN_SOURCE/manifests/golden/collins.png
pictures=$MIEN_SOURCE/tests/fixtures/images

# holds EXPRESSION: true of the JSON document `d` in out.
holds() {
    python3 -c "import json; d = json.load(open('out')); assert $1, d" 2>trace ||
        fail "$1: $(tail -n 1 trace | head -c 600)"
}

# run COMMAND STATUS ARGUMENT...: another command than fit.
run() {
    subject=("$1")
    ends "${@:2}"
    subject=(fit)
}

# pack_anew PNG PNG: the same pixels in another file.
pack_anew() {
    python3 - "$@" <<'PYTHON'
import struct, sys, zlib
data, at, packed, rest = open(sys.argv[1], "rb").read(), 8, b"", []
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    if kind == b"IDAT":
        packed += data[at + 8:at + 8 + size]
    else:
        rest.append(data[at:at + 12 + size])
    at += 12 + size
body = b"IDAT" + zlib.compress(zlib.decompress(packed), 1)
chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
open(sys.argv[2], "wb").write(data[:8] + rest[0] + chunk + rest[-1])
PYTHON
    cmp -s "$1" "$2" && fail "$2 is the same file"
}

make_data() {
    mkdir -p data/happy data/sad
    cp "$face" data/happy/1.png
    cp "$pictures"/{rgb,cmyk,orientation-6}.jpg data/happy
    cp "$pictures"/{gray.jpg,full-chroma.jpg,palette-alpha.png,bilevel.png} data/sad
    cat >pair.yaml <<'YAML'
schema: 1
kind: ensemble
name: pair
classes: [happy, sad]
members:
- model: mini-xception
- model: face-expression
  weight: 2
golden:
- {image: data/happy/1.png, probabilities: [1, 0], tolerance: 0.5}
YAML
    sed 's/^- model: mini.*//; s/name: pair/name: one/' pair.yaml >one.yaml
    sed 's/^members/fitted: {method: both, data: d, validation: 1, pictures: 1, digests: d, sha256: '"$(printf "a%.0s" {1..64})"'}\nmembers/' pair.yaml >done.yaml
}

fitting() {
    ends 0 pair.yaml data
    says out "data: 8 pictures of 2 classes"
    says out "both *"
    says out "nothing was written"
    [[ ! -e pair.pictures ]] || fail "a list was written without --output"
    local method
    for method in temperature weights both stack; do
        ends 0 --json -m $method -o "by-$method.yaml" pair.yaml data
        holds "d['pictures'] == 8 and d['unreadable'] == 0 and d['validation'] == 1"
        holds "d['method'] == '$method' and d['output'] == 'by-$method.yaml'"
        holds "[m['method'] for m in d['methods']] == ['temperature', 'weights', 'both', 'stack']"
        holds "all(m['fitted']['log_loss'] < d['before']['log_loss'] for m in d['methods'])"
        holds "all(m['held_out']['log_loss'] > m['fitted']['log_loss'] for m in d['methods'])"
        holds "all(abs(sum(m['weights']) - 1) < 1e-5 for m in d['methods'][1:3])"
        holds "d['methods'][0]['weights'] == [2, 1]" # by name: face-expression first
        holds "len(d['methods'][3]['coefficients']) == 2 * 2 * 2"
        cp out "$method.json"
        [[ $(wc -l <"by-$method.pictures") == 8 ]] || fail "$(wc -l <"by-$method.pictures") pictures"
        sort -cu "by-$method.pictures" || fail "the list is not sorted"
        says "by-$method.yaml" "name: by-$method"
        says "by-$method.yaml" "method: $method"
        grep -q golden "by-$method.yaml" && fail "golden samples of other numbers were taken over"
        # What it answers is what was measured: without its list it can be evaluated on them.
        sed '/^fitted/,$d' "by-$method.yaml" >"bare-$method.yaml"
        run evaluate 0 --json "bare-$method.yaml" data
        python3 - $method <<'PYTHON' || fail "by-$method.yaml does not answer as it was measured"
import json, sys
fitted, evaluated = json.load(open(sys.argv[1] + ".json")), json.load(open("out"))
row = {m["method"]: m for m in fitted["methods"]}[sys.argv[1]]["fitted"]
for key in "log_loss", "accuracy", "calibration_error":
    assert abs(row[key] - evaluated["models"][0][key]["value"]) < 1e-5, (key, row, evaluated)
PYTHON
    done
    [[ $(find . -name '*.new.pictures' -o -name '*.part' | wc -l) == 0 ]] ||
        fail "something is left over: $(ls)"
    cp by-both.yaml again.yaml
    ends 0 -b 3 -t 1 -o by-both.yaml pair.yaml data
    cmp -s by-both.yaml again.yaml || fail "another size of batch fits other numbers"
    ends 0 --json -m weights one.yaml data
    holds "d['methods'][1]['weights'] == [1] and d['methods'][1]['temperatures'] == [1]"
    holds "d['methods'][1]['fitted'] == d['before'] == d['members'][0]['alone']"
}

# Of each class a half, by the readable ones: 2 of 4, also where a fifth cannot be read.
cutting() {
    ends 0 --json --validation 0.5 --seed 3 -o cut.yaml pair.yaml data
    holds "d['pictures'] == 4 and d['validation'] == 0.5 and d['seed'] == 3"
    says cut.yaml "validation: 0.5"
    says cut.yaml "seed: 3"
    cp cut.pictures first.pictures
    comm -13 by-both.pictures cut.pictures | grep -q . && fail "pictures that the data have not"
    cp -r data torn
    echo x >torn/sad/0.png
    ends 3 --json --validation 0.5 --seed 3 -o cut.yaml pair.yaml torn
    holds "d['pictures'] == 4 and d['unreadable'] == 1"
    says err "torn/sad/0.png"
    cmp -s cut.pictures first.pictures || fail "an unreadable picture moves the cut"
    ends 0 --validation 0.5 --seed 4 -o cut.yaml pair.yaml data
    cmp -s cut.pictures first.pictures && fail "another seed cuts off the same pictures"
    ends 3 --validation 0.05 pair.yaml data/../few
    mkdir -p few/happy few/sad
    cp data/happy/1.png few/happy
    cp data/sad/gray.jpg few/sad
    ends 3 --validation 0.5 pair.yaml few
    says err 'class "happy" has 1 picture, too few'
    ends 0 --json pair.yaml few
    holds "d['pictures'] == 2"
}

# Copies under other names, as another kind of file, in another class: left out of every figure.
leaving_out() {
    run evaluate 3 by-both.yaml data
    says err "by-both.yaml was fitted to 8 of the 8 pictures; they are left out"
    says err "no picture is left that by-both.yaml was not fitted to"
    [[ ! -s out ]] || fail "figures of nothing: $(<out)"
    mkdir -p other/happy other/sad
    cp data/sad/gray.jpg other/happy/copied.jpg
    cp "$pictures/rgb.png" "$pictures/rgba.png" other/happy
    cp "$pictures/palette.png" other/sad
    pack_anew "$face" other/sad/packed.png
    run evaluate 0 --json by-both.yaml mini-xception other
    holds "d['fitted_to'] == 2 and d['pictures'] == 3 and d['unreadable'] == 0"
    holds "all(sum(map(sum, m['confusion'])) == 3 for m in d['models'])"
    says err "by-both.yaml was fitted to 2 of the 5 pictures; they are left out"
    run evaluate 0 by-both.yaml mini-xception other
    says out "other: 3 pictures of 2 classes"
    says out "2 more left out, since an ensemble was fitted to them"
    run evaluate 0 --json --corruption noise:3 by-both.yaml other
    holds "d['fitted_to'] == 2" # known before it is damaged
    run evaluate 0 --json pair.yaml mini-xception other
    holds "d['fitted_to'] == 0 and d['pictures'] == 5"
    run compare 0 --json --data other by-both.yaml mini-xception
    holds "d['fitted_to'] == 2 and d['pictures'] == 3"
    run evaluate 0 --csv table.csv by-both.yaml other
    python3 -c "
import csv
assert next(csv.DictReader(open('table.csv')))['pictures'] == '3'" || fail "$(<table.csv)"
    run predict 0 -m by-both.yaml data/happy/1.png
    # In a sweep others keep all pictures, whatever stands beside them.
    printf '%s\n' 'schema: 1' 'kind: sweep' 'name: s' 'classes: [happy, sad]' 'grids:' \
        '- models: [mini-xception, by-both, face-expression]' '  datasets: [other]' >s.yaml
    MIEN_MANIFEST_PATH=$MIEN_MANIFEST_PATH:$PWD run sweep 0 -o s.jsonl s.yaml
    python3 - <<'PYTHON' || fail "the sweep: $(head -c 900 s.jsonl)"
import json
rows = {row["model"]: row for row in map(json.loads, open("s.jsonl"))}
assert [rows[name]["pictures"] for name in ("mini-xception", "by-both", "face-expression")] == [5, 3, 5]
assert rows["by-both"]["fitted_to"] == 2 and "fitted_to" not in rows["mini-xception"]
PYTHON
    # Without its list an ensemble has no figures.
    cp by-both.yaml by-both.pictures few
    sed -i '$d' few/by-both.pictures
    run evaluate 3 --json few/by-both.yaml mini-xception other
    holds "'has another SHA-256' in d['models'][0]['error'] and d['pictures'] == 5"
    rm few/by-both.pictures
    run evaluate 3 --json few/by-both.yaml mini-xception other
    holds "'no file \"by-both.pictures\"' in d['models'][0]['error']"
}

refusing() {
    ends 2 pair.yaml
    ends 2 --method guess pair.yaml data
    ends 2 mini-xception data
    says err "is a manifest of a model; an ensemble is fitted, which may have one member"
    ends 3 done.yaml data
    says err "done.yaml:5:"
    says err "is fitted already"
    ends 3 pair.yaml absent
    ends 3 pair.yaml data/happy
    mkdir -p lacking/happy
    cp "$face" lacking/happy
    ends 3 pair.yaml lacking
    says err 'there is no folder of class "sad"'
    mkdir -p none/happy none/sad
    echo x | tee none/happy/1.png >none/sad/1.png
    ends 3 pair.yaml none
    says err "none: none of its pictures can be used"
    ends 2 -o pair.yaml pair.yaml data
    says err "--output is the ensemble itself"
    ends 2 -o fitted pair.yaml data
    says err "it must be NAME.yaml"
    ends 2 -o Fitted.yaml pair.yaml data
    says err "lower-case letters"
    refuses_early -o absent/fitted.yaml pair.yaml data
    mkdir folder.yaml
    refuses_early -o folder.yaml pair.yaml data
    # A disk that is full leaves what was there.
    local before
    before=$(cat by-both.yaml by-both.pictures | cksum)
    (
        trap '' XFSZ
        ulimit -f 0
        "$mien" fit -o by-both.yaml pair.yaml few >/dev/null 2>err
    )
    [[ $? == 1 ]] || fail "a full disk went unnoticed"
    [[ $(cat by-both.yaml by-both.pictures | cksum) == "$before" ]] || fail "half a manifest"
}

make_data
fitting
cutting
leaving_out
refusing
((failed)) || echo "all as it should be"
exit "$failed"
