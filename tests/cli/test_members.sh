#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `mien evaluate` says of an ensemble's members: against each by itself, against ensembles of
# the others, and counted again here from what `mien predict` says.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"

ensemble() { # NAME LINE...
    printf '%s\n' 'schema: 1' 'kind: ensemble' "name: $1" 'classes: [sad, angry, happy]' "${@:2}" \
        >"zoo/$1.yaml"
}

one='- {model: cnn-baseline, weight: 2}'
two='- {model: face-expression, temperature: 2}'
three='- {model: mini-xception, weight: 0.7}'
make_data() {
    mkdir zoo
    ensemble all 'members:' "$three" "$one" "$two"
    ensemble votes 'rule: hard' 'members:' "$one" "$two" "$three"
    ensemble alone 'members:' "$two"
    local rule
    for rule in soft hard; do
        ensemble "$rule-0" "rule: $rule" 'members:' "$two" "$three"
        ensemble "$rule-1" "rule: $rule" 'members:' "$one" "$three"
        ensemble "$rule-2" "rule: $rule" 'members:' "$one" "$two"
    done
    export MIEN_MANIFEST_PATH=$PWD/zoo:$MIEN_MANIFEST_PATH
    python3 "$MIEN_SOURCE/tests/cli/draw_clouds.py" data 12
    # Half of them get the label that a member gives, so that not all are guesses.
    "$mien" predict -k 7 --json -m cnn-baseline -m face-expression -m mini-xception data >said
    python3 - <<'PYTHON'
import json, os, shutil
for number, line in enumerate(open("said")):
    answer = json.loads(line)
    chances = {each["class"]: each["probability"] for each in answer["predictions"]}
    label = max(("angry", "happy", "sad"), key=lambda name: chances.get(name, 0))
    if number % 2:
        os.makedirs("faces/" + label, exist_ok=True)
        shutil.copy(answer["picture"], f"faces/{label}/{number}.png")
PYTHON
    "$mien" predict -k 7 --json -m cnn-baseline -m face-expression -m mini-xception faces >said
}

counting() { # ENSEMBLE RULE FLAG...
    local all=$1 rule=$2
    ends 0 evaluate --json --threads 1 "${@:3}" cnn-baseline face-expression mini-xception \
        "$all" "$rule"-{0,1,2} faces
    python3 - "$all" "$rule" <<'PYTHON' || fail "$* members: $(head -c 900 out)"
import json, math, sys
ensemble, rest = sys.argv[1:]
rows = {row["model"]: row for row in json.load(open("out"))["models"]}
members = rows[ensemble]["members"]
assert [each["model"] for each in members] == ["cnn-baseline", "face-expression", "mini-xception"]
for number, each in enumerate(members):
    for figure in "accuracy", "log_loss":
        own = rows[each["model"]][figure]["value"]
        assert math.isclose(each[figure], own, rel_tol=1e-6), (each, own)
        added = rows[ensemble][figure]["value"] - rows[f"{rest}-{number}"][figure]["value"]
        adds = each["adds_" + figure]
        assert math.isclose(adds["value"], added, rel_tol=1e-4, abs_tol=3e-6), (each, added)
        assert adds["low"] <= adds["value"] <= adds["high"]
assert any(each["adds_log_loss"]["value"] for each in members)
assert "members" not in rows["cnn-baseline"] and "diversity" not in rows["cnn-baseline"]
PYTHON
}

differing() {
    ends 0 evaluate --json --threads 1 all faces
    python3 - <<'PYTHON' || fail "pairs: $(head -c 900 out)"
import collections, json, math
classes = "angry", "happy", "sad"
said = collections.defaultdict(dict)
for line in open("said"):
    answer = json.loads(line)
    chances = {each["class"]: each["probability"] for each in answer["predictions"]}
    said[answer["picture"]][answer["model"]] = max(classes, key=lambda name: chances.get(name, 0))
diversity = json.load(open("out"))["models"][0]["diversity"]
pairs = diversity["pairs"]
assert len(pairs) == 3 and len({(each["first"], each["second"]) for each in pairs}) == 3
for each in pairs:
    counts, differ = collections.Counter(), 0
    for path, answers in said.items():
        label = path.split("/")[1]
        one, other = answers[each["first"]], answers[each["second"]]
        counts[one == label, other == label] += 1
        differ += one != other
    both, first = counts[True, True], counts[True, False]
    second, neither = counts[False, True], counts[False, False]
    assert [each[key] for key in ("both", "first_only", "second_only", "neither")] == [
        both, first, second, neither], (each, counts)
    assert 0 < differ < len(said) and math.isclose(each["disagreement"], differ / len(said),
                                                   rel_tol=1e-6)
    alike, unlike = both * neither, first * second
    assert math.isclose(each["q"], (alike - unlike) / (alike + unlike), rel_tol=1e-6)
for figure in "disagreement", "q":
    mean = sum(each[figure] for each in pairs) / 3
    assert math.isclose(diversity[figure], mean, rel_tol=1e-6, abs_tol=1e-6)
PYTHON
}

printing() {
    ends 0 evaluate all faces
    says out "Members by themselves, and what each adds"
    grep -qE '^mini-xception +cnn|^cnn-baseline +mini-xception +[0-9.]+ ' out ||
        fail "no pair: $(<out)"
    grep -qE '^\(mean\) +[0-9.]+ +-?[0-9.]+$' out || fail "no means: $(<out)"
    ends 0 evaluate alone faces
    grep -qE '^face-expression +[0-9.]+ +- +- +[0-9.]+ +- +-$' out ||
        fail "an only member: $(<out)"
    if grep -q 'Each two' out; then fail "pairs of one: $(<out)"; fi
    ends 0 evaluate --json alone faces
    python3 - <<'PYTHON' || fail "an only member: $(head -c 900 out)"
import json
row = json.load(open("out"))["models"][0]
(member,) = row["members"]
assert member["adds_accuracy"] == {"value": None, "low": None, "high": None}
assert member["accuracy"] == row["accuracy"]["value"]
assert row["diversity"] == {"disagreement": None, "q": None, "pairs": []}
PYTHON
    ends 0 evaluate cnn-baseline faces
    if grep -q 'Members' out; then fail "a model has members: $(<out)"; fi
}

make_data
counting all soft
counting votes hard --flip --batch 1 --classes happy,sad
differing
printing
((failed)) || echo "all as it should be"
exit "$failed"
