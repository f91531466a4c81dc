#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The samples as the build made them: they answer as the programs that trained them, and refuse
# what does not fit.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
export MIEN_PLUGIN_PATH=$MIEN_BUILD/lib/mien/samples MIEN_MANIFEST_PATH=$MIEN_SOURCE/docs/samples
samples=$MIEN_SOURCE/docs/samples

# ends STATUS ARGUMENT...: runs mien; its output, both streams, is in out.
ends() {
    local wanted=$1 status=0
    shift
    "$mien" "$@" >out 2>&1 </dev/null || status=$?
    ((status == wanted)) || fail "mien $*: wanted exit status $wanted, got $status: $(head -c 600 out)"
}

says() { grep -qF -- "$1" out || fail "no '$1' in: $(head -c 600 out)"; }

count=0
for folder in "$samples"/*/; do
    name=$(basename "$folder")
    [[ -f $folder/$name.yaml ]] || continue
    ends 0 check "$name"
    says "passed  $name: 1 of 1"
    ends 0 inspect "$name"
    ends 0 predict -m "$name" "$folder/face.png"
    says happy
    count=$((count + 1))
done
((count == 2)) || fail "$count samples"
ends 0 compare -m small-cnn -m hog "$samples/hog/face.png"

# A batch is as its pictures one by one, whatever came before in it.
cp "$samples/hog/face.png" a.png
cp "$MIEN_SOURCE/manifests/golden/collins.png" b.png
cp a.png c.png
for name in small-cnn hog; do
    ends 0 predict --json --batch 3 -m "$name" a.png b.png c.png
    mv out batch
    ends 0 predict --json --batch 1 -m "$name" a.png b.png c.png
    python3 - out batch <<'PYTHON' || fail "$name: a batch answers otherwise"
import json, sys
one, three = ([json.loads(line) for line in open(path)] for path in sys.argv[1:])
assert len(one) == len(three) == 3, (one, three)
for a, b in zip(one, three):
    a, b = ({p["class"]: p["logit"] for p in row["predictions"]} for row in (a, b))
    assert a.keys() == b.keys() and all(abs(a[c] - b[c]) < 1e-4 for c in a), (a, b)
PYTHON
done

# hog's own weights file is not trusted: each spoilt copy gets its message.
spoil() { # STATUS MESSAGE CLASSES: after bad.weights was written
    printf 'schema: 1\nkind: model\nname: bad\nplugin: hog\nclasses: [%s]\nweights: {file: bad.weights, sha256: %s}\n' \
        "$3" "$(sha256sum bad.weights | cut -d ' ' -f 1)" >bad.yaml
    ends "$1" predict -m ./bad.yaml a.png
    says "$2"
}
three='angry, happy, sad'
cp "$samples/hog/hog.weights" bad.weights
spoil 3 'made for 3 classes and 288 features; the manifest has 2 classes' 'a, b'
printf 'more' >>bad.weights
spoil 3 'not as long as its header says' "$three"
head -c 1000 "$samples/hog/hog.weights" >bad.weights
spoil 3 'not as long as its header says' "$three"
printf 'HOG' >bad.weights
spoil 3 'no "HOG 1" in front' "$three"
printf 'schema: 1\nkind: model\nname: bare\nplugin: hog\nclasses: [a, b]\n' >bare.yaml
ends 3 predict -m ./bare.yaml a.png
printf 'schema: 1\nkind: model\nname: bare\nplugin: hog\nclasses: [a, b]\ninput: {height: 24}\nweights: {file: bad.weights, sha256: %s}\n' \
    "$(sha256sum bad.weights | cut -d ' ' -f 1)" >bare.yaml
ends 3 predict -m ./bare.yaml a.png
says 'the input must be 48×48×1'

# What needs a graph refuses hog by name.
ends 3 inspect hog --profile
says hog

((failed)) || echo "$count samples"
exit "$failed"
