#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plugins that take their process with them, while they are loaded, at the first answer, amid the
# pictures or when they are closed: a row each, and every other row is what it is without them. And
# what else a plugin may do to its host: print, or never come back; and a host that has little.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
face=$MIEN_SOURCE/manifests/golden/collins.png
export MIEN_PLUGIN_PATH=$MIEN_BUILD/lib/mien/broken:$MIEN_PLUGIN_PATH
export MIEN_MANIFEST_PATH=$PWD:$MIEN_MANIFEST_PATH
crashing=(crash-in-open crash-later crash-in-run exit-in-run crash-in-close together)
models=(crash-in-open crash-later cnn-baseline crash-in-run exit-in-run crash-in-close together)

make_data() {
    local name
    for name in crash-in-open crash-later crash-in-run exit-in-run crash-in-close crash-in-batch \
        prints hang-in-run; do
        printf '%s\n' 'schema: 1' 'kind: model' "name: $name" "plugin: $name" \
            'classes: [angry, happy, sad]' >"$name.yaml"
    done
    printf '%s\n' 'schema: 1' 'kind: ensemble' 'name: together' 'members:' \
        '  - model: cnn-baseline' '  - model: crash-later' >together.yaml
    python3 "$MIEN_SOURCE/tests/cli/draw_clouds.py" data 4
}

# fates KEY=TEXT...: the rows of the JSON in out are those of the models, in their order or ranked;
# these have the errors, and the others' are of alone, but for times.
fates() {
    python3 - "$@" <<'PYTHON' || fail "rows beside plugins that crash: $(head -c 1500 out)"
import json, sys

def plain(row):
    timed = ("p50_ms", "p95_ms", "latency_ms", "latency_runs", "pictures_per_second")
    return {key: value for key, value in row.items() if key not in timed}

wanted = dict(each.split("=", 1) for each in sys.argv[1:])
rows = {row["model"]: row for row in json.load(open("out"))["models"]}
alone = {row["model"]: row for row in json.load(open("alone"))["models"]}
assert len(rows) == len(wanted) + len(alone) and alone, rows.keys()
for model, error in wanted.items():
    assert rows[model].get("error") == error, (model, rows[model], error)
for model, row in alone.items():
    assert "error" not in row and plain(rows[model]) == plain(row), (model, rows[model], row)
PYTHON
}

later='was ended by signal 9 (Killed) while it'
amid=(
    'crash-in-open=was ended by signal 11 (Segmentation fault) while it was loaded'
    "crash-later=$later answered"
    'crash-in-run=was ended by signal 6 (Aborted) while it answered'
    'exit-in-run=ended the process (exit 0) while it answered'
    "together=$later answered"
)

# Twelve pictures by threes: crash-later dies of its second batch.
over_data() {
    ends 0 evaluate --json --batch 3 cnn-baseline data
    cp out alone
    ends 3 evaluate --json --batch 3 "${models[@]}" data
    fates "${amid[@]}" 'crash-in-close=was ended by signal 6 (Aborted) while it was closed'
    ends 3 evaluate --batch 3 "${models[@]}" data
    says out 'was ended by signal 11 (Segmentation fault) while it was loaded'
    (($(grep -cE '^(crash|exit)-.* (was ended|ended) |^together .*was ended' out) == 6)) ||
        fail "the table: $(<out)"
    ends 0 compare --json --seconds 0.001 --batch 3 --data data cnn-baseline
    cp out alone
    ends 3 compare --json --seconds 0.001 --batch 3 --csv table.csv --data data "${models[@]}"
    fates "${amid[@]}" 'crash-in-close=was ended by signal 6 (Aborted) while it was loaded anew'
    (($(grep -c 'ended' table.csv) == 6 && $(wc -l <table.csv) == 8)) || fail "$(<table.csv)"
}

# One model alone goes the same way; so do gates, which it then does not pass.
alone() {
    local name
    for name in "${crashing[@]}"; do
        ends 3 evaluate --batch 3 "$name" data
        says out ended
        ends 3 compare --seconds 0.001 --batch 3 --data data "$name"
        says out ended
        ends 3 compare -m "$name" "$face"
        says out ended
    done
    ends 3 evaluate --batch 3 --fail-if 'accuracy < 0' crash-later data
}

# Asked for one picture, crash-later answers, and dies while it is timed.
on_a_picture() {
    local given=()
    for name in "${models[@]}"; do
        given+=(-m "$name")
    done
    ends 0 compare --json -m cnn-baseline "$face"
    cp out alone
    ends 3 compare --json --draw all.png "${given[@]}" "$face"
    fates 'crash-in-open=was ended by signal 11 (Segmentation fault) while it was loaded' \
        "crash-later=$later was timed" \
        'crash-in-run=was ended by signal 6 (Aborted) while it answered' \
        'exit-in-run=ended the process (exit 0) while it answered' \
        'crash-in-close=was ended by signal 6 (Aborted) while it was closed' \
        "together=$later was timed"
    [[ -s all.png ]] || fail 'nothing was drawn of who answered'
    ends 3 compare "${given[@]}" "$face"
    says out 'cnn-baseline    happy'
}

# Maps are measured after the figures of answers, which stay: this one dies of more than three
# pictures at a time, as occlusion asks.
measured() {
    ends 3 compare --json --seconds 0.001 --batch 3 --faithfulness 2 --data data crash-in-batch \
        cnn-baseline
    python3 - <<'PYTHON' || fail "maps beside a plugin that crashes: $(head -c 1500 out)"
import json

rows = {row["model"]: row for row in json.load(open("out"))["models"]}
assert not any("error" in row for row in rows.values()) and len(rows) == 2
assert abs(rows["crash-in-batch"]["accuracy"]["value"] - 1 / 3) < 1e-6
assert rows["crash-in-batch"]["faithfulness"]["error"] == (
    "was ended by signal 6 (Aborted) while its maps were measured")
assert "error" not in rows["cnn-baseline"]["faithfulness"]
PYTHON
}

# What a plugin prints stands beside the rows, not among them.
printing() {
    ends 0 evaluate --json --batch 3 prints data
    python3 -c 'import json; json.load(open("out"))' || fail "what a plugin prints: $(head -3 out)"
    for text in open run close; do
        says err "this is $text"
    done
    ends 0 compare --json --seconds 0.001 --data data prints cnn-baseline
    python3 -c 'import json; json.load(open("out"))' || fail "what a plugin prints: $(head -3 out)"
    ends 0 compare --json -m prints "$face"
    python3 -c 'import json; json.load(open("out"))' || fail "what a plugin prints: $(head -3 out)"
    printf '%s\n' 'schema: 1' 'kind: sweep' 'name: talk' 'grids:' '  - models: [prints]' >talk.yaml
    ends 0 sweep --json talk.yaml data
    python3 -c 'import json; json.load(open("out"))' || fail "what a plugin prints: $(head -3 out)"
}

# gives_up SIGNAL ARGUMENT...: mien, interrupted while a plugin of its hangs, ends.
gives_up() {
    local status=0 signal=$1
    shift
    : >err # or the last one's is read before this one's is there
    "$mien" "$@" >out 2>err &
    local child=$!
    until grep -q 'this hangs' err || ! kill -0 $child; do
        sleep 0.05
    done
    kill "-$signal" $child
    wait $child || status=$?
    ((status == 130)) || fail "mien $*: ended by SIG$signal with $status: $(head -c 600 err)"
    says err interrupted
    [[ ! -s out ]] || fail "mien $*: printed $(head -c 300 out)"
}

hanging() {
    gives_up INT evaluate --json --batch 3 cnn-baseline hang-in-run data
    gives_up INT evaluate --json --batch 64 cnn-baseline hang-in-run data
    gives_up INT compare --json -m hang-in-run -m cnn-baseline "$face"
    printf '%s\n' 'schema: 1' 'kind: sweep' 'name: hung' 'grids:' '  - models: [hang-in-run]' \
        >hung.yaml
    gives_up TERM sweep -o hung.jsonl --json hung.yaml data
    [[ ! -s hung.jsonl ]] || fail "what hung has a row: $(<hung.jsonl)"
}

# Files that may be open at a time, for more models than they are enough for: the others have rows.
few_files() {
    local i many=()
    for ((i = 0; i < 20; i++)); do
        printf '%s\n' 'schema: 1' 'kind: model' "name: many-$i" "plugin: crash-in-batch" \
            'classes: [angry, happy, sad]' >"many-$i.yaml"
        many+=("many-$i")
    done
    for i in 8 16 30 40; do
        (ulimit -n "$i" && ends 1 evaluate --json --batch 3 "${many[@]}" data && exit $failed) ||
            failed=1
        ((i < 30)) && continue
        python3 - <<'PYTHON' || fail "rows of few files: $(head -c 1500 out)"
import json

rows = json.load(open("out"))["models"]
assert len(rows) == 20 and "error" not in rows[0], rows[0]
assert "ulimit -n" in rows[19]["error"], rows[19]
assert all(row.get("pictures", 12) == 12 for row in rows)
PYTHON
    done
    (ulimit -n 30 && ends 1 compare --json --seconds 0.001 --batch 3 --data data "${many[@]}" &&
        exit $failed) || failed=1
    (ulimit -Sn 30 && ends 0 evaluate --json --batch 3 "${many[@]}" data && exit $failed) ||
        failed=1
    (ulimit -n 8 && ends 1 predict -m cnn-baseline "$face" && exit $failed) || failed=1
}

# A batch larger than a file may be.
small_files() {
    (ulimit -f 10 && ends 1 evaluate --json --batch 64 cnn-baseline data && exit $failed) ||
        failed=1
    says out 'no memory can be shared (File too large)'
}

make_data
printing
hanging
few_files
small_files
over_data
alone
on_a_picture
measured
exit $failed
