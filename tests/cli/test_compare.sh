#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `mien compare --data`, counted again here from what `mien predict` says; gates, baselines, JUnit.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"

compare() { # STATUS ARGUMENT...
    ends "$1" compare --seconds 0.001 "${@:2}"
}

# variant NAME MEAN: the baseline, misled by pictures that are too dark or too bright.
variant() {
    sed "s/^name: .*/name: $1/; s/mean: .*/mean: [$2]/" "$MIEN_SOURCE/manifests/cnn-baseline.yaml" \
        >"zoo/$1.yaml"
}

models=(cnn-baseline bright)
make_data() {
    mkdir zoo
    cp "$MIEN_SOURCE"/manifests/cnn-baseline.{md,safetensors} zoo
    variant bright 0.3
    variant dark 0.8
    export MIEN_MANIFEST_PATH=$PWD/zoo:$MIEN_MANIFEST_PATH
    python3 "$MIEN_SOURCE/tests/cli/draw_clouds.py" data 20
    # A second set bears the labels that the first model gives.
    "$mien" predict -k 1 --json -m cnn-baseline data >said
    python3 - <<'PYTHON'
import json, os, shutil
for number, line in enumerate(open("said")):
    answer = json.loads(line)
    folder = "easy/" + answer["predictions"][0]["class"]
    os.makedirs(folder, exist_ok=True)
    shutil.copy(answer["picture"], f"{folder}/{number}.png")
PYTHON
}

counting() {
    "$mien" predict -k 1 --json -m "${models[0]}" -m "${models[1]}" data >said
    compare 0 --data data --json --disagreements 200 "${models[@]}"
    python3 - <<'PYTHON' || fail "what is counted: $(head -c 900 out)"
import collections, json, math

said = collections.defaultdict(dict)
for line in open("said"):
    answer = json.loads(line)
    top = answer["predictions"][0]
    said[answer["picture"]][answer["model"]] = (top["class"], top["probability"])
compared = json.load(open("out"))
rows = {row["model"]: row for row in compared["models"]}
right = {model: {path for path, each in said.items() if each[model][0] == path.split("/")[1]}
         for model in rows}
assert compared["pictures"] == len(said) == 60
for model, row in rows.items():
    assert math.isclose(row["accuracy"]["value"], len(right[model]) / 60, rel_tol=1e-6)
    assert row["rank"] >= 1 and row["p50_ms"] > 0 and row["p95_ms"] >= row["p50_ms"]
    assert row["memory_bytes"] == row["packed_bytes"] + row["arena_bytes"] > 0
(pair,) = compared["pairs"]
first, second = right[pair["first"]], right[pair["second"]]
assert len(first) >= len(second)
assert pair["first_only"] == len(first - second) and pair["second_only"] == len(second - first)
toss = len(first ^ second)
tail = sum(math.comb(toss, i) for i in range(min(pair["first_only"], pair["second_only"]) + 1))
assert math.isclose(pair["p"], min(1, 2 * tail / 2 ** toss), rel_tol=1e-6), pair
assert pair["p_holm"] == pair["p"]
assert pair["difference"]["low"] <= pair["difference"]["value"] <= pair["difference"]["high"]
assert pair["apart"] == (pair["p"] < 0.05)
assert {row["rank"] for row in rows.values()} == ({1, 2} if pair["apart"] else {1})
assert any(row["pareto"] for row in rows.values())
assert [compared["models"][i]["model"] for i in compared["order"]] == [pair["first"], pair["second"]]

disputed = {path: min(each[model][1] for model in rows) for path, each in said.items()
            if len({each[model][0] for model in rows}) > 1}
assert 5 < compared["disputed"] == len(disputed) == len(compared["disagreements"])
confidences = [each["confidence"] for each in compared["disagreements"]]
assert confidences == sorted(confidences, reverse=True)
for each in compared["disagreements"]:
    assert abs(each["confidence"] - disputed[each["picture"]]) < 1e-3
    assert each["label"] == each["picture"].split("/")[1]
    for answer in each["answers"]:
        assert answer["class"] == said[each["picture"]][answer["model"]][0]
PYTHON
}

ranking() {
    compare 0 --data easy "${models[@]}"
    says out "cnn-baseline is ahead of bright: p = "
    grep -qE '^ +1 +cnn-baseline +100\.00 ' out || fail "who leads: $(<out)"
    grep -qE '^ +2 +bright ' out || fail "who follows: $(<out)"
    compare 3 --data easy absent "${models[@]}"
    says out 'absent        no manifest "absent"'
    grep -qE '^ +2 +bright ' out || fail "one that fails takes the others along"
    compare 0 --data data -m bright -m cnn-baseline -m dark
    says out "by McNemar's exact test with Holm's correction"
    says out "more such pictures would"
    compare 0 --data data cnn-baseline cnn-baseline
    says out "no number of pictures like these would tell them apart"
    says out "Not of one mind on 0 of 60 pictures"
    compare 3 --data data --json cnn-baseline absent bright
    python3 -c 'import json; assert sorted(json.load(open("out"))["order"]) == [0, 2]' ||
        fail "the order has one that failed"
    compare 0 --data data cnn-baseline
    if grep -q McNemar out; then fail "one model has none to be compared with"; fi
    compare 0 --data data --disagreements 0 "${models[@]}"
    if grep -q PICTURE$ out; then fail "--disagreements 0 lists some"; fi
}

drawing() {
    compare 0 --data data --disagreements 6 --sheet sheet.png "${models[@]}"
    [[ $(od -An -tx1 -N8 sheet.png | tr -d ' ') == 89504e470d0a1a0a ]] || fail "sheet.png is no PNG"
    compare 2 --data data --sheet sheet.gif "${models[@]}"
    says err "sheet.gif"
    refuses_early compare --data data --sheet absent/sheet.png "${models[@]}"
    says err "absent/sheet.png: cannot create a file beside it"
}

gates() {
    compare 0 --data data --fail-if 'accuracy < 0.01' --fail-if 'p95_ms>1e6' "${models[@]}"
    ends 1 evaluate --fail-if 'accuracy <= 1' --junit report.xml cnn-baseline data
    says err "mien evaluate: cnn-baseline: accuracy is "
    says err ", so 'accuracy <= 1' holds"
    ends 1 evaluate --fail-if 'p50_ms > 0' cnn-baseline data
    says err "cnn-baseline: p50_ms is"
    ends 1 evaluate --fail-if 'accuracy_low<1' cnn-baseline data
    says err "accuracy's lower end is"
    compare 3 --data easy --fail-if 'accuracy < 1' --junit report.xml 'a<b>&"c' "${models[@]}"
    says err "bright: accuracy is"
    compare 1 --data data --fail-if 'parameters > 1e5' cnn-baseline
    says err "cnn-baseline: parameters is 685187"
    python3 - <<'PYTHON' || fail "JUnit: $(<report.xml)"
import xml.etree.ElementTree as tree
root = tree.parse("report.xml").getroot()
assert root.tag == "testsuites" and root.attrib == {
    "name": "compare", "tests": "5", "failures": "1", "errors": "1"}, root.attrib
suites = {suite.get("name"): suite for suite in root}
assert set(suites) == {'a<b>&"c', "cnn-baseline", "bright"}
assert suites['a<b>&"c'].find("testcase/error") is not None
failure, = suites["bright"].iter("failure")
assert "accuracy < 1" in failure.get("message")
assert [case.get("name") for case in suites["cnn-baseline"]] == ["answers", "accuracy < 1"]
assert not list(suites["cnn-baseline"].iter("failure"))
PYTHON
    compare 2 --data data --fail-if 'acuracy < 1' cnn-baseline
    says err 'there is no figure "acuracy"; did you mean "accuracy"? There are accuracy,'
    compare 2 --data data --fail-if 'majority_accuracy < 1' cnn-baseline
    says err "this figure needs --votes"
    compare 2 --data data --fail-if 'accuracy is low' cnn-baseline
    says err "no relation follows the figure"
    compare 2 --data data --fail-if 'accuracy <' cnn-baseline
    says err "no number ends it"
    refuses_early compare --data data --junit absent/report.xml cnn-baseline
    says err "absent/report.xml: cannot create a file beside it"
}

# change FIGURE NUMBER: the baseline then has that.
change() {
    python3 - "$@" <<'PYTHON'
import csv, sys
rows = list(csv.DictReader(open("table.csv", newline="")))
for row in rows:
    row[sys.argv[1]] = sys.argv[2]
with open("changed.csv", "w", newline="") as file:
    writer = csv.DictWriter(file, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
PYTHON
}

baselines() {
    compare 0 --data easy --csv table.csv "${models[@]}"
    compare 0 --data easy --baseline table.csv --tolerance log_loss=0 --tolerance memory_bytes=0 \
        "${models[@]}"
    ends 0 evaluate --baseline table.csv "${models[@]}" easy
    change accuracy 1
    ends 1 evaluate --baseline changed.csv bright easy
    says err "bright: accuracy is"
    says err "and was 1 in changed.csv"
    ends 0 evaluate --baseline changed.csv --tolerance 0.9 bright easy
    ends 0 evaluate --baseline changed.csv --tolerance accuracy=95% bright easy
    ends 1 evaluate --baseline changed.csv --significant bright easy
    says err "and by more than luck"
    # Two pictures fewer of 60 are no sure sign of anything.
    change accuracy "$(python3 -c "
import csv
row = list(csv.DictReader(open('table.csv', newline='')))[1]
print(float(row['accuracy']) + 2 / 60)")"
    ends 1 evaluate --baseline changed.csv bright easy
    ends 0 evaluate --baseline changed.csv --significant bright easy
    change p95_ms 1e-9
    compare 1 --data easy --baseline changed.csv --tolerance p95_ms=50% cnn-baseline
    says err "p95_ms is"
    change accuracy many
    ends 3 evaluate --baseline changed.csv cnn-baseline easy
    says err 'changed.csv: "many" in column "accuracy" is no number'
    change schema 2
    ends 3 evaluate --baseline changed.csv cnn-baseline easy
    says err 'changed.csv: row 1 has results of schema 2; this Mien reads 1'
    cut -d , -f 2- table.csv >older.csv # of before there was a schema
    ends 0 evaluate --baseline older.csv cnn-baseline easy
    ends 1 evaluate --baseline table.csv dark easy
    says err "table.csv has no row of it on easy"
    ends 1 evaluate --baseline table.csv --flip cnn-baseline easy
    says err "and --flip"
    printf 'name,score\na,1\n' >other.csv
    ends 3 evaluate --baseline other.csv cnn-baseline easy
    says err 'other.csv: has no column "model"; a baseline is a table that'
    ends 0 evaluate --csv plain.csv cnn-baseline easy
    ends 3 evaluate --baseline plain.csv --tolerance p95_ms=1 cnn-baseline easy
    says err 'plain.csv: has no column "p95_ms"'
    compare 3 --data easy --csv plain.csv cnn-baseline
    says err "plain.csv: is not a table that 'mien compare' began"
    ends 3 evaluate --baseline absent.csv cnn-baseline easy
    ends 2 evaluate --tolerance 0.1 cnn-baseline easy
    says err "--tolerance and --significant go with --baseline"
    ends 2 evaluate --baseline table.csv --tolerance accuracy=-1 cnn-baseline easy
    ends 2 evaluate --baseline table.csv --tolerance speed=1 cnn-baseline easy
    says err 'there is no figure "speed"'
}

# The figures of maps are those of `mien explain`, and answers are as they are without them.
faithfulness() {
    export MIEN_PLUGIN_PATH=$MIEN_BUILD/lib/mien/samples
    cp "$MIEN_SOURCE"/docs/samples/hog/{hog.yaml,hog.weights,face.png} zoo
    printf '%s\n' 'schema: 1' 'kind: ensemble' 'name: pair' 'members:' '  - {model: bright}' \
        '  - {model: cnn-baseline}' >zoo/pair.yaml
    rm -rf few && mkdir few
    for class in angry happy sad; do
        mkdir "few/$class" && cp "$(find "data/$class" -name '*.png' | sort | head -n 1)" "few/$class"
    done
    compare 0 --data few --json cnn-baseline hog pair
    cp out plain.json
    compare 0 --data few --faithfulness 9 --csv maps.csv cnn-baseline hog pair
    says out 'the centre'
    says out "mean of 2 members' grad-cam"
    compare 0 --data few --json --faithfulness 9 cnn-baseline hog pair
    "$mien" explain --measure --json -m cnn-baseline few >explained
    "$mien" explain --measure --json -m hog --method occlusion few >>explained
    "$mien" explain --measure --json -m pair few >>explained
    python3 - <<'PYTHON' || fail "maps are measured otherwise than by mien explain"
import csv, json
rows = json.load(open("out"))["models"]
plain = json.load(open("plain.json"))["models"]
table = list(csv.DictReader(open("maps.csv")))
explained = [json.loads(line) for line in open("explained")]
assert [row["accuracy"] for row in rows] == [row["accuracy"] for row in plain]
assert not any("faithfulness" in row for row in plain)
assert [row["faithfulness"]["method"] for row in rows] == ["grad-cam", "occlusion", "grad-cam"]
assert {row["map_error"] for row in table} == {""}
assert rows[1]["faithfulness"]["sanity"]["mean"] is None and table[1]["sanity"] == ""
for row, flat, said in zip(rows, table, explained):
    found = row["faithfulness"]
    assert {"model": row["model"], **found} == said, (found, said)
    assert found["measured"] + found["empty"] == 3 and int(flat["map_pictures"]) == found["measured"]
    assert flat["map_method"] == found["method"]
    for name, mean in [("deletion", found["deletion"]), ("centre_road", found["centre"]["road"])]:
        low = mean["mean"] - mean["margin"]
        assert abs(float(flat[name]) - mean["mean"]) < 1e-5, (name, flat, mean)
        assert abs(float(flat[name + "_low"]) - low) < 1e-5, (name, flat, mean)
PYTHON
    # They are gates like any other figure, and to be held against a table.
    local deletion
    deletion=$(python3 -c 'import json
print(json.load(open("out"))["models"][0]["faithfulness"]["deletion"]["mean"])')
    compare 0 --data few --faithfulness 9 --fail-if 'deletion > 1' --fail-if 'stable_low < 0' \
        --baseline maps.csv --tolerance deletion=1e-6 --tolerance insertion=1e-6 cnn-baseline
    compare 1 --data few --faithfulness 9 --fail-if 'deletion < 1' cnn-baseline
    says err "cnn-baseline: deletion is $(printf %.5s "$deletion")"
    compare 1 --data few --faithfulness 9 --fail-if 'insertion_high < 2' --fail-if 'sanity > 1' hog pair
    says err "hog: insertion's upper end is"
    says err "hog: sanity is not known, so 'sanity > 1' cannot be ruled out"
    compare 2 --data few --fail-if 'deletion > 1' cnn-baseline
    says err "this figure needs 'mien compare --faithfulness'"
    ends 2 evaluate --fail-if 'stable < 1' cnn-baseline few
    says err "this figure needs 'mien compare --faithfulness'"
    # Tables with and without such columns are not mixed.
    compare 3 --data few --csv maps.csv cnn-baseline
    compare 3 --data few --csv table.csv --faithfulness 1 cnn-baseline
    says err "'mien compare --faithfulness' began"
    compare 2 --faithfulness 1 a.png
}

refusing() {
    compare 2
    compare 2 a.png b.png
    says err "takes one PICTURE, or MODELs and --data DATASET"
    compare 2 --votes x.csv a.png
    says err "the others need --data DATASET"
    compare 2 --crop 1,1,2,2 --data data
    compare 3 --data absent cnn-baseline
    mkdir -p empty/angry empty/happy empty/sad
    compare 3 --data empty cnn-baseline
    says err "empty"
    compare 3 --data data absent
    says out "no manifest"
    compare 3 --data data --json absent
    python3 -c "
import json
d = json.load(open('out'))
assert not d['pairs'] and d['missing'] is None and not d['disagreements'], d" || fail "no model left"
}

make_data
counting
ranking
drawing
gates
baselines
faithfulness
refusing
((failed)) || echo "all as it should be"
exit "$failed"
