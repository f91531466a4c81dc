#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `mien sweep`: killed and resumed, in parts, cell by cell, through GNU parallel; failures; what is
# refused.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
subject=(sweep)

# sweep NAME LINE...: writes a manifest.
sweep() {
    printf '%s\n' 'schema: 1' 'kind: sweep' "name: $1" "${@:2}" >"$1.yaml"
}

# same_rows FILE FILE: the same cells with the same figures, whatever the order; times aside.
same_rows() {
    python3 "$MIEN_SOURCE/tests/cli/same_rows.py" "$@" || fail "$* differ"
}

count() {
    [[ -e $1 ]] && wc -l <"$1" || echo 0
}

# killed FILE ROWS: a run that is killed once the file has so many rows.
killed() {
    "$mien" sweep -o "$1" small.yaml data >/dev/null 2>&1 &
    local child=$!
    while (($(count "$1") < $2)) && kill -0 $child 2>/dev/null; do :; done
    kill -KILL $child 2>/dev/null
    wait $child 2>/dev/null
}

resuming() {
    ends 0 -n "$MIEN_SOURCE/manifests/sweeps/robustness.yaml" data
    says out '248 cells' # 8 models, 6 corruptions at 5 severities, and none
    ends 0 -n robustness data # by name
    says out '248 cells; in robustness.jsonl'
    ends 0 -n small.yaml data
    says out '30 cells; in small.jsonl: 0 done, 0 failed; 30 open'
    ends 0 -o whole.jsonl small.yaml data
    says out '30/30'
    (($(count whole.jsonl) == 30)) || fail "$(count whole.jsonl) rows of 30 cells"
    local at=0
    for _ in 1 2 3; do
        at=$((at + 1 + RANDOM % 8))
        killed torn.jsonl $at
    done
    (($(count torn.jsonl) < 30)) || fail 'the sweep was not killed in time to be resumed'
    printf '{"schema":1,"cell":"0123' >>torn.jsonl # as a machine leaves it that goes down
    ends 0 -n -o torn.jsonl small.yaml data
    tail -c 5 torn.jsonl | grep -q 0123 || fail 'a dry run changed the results'
    ends 0 -o torn.jsonl small.yaml data
    says err 'the last line is not whole'
    same_rows whole.jsonl torn.jsonl
    cp whole.jsonl before.jsonl
    ends 0 -o whole.jsonl small.yaml data
    says out '30 done, 0 failed; 0 open'
    cmp -s whole.jsonl before.jsonl || fail 'what was done was done again'
}

# What is left of a row that was being written when the power went: passed over wherever it is, and
# taken away at the end. Nothing else is.
torn() {
    local -r begun='{"schema":1,"cell":"0123456789abcdef","sweep":"sma'
    local length
    for length in 1 8 20 ${#begun}; do
        { head -3 whole.jsonl && printf %s "${begun:0:length}" && tail -n +4 whole.jsonl; } >glued.jsonl
        cp glued.jsonl before.jsonl
        ends 0 -o glued.jsonl small.yaml data
        says out '30 done, 0 failed; 0 open'
        says err 'glued.jsonl: 1 row is cut off, as by a machine that went down; passed over'
        cmp -s glued.jsonl before.jsonl || fail 'what is passed over was changed'
        ends 0 --baseline glued.jsonl -o whole.jsonl small.yaml data
        says err 'glued.jsonl: 1 row is cut off'
        "$mien" report glued.jsonl -o glued.html >out 2>err || fail "report: $(<err)"
        says err '1 row is cut off'
    done
    # Two ends that were cut off, one behind the other, and a last row that lacks its line feed.
    { printf %s "$begun$begun" && head -c -1 whole.jsonl; } >glued.jsonl
    ends 0 -o glued.jsonl small.yaml data
    says err 'glued.jsonl: 2 rows are cut off'
    (($(wc -l <glued.jsonl) == 30)) || fail 'the last row was not ended'
    [[ $(wc -c <glued.jsonl) == $((2 * ${#begun} + $(wc -c <whole.jsonl))) ]] || fail 'a row is lost'
    { head -29 whole.jsonl && tail -1 whole.jsonl | head -c -2; } >short.jsonl
    "$mien" report short.jsonl -o short.html >out 2>err || fail "report: $(<err)"
    says err '1 row is cut off'
    ends 0 -o short.jsonl small.yaml data
    says err 'the last line is not whole'
    same_rows whole.jsonl short.jsonl
    local text
    for text in 'my thesis, one line' '{"my": "thesis"}' '{"my": "the' '{"schema":1,"models":[' \
        '{"schema":1,"cell":"0123456789abcdeg' $'model,accuracy\nvit,0.8'; do
        printf %s "$text" >thesis.txt
        ends 3 -o thesis.txt small.yaml data
        says err 'thesis.txt:1:'
        says err 'is no row of a sweep'
        [[ $(<thesis.txt) == "$text" ]] || fail "a file of others was changed: $text"
        { head -2 whole.jsonl && printf %s "$text"; } >thesis.txt
        cp thesis.txt before.jsonl
        ends 3 -o thesis.txt small.yaml data
        says err 'thesis.txt:3:'
        cmp -s thesis.txt before.jsonl || fail "what is no row was taken away: $text"
    done
}

parts() {
    ends 0 --list small.yaml data
    cut -f 1 out | sort >all
    (($(uniq all | wc -l) == 30)) || fail 'identities of cells are not unique'
    for part in 1 2 3 4; do
        ends 0 --list --shard $part/4 small.yaml data
        cut -f 1 out
    done | sort | cmp -s all - || fail 'parts do not cover all cells once'
    ends 0 --shard 1/2 -o half.jsonl small.yaml data
    ends 0 --shard 2/2 -o other.jsonl small.yaml data
    cat half.jsonl other.jsonl >both.jsonl
    same_rows whole.jsonl both.jsonl
    for wrong in 0/4 5/4 1 a/b 1/0 1/2/3 -1/2; do
        ends 2 --shard=$wrong small.yaml data
    done
}

cells() {
    ends 0 --list small.yaml data
    local id
    id=$(sed -n 7p out | cut -f 1)
    ends 0 --cell "$id" -o one.jsonl small.yaml data
    (($(count one.jsonl) == 1)) || fail 'one cell is not one row'
    ends 0 --list -o one.jsonl small.yaml data
    [[ $(awk -F '\t' '$2 == "done" {print $1}' out) == "$id" ]] || fail 'the list does not say done'
    ends 3 --cell 0123456789abcdef small.yaml data
    says err '--list shows'
    ends 2 --cell "$id" --shard 1/2 small.yaml data
    # Another picture, and they are other cells.
    cp -r data more
    cp more/happy/"$(find more/happy -type f -printf '%f\n' | head -1)" more/happy/again.png
    ends 0 --list small.yaml more
    cut -f 1 out | sort | comm -12 - all | grep -q . && fail 'other data, and the same cell'
    # So they are where a picture, or the plugin, has other bytes, as many as before.
    rm -r more && cp -r data more
    local picture
    picture=$(find more/happy -type f | head -1)
    printf x | dd of="$picture" bs=1 seek=40 conv=notrunc status=none
    ends 0 --list small.yaml data && sort out >unchanged
    mv data kept && mv more data
    ends 0 --list small.yaml data
    sort out | comm -12 - unchanged | grep -q . && fail 'another picture of the same size, and the same cell'
    mv data more && mv kept data
    mkdir plugins
    cp "$MIEN_BUILD/lib/mien/plugins/cnn-baseline.so" plugins
    MIEN_PLUGIN_PATH=$PWD/plugins:$MIEN_PLUGIN_PATH ends 0 --list small.yaml data
    sort out | cmp -s - unchanged || fail 'the same plugin elsewhere, and another cell'
    printf x >>plugins/cnn-baseline.so
    MIEN_PLUGIN_PATH=$PWD/plugins:$MIEN_PLUGIN_PATH ends 0 --list small.yaml data
    sort out | comm -12 - unchanged | grep -q . && fail 'another plugin, and the same cell'
    # What a seed does not change is one cell; a grid given twice is one.
    sweep seeds 'classes: [angry, happy, sad]' 'grids:' \
        '  - {models: [cnn-baseline], corruptions: [none, blur, noise], severities: [2], seeds: [1, 2]}' \
        '  - {models: [cnn-baseline], corruptions: [blur], severities: [2, 3]}'
    ends 0 --list seeds.yaml data
    (($(wc -l <out) == 5)) || fail "cells of seeds: $(cat out)"
}

many_programs() {
    if ! command -v parallel >/dev/null; then
        echo 'GNU parallel is not there; its run is left out'
        return
    fi
    "$mien" sweep --list small.yaml data | cut -f 1 |
        parallel -j 3 "$mien" sweep --cell '{}' -o parallel.jsonl small.yaml data >/dev/null 2>err ||
        fail "parallel: $(head -c 600 err)"
    same_rows whole.jsonl parallel.jsonl
}

failures() {
    sweep half 'classes: [angry, happy, sad]' 'grids:' \
        '  - {models: [absent, cnn-baseline], corruptions: [none, blur], severities: [1]}'
    ends 3 -o half-failed.jsonl half.yaml data
    (($(grep -c '"error"' half-failed.jsonl) == 2)) || fail 'failed cells are not rows'
    (($(count half-failed.jsonl) == 4)) || fail 'the others did not go on'
    ends 1 -o half-failed.jsonl half.yaml data
    (($(count half-failed.jsonl) == 4)) || fail 'what failed ran again unasked'
    ends 3 --retry -o half-failed.jsonl half.yaml data
    (($(count half-failed.jsonl) == 6)) || fail 'what failed did not run again'
    ends 3 --fail-fast -o fast.jsonl half.yaml data
    (($(count fast.jsonl) == 2)) || fail '--fail-fast went on'
    # A data set that cannot be listed fails by itself, one that lost a picture counts it.
    printf '%s\n' 'schema: 1' 'kind: sweep' 'name: sets' 'classes: [angry, happy, sad]' 'limit: 6' \
        'grids:' '  - {models: [cnn-baseline], datasets: [nowhere, data, dangling]}' >sets.yaml
    cp -r data dangling
    ln -s /nowhere/at-all dangling/angry/aaa.png
    ends 3 -o sets.jsonl sets.yaml
    python3 - <<'PYTHON' || fail "rows of data sets: $(<sets.jsonl)"
import json
lost, sound, dangling = map(json.loads, open("sets.jsonl"))
assert lost["error"].startswith('data set "nowhere": there is no such folder')
assert (sound["unreadable"], sound["pictures"], sound["limit"]) == (0, 6, 6)
assert (dangling["unreadable"], dangling["pictures"]) == (1, 5)
assert sound["model_digest"] == lost["model_digest"]
assert len({row["data_digest"] for row in (lost, sound, dangling)}) == 3
PYTHON
    says err 'dangling/angry/aaa.png'
    rm dangling/angry/aaa.png
    ends 3 --retry -o sets.jsonl sets.yaml
    (($(count sets.jsonl) == 5)) || fail "a mended data set: $(<sets.jsonl)"
    ends 1 --fail-if 'accuracy < 1.1' --junit report.xml -o whole.jsonl small.yaml data
    says err 'accuracy < 1.1'
    says report.xml '<failure'
    ends 0 --fail-if 'accuracy < 0' -o whole.jsonl small.yaml data
    ends 2 --fail-if 'acuracy < 0' -o whole.jsonl small.yaml data
    : >data/angry/broken.png
    ends 3 --cell "$("$mien" sweep --list small.yaml data | head -1 | cut -f 1)" -o bad.jsonl \
        small.yaml data
    says bad.jsonl '"unreadable":1'
    rm data/angry/broken.png
}

# A plugin that takes the process with it costs its own cells alone, and they are known from then on.
crashes() {
    local name
    for name in crash-in-run exit-in-run; do
        printf '%s\n' 'schema: 1' 'kind: model' "name: $name" "plugin: $name" \
            'classes: [angry, happy, sad]' >"$name.yaml"
    done
    sweep crashes 'classes: [angry, happy, sad]' 'limit: 6' 'grids:' \
        '  - {models: [crash-in-run, cnn-baseline, exit-in-run], corruptions: [none, blur], severities: [1]}'
    local MIEN_PLUGIN_PATH=$MIEN_BUILD/lib/mien/broken:$MIEN_PLUGIN_PATH
    ends 3 crashes.yaml data
    python3 - <<'PYTHON' || fail "rows of what crashed: $(<crashes.jsonl)"
import json
rows = [(row["model"], row.get("error", row.get("pictures"))) for row in map(json.loads, open("crashes.jsonl"))]
assert rows == 2 * [("crash-in-run", "was ended by signal 6 (Aborted) while it answered"), ("cnn-baseline", 6),
                    ("exit-in-run", "ended the process (exit 0) while it answered")]
PYTHON
    ends 1 crashes.yaml data
    (($(count crashes.jsonl) == 6)) || fail 'what crashed ran again unasked'
    ends 3 --fail-fast -o crash-fast.jsonl crashes.yaml data
    (($(count crash-fast.jsonl) == 3)) || fail '--fail-fast went on after the pass of a crash'
}

# A scheduler tells the program alone, not what it started.
terminated() {
    "$mien" sweep -o ended.jsonl small.yaml data >/dev/null 2>err &
    local child=$! status=0
    while (($(count ended.jsonl) < 2)) && kill -0 $child 2>/dev/null; do :; done
    kill -TERM $child
    wait $child || status=$?
    ((status == 130)) || fail "ended by SIGTERM with $status: $(<err)"
    says err 'interrupted after '
    (($(count ended.jsonl) < 30)) || fail 'SIGTERM was not heard'
}

# The table is made of the results: the same numbers, a row a cell, however often it is written.
tables() {
    local csv
    for csv in whole.csv whole.csv; do
        ends 0 --csv "$csv" -o whole.jsonl small.yaml data
        python3 - "$csv" <<'PYTHON' || fail "the table: $(head -c 900 whole.csv)"
import csv, json, sys
cells = {row["cell"]: row for row in map(json.loads, open("whole.jsonl"))}
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert len(rows) == 30 and {row["cell"] for row in rows} == set(cells)
for row in rows:
    cell = cells[row["cell"]]
    assert None not in row and None not in row.values()
    for name in "model", "dataset", "classes", "corruption", "plan":
        assert row[name] == cell[name], name
    for name in "model_digest", "data_digest":
        assert row[name] == cell[name], name
    for name in "pictures", "unreadable", "severity", "seed", "batch", "threads", "threads_used":
        assert row[name] == str(cell[name]), name
    for name in "accuracy", "balanced_accuracy", "macro_f1", "log_loss", "brier", "calibration_error":
        for end, column in ("value", name), ("low", name + "_low"), ("high", name + "_high"):
            assert abs(float(row[column]) - cell[name][end]) <= 1e-6 * abs(cell[name][end]), column
    assert float(row["pictures_per_second"]) > 0
    assert (row["split"], row["flip"], row["p50_ms"], row["error"]) == ("", "0", "", "")
PYTHON
    done
    ends 1 --csv half.csv -o half-failed.jsonl half.yaml data
    [[ $(grep -c 'no manifest ""absent""' half.csv) == 2 ]] || fail "failed cells: $(<half.csv)"
    rm fast.jsonl
    ends 3 --fail-fast --csv fast.csv -o fast.jsonl half.yaml data
    says fast.csv ',was not run'
    ends 0 --csv part.csv --shard 1/3 -o whole.jsonl small.yaml data
    (($(wc -l <part.csv) == 11)) || fail "a part's table has $(wc -l <part.csv) lines"
    "$mien" report whole.csv -o whole.html >out 2>err || fail "report: $(<err)"
    "$mien" evaluate --baseline whole.csv dark data 2>err && fail 'a table of damage is a baseline'
    says err "whole.csv: is a sweep's table"
    # Nothing of others is written over, and it is known before any cell runs.
    echo 'a,b' >other.csv
    ends 3 --csv other.csv -o unborn.jsonl small.yaml data
    says err "other.csv: is not a table that 'mien sweep --csv' began"
    refuses_early --csv nowhere/table.csv -o unborn.jsonl small.yaml data
    [[ ! -e unborn.jsonl && $(<other.csv) == a,b ]] || fail 'a table was begun, or cells were run'
    ends 3 --csv same.jsonl -o same.jsonl half.yaml data
    says same.jsonl '"cell"'
    ends 2 --csv whole.csv -n -o whole.jsonl small.yaml data
}

# change FILE KEY VALUE: whole.jsonl as it would be, had every cell had that.
change() {
    python3 - "$@" <<'PYTHON'
import json, sys
path, key, value = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with open(path, "w") as file:
    for line in open("whole.jsonl"):
        row = json.loads(line) | {"cell": "0123456789abcdef"} # as with other weights
        if isinstance(row[key], dict):
            row[key]["value"] = row[key]["low"] = row[key]["high"] = value
        else:
            row[key] = value
        file.write(json.dumps(row) + "\n")
PYTHON
}

baselines() {
    local -r again=(-o whole.jsonl small.yaml data)
    cp whole.jsonl before.jsonl
    ends 0 --baseline before.jsonl "${again[@]}"
    ends 0 --baseline before.jsonl --tolerance log_loss=0 --tolerance brier=0 "${again[@]}"
    change before.jsonl accuracy 1.1
    ends 1 --baseline before.jsonl --junit report.xml "${again[@]}"
    says err 'mien sweep: dark data noise:4 seed 3 threads 1 batch 7 small: accuracy is '
    says err 'and was 1.1 in before.jsonl, worse by more than 0'
    python3 - <<'PYTHON' || fail 'JUnit does not have every cell'
import xml.etree.ElementTree as tree
suites = list(tree.parse("report.xml").getroot())
assert len(suites) == 30
for suite in suites:
    assert [case.get("name") for case in suite] == ["answers", "baseline accuracy"]
    assert suite.get("failures") == "1" and suite.get("errors") == "0"
PYTHON
    ends 0 --baseline before.jsonl --tolerance 1.1 "${again[@]}"
    ends 0 --baseline before.jsonl --tolerance accuracy=100% "${again[@]}"
    # One picture fewer of 30 is no sure sign of anything, half of them are.
    python3 - <<'PYTHON'
import json
rows = [json.loads(line) for line in open("whole.jsonl")]
for name, less in ("little", 1), ("much", -15):
    with open(name + ".jsonl", "w") as file:
        for row in rows:
            right = round(row["accuracy"]["value"] * row["pictures"])
            more = min(row["pictures"], right + 1) if less == 1 else row["pictures"]
            row["accuracy"]["value"] = more / row["pictures"]
            file.write(json.dumps(row) + "\n")
PYTHON
    ends 1 --baseline little.jsonl "${again[@]}"
    ends 0 --baseline little.jsonl --significant "${again[@]}"
    ends 1 --baseline much.jsonl --significant "${again[@]}"
    says err 'and by more than luck'
    # The last row without an error counts.
    { cat much.jsonl whole.jsonl && sed 's/"classes".*/"error":"broke"}/' whole.jsonl; } >both.jsonl
    ends 0 --baseline both.jsonl "${again[@]}"
    change before.jsonl seed 77
    ends 1 --baseline before.jsonl "${again[@]}"
    says err 'before.jsonl has no row of it with the same split, classes, flip and limit'
    ends 2 --baseline whole.jsonl "${again[@]}"
    says err 'is where the results go'
    ends 2 --tolerance 0.1 "${again[@]}"
    says err '--tolerance and --significant go with --baseline'
    ends 2 --fail-if 'p95_ms > 20' "${again[@]}"
    says err "this figure needs 'seconds' in the sweep's manifest"
    ends 2 --baseline much.jsonl --tolerance majority_accuracy=0 "${again[@]}"
    says err 'this figure needs votes, which a sweep does not take'
    ends 2 --fail-if 'deletion > 0.5' "${again[@]}"
    says err 'this figure needs maps, which a sweep does not make'
    ends 3 --baseline absent.jsonl "${again[@]}"
    printf 'model,accuracy\nvit,0.8\n' >table.csv
    ends 3 --baseline table.csv "${again[@]}"
    says err 'table.csv:1:1: is no row of a sweep'
    sed 's/"schema":1/"schema":0/' whole.jsonl >old.jsonl
    ends 3 --baseline old.jsonl "${again[@]}"
    says err 'old.jsonl:1:1: is a row of schema 0'
    : >empty.jsonl
    ends 3 --baseline empty.jsonl "${again[@]}"
    says err 'empty.jsonl: has no row with the figure accuracy'
    # What costs are, where the sweep measures them.
    sed 's/^limit.*/limit: 6/; s/^grids/seconds: 0.001\ngrids/' tiny.yaml >timed.yaml
    ends 0 --fail-if 'p95_ms > 1e9' -o timed.jsonl timed.yaml data
    ends 3 --baseline much.jsonl --tolerance p95_ms=20% -o timed.jsonl timed.yaml data
    says err 'has no row with the figure p95_ms'
    cp timed.jsonl before.jsonl
    python3 - <<'PYTHON' || fail "counts are not whole numbers: $(<timed.jsonl)"
import json, sys
row, = map(json.loads, open("timed.jsonl"))
counts = [row[name] for name in ("parameters", "multiply_adds", "weights_bytes", "memory_bytes")]
sys.exit(not all(isinstance(count, int) and count > 0 for count in counts))
PYTHON
    ends 0 --baseline before.jsonl --tolerance p95_ms=20% --tolerance weights_bytes=0 \
        -o timed.jsonl timed.yaml data
}

# A row says how many threads there were, for all that is asked.
threads() {
    sweep threads 'classes: [angry, happy, sad]' 'limit: 6' 'seconds: 0.001' 'grids:' \
        '  - {models: [cnn-baseline], threads: [0, 1, 1000], batches: [4]}'
    ends 0 threads.yaml data
    python3 - "$(nproc)" <<'PYTHON' || fail "threads: $(<threads.jsonl)"
import json, sys
processors = int(sys.argv[1])
rows = [json.loads(line) for line in open("threads.jsonl")]
assert [row["threads"] for row in rows] == [0, 1, 1000]
assert [row["threads_used"] for row in rows] == [min(processors, 4), 1, min(processors, 4)]
assert [row["latency_threads"] for row in rows] == [1, 1, processors]
PYTHON
}

# A cell is what `mien evaluate` finds, damaged alike.
evaluated() {
    "$mien" evaluate --json --classes angry,happy,sad --corruption noise:5 dark data >said || fail evaluate
    python3 - <<'PYTHON' || fail 'a cell is not what evaluating says'
import json, sys
rows = [json.loads(line) for line in open("whole.jsonl")]
said = json.load(open("said"))
cell, = (row for row in rows if (row["model"], row["corruption"], row["severity"]) == ("dark", "noise", 5))
sys.exit(any(cell[key] != said["models"][0][key] for key in ("accuracy", "log_loss", "brier"))
         or (said["corruption"], said["severity"], said["seed"]) != ("noise", 5, 0))
PYTHON
    local status=0
    "$mien" evaluate --corruption blur:6 dark data 2>err || status=$?
    ((status == 2)) || fail 'blur:6 is not refused'
    status=0
    "$mien" evaluate --corruption blur:5 --csv table.csv dark data 2>err || status=$?
    ((status == 2)) || fail '--csv is not refused with --corruption'
}

refused() {
    sed 's/"schema":1/"schema":0/' whole.jsonl >old.jsonl
    ends 3 -o old.jsonl small.yaml data
    says err 'old.jsonl:1:1: is a row of schema 0'
    echo '{"model":"vit","accuracy":1}' >other.jsonl
    ends 3 -o other.jsonl small.yaml data
    says err 'other.jsonl:1:1: is no row of a sweep'
    echo 'model,accuracy' >table.jsonl
    ends 3 -o table.jsonl small.yaml data
    says err 'table.jsonl:1:1: is no row of a sweep'
    ends 3 cnn-baseline data
    says err 'kind model'
    ends 2 small.yaml
    says err 'without datasets'
    ends 3 small.yaml nowhere
    says err 'data set "nowhere": there is no such folder: no manifest "nowhere"; looked in'
    refuses_early --junit nowhere/report.xml -o rows-of-none.jsonl small.yaml data
    says err 'nowhere/report.xml: cannot create a file beside it'
    [[ ! -e rows-of-none.jsonl ]] || fail "cells were run for nothing"
    ends 1 -o nowhere/rows.jsonl small.yaml data
    says err 'cannot be made'
    ends 1 -o data small.yaml data
    mkdir empty
    ends 3 small.yaml empty
    says err 'holds no folders'
    mkdir empty/{angry,happy,sad}
    ends 3 small.yaml empty
    says err 'empty/angry: there is no .jpg, .jpeg or .png file in this folder of a class'
    sed 's/severities: .1, 5./severity: [1]/' small.yaml >key.yaml
    ends 3 key.yaml data
    says err 'key.yaml:8:5: unknown key "severity" in a grid; did you mean "severities"?'
}

python3 "$MIEN_SOURCE/tests/cli/draw_clouds.py" data 10
# What changes under a sweep has no figures, rather than those of another model.
changing() {
    mkdir shifting
    sed 's/^name: .*/name: shifty/' dark.yaml >shifting/shifty.yaml
    cp cnn-baseline.{md,safetensors} shifting
    printf '%s\n' 'schema: 1' 'kind: ensemble' 'name: pair' \
        'members: [{model: cnn-baseline}, {model: shifting/shifty.yaml}]' >pair.yaml
    sweep shift 'classes: [angry, happy, sad]' 'grids:' \
        '  - {models: [pair.yaml], corruptions: [none, blur, noise, jpeg, brightness, rotation]}'
    "$mien" sweep -o shift.jsonl shift.yaml data >/dev/null 2>&1 &
    local child=$!
    while (($(count shift.jsonl) < 1)) && kill -0 $child 2>/dev/null; do :; done
    sed 's/mean: .*/mean: [0.3]/' shifting/shifty.yaml >changed
    mv changed shifting/shifty.yaml
    wait $child
    (($? == 3)) || fail 'a change went unnoticed'
    local all changed
    all=$(count shift.jsonl)
    changed=$(grep -c 'pair.yaml: its manifest or its plugin changed since the sweep began' shift.jsonl)
    ((all == 26 && changed > 0)) || fail "$changed of $all rows are of a model that changed"
    grep -q accuracy <(grep changed shift.jsonl) && fail 'figures of a model that changed'
    ends 0 -o shift.jsonl shift.yaml data
    says out '26 done, 0 failed; 0 open'
}

sed 's/^name: .*/name: dark/; s/mean: .*/mean: [0.8]/' "$MIEN_SOURCE/manifests/cnn-baseline.yaml" \
    >dark.yaml
cp "$MIEN_SOURCE"/manifests/cnn-baseline.{md,safetensors} .
export MIEN_MANIFEST_PATH=$PWD:$MIEN_MANIFEST_PATH
sweep small 'classes: [angry, happy, sad]' 'grids:' '  - models: [cnn-baseline, dark]' \
    '    corruptions: [none, blur, noise, jpeg, brightness, rotation, occlusion]' \
    '    severities: [1, 5]' \
    '  - {models: [dark], threads: [1], batches: [7], seeds: [3], plans: [small, fast],' \
    '     corruptions: [none, noise], severities: [4]}'
sweep tiny 'classes: [angry, happy, sad]' 'limit: 6' 'grids:' '  - models: [cnn-baseline]'

resuming
torn
parts
cells
many_programs
threads
evaluated
baselines
failures
crashes
changing
terminated
tables
refused
exit $failed
