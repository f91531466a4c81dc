#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mien train as people run it: from pictures to a model that other commands take, through breaks,
# and what it says to bad input.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
export OMP_WAIT_POLICY=passive
here=$MIEN_SOURCE/tests/train
export XDG_CACHE_HOME=$scratch/cache

same() { # FILE FILE
    cmp -s "$1" "$2" || fail "$1 and $2 differ"
}

# state CHECKPOINT: digests of all but the clock, which no two runs share.
state() {
    python3 - "$1" <<'END'
import hashlib, json, struct, sys
data = open(sys.argv[1], "rb").read()
length, = struct.unpack("<Q", data[:8])
header = json.loads(data[8:8 + length])
for name, entry in sorted(header.items()):
    if name not in ("__metadata__", "numbers"):
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        print(name, hashlib.sha256(data[begin:end]).hexdigest())
END
}

cat >recipe.yaml <<'END'
schema: 1
kind: recipe
name: bars
summary: Bars in place of faces
model:
  plugin: cnn-baseline
  classes: [angry, happy, sad]
  input: {height: 16, width: 16, mean: [0.5], std: [0.5]}
  config: {filters: [8, 8], dense: [16], dropout: 0.1, dense_dropout: 0.1}
data: {dataset: faces, validation: 0.2}
augment: {flip: 0.5, shift: 0.05, erase: 0.2, mix: 0.3, mixup: 0.2}
optimizer: {rule: adamw, rate: 0.01, weight_decay: 0.01, average: 0.9}
train: {epochs: 12, batch: 8, threads: 1}
END
python3 "$here/draw_faces.py" faces 30

from_pictures_to_answers() {
    ends 0 train recipe.yaml -o run
    says err "72 pictures to learn from, 18 to validate with"
    says out "epoch 12/12"
    says out "run/bars.yaml"
    (($(wc -l <run/history.csv) == 13)) || fail "history.csv has not a row an epoch"
    says run/bars.yaml "kind: model"
    says run/bars.yaml "recipe bars, seed 1"
    ends 0 predict --json -k 1 -m run/bars.yaml faces
    local right
    right=$(grep -cE '/([a-z]+)/[^/"]*".*"class":"\1"' out)
    ((right >= 85)) || fail "right on $right of 90 training pictures"
    ends 0 inspect run/bars.yaml
    ends 2 train recipe.yaml -o run
    says err "run holds a run already; --resume goes on with it"
    ends 0 train recipe.yaml -o run --preview first.png # which writes nothing else
    ends 0 train recipe.yaml -o run --resume
}

# A report that is lost is made of what is left.
reports_are_made_anew() {
    mkdir -p moved
    cp run/{bars.safetensors,history.csv} moved
    ends 0 train recipe.yaml -o moved --report-only
    says out "moved/report.html"
    python3 - <<'END' || fail "a report that is made anew says something else"
import json, re
def island(path):
    return json.loads(re.search(r'id="data">(.*?)</script>', open(path).read(), re.DOTALL)[1])
first, anew = island("run/report.html"), island("moved/report.html")
assert first["recipe"] == anew["recipe"] and first["history"] == anew["history"]
assert first["classes"] == anew["classes"] and first["kind"] == anew["kind"] == "training"
for name in "epoch", "epochs", "step", "finished", "training", "validation", "best_epoch":
    assert first["run"][name] == anew["run"][name], name
for name in "seconds", "best_accuracy", "best_loss": # the history has fewer digits
    assert abs(first["run"][name] - anew["run"][name]) < 0.1, name
was, now = first["evaluation"], anew["evaluation"]
assert was.keys() == now.keys() and was["epoch"] == now["epoch"] and was["pictures"] == now["pictures"]
moved = sum(abs(a - b) for x, y in zip(was["confusion"], now["confusion"]) for a, b in zip(x, y))
assert moved <= 2, (was["confusion"], now["confusion"]) # an answer that half precision changes
assert abs(was["log_loss"] - now["log_loss"]) < 0.05
END
    [[ $(echo moved/*) == 'moved/bars.safetensors moved/history.csv moved/report.html' ]] ||
        fail "a report brought other files: $(echo moved/*)"
    ends 2 train recipe.yaml -o moved --report-only --resume
    ends 3 train recipe.yaml -o moved --report-only --set 'model.config={filters: [8, 4], dense: [16]}'
    says err 'moved/bars.safetensors: lacks "'
    awk -F, -v OFS=, 'NR > 1 { $7 = 0.1 } 1' run/history.csv >moved/history.csv
    ends 3 train recipe.yaml -o moved --report-only
    says err "weights, history or pictures are another run's"
    sed 's/,[01]$/,0/' run/history.csv >moved/history.csv
    ends 3 train recipe.yaml -o moved --report-only
    says err "moved/history.csv: marks no epoch as the best"
    head -n 1 run/history.csv >moved/history.csv
    ends 3 train recipe.yaml -o moved --report-only
    says err "moved/history.csv: has no epoch"
    rm moved/history.csv
    ends 3 train recipe.yaml -o moved --report-only
    says err "moved/history.csv"
    rm moved/bars.safetensors
    ends 3 train recipe.yaml -o moved --report-only
    says err "moved/bars.safetensors"
    ends 1 train recipe.yaml -o absent --report-only
    [[ ! -e absent ]] || fail "a report made a folder"
}

# Any number of kills, each at whatever step, change nothing.
kills_leave_no_trace() {
    local settings=(--set train.epochs=6 --set train.checkpoint_steps=1) kills=0
    ends 0 train recipe.yaml -o whole "${settings[@]}"
    mkdir broken
    while ((kills < 3)); do
        local resume=()
        [[ -e broken/last.checkpoint ]] && resume=(--resume)
        rm -f seen && touch -r broken seen
        "$mien" train recipe.yaml -o broken "${settings[@]}" "${resume[@]}" >out 2>err &
        local child=$!
        for _ in $(seq 600); do
            [[ broken/last.checkpoint -nt seen ]] && break
            kill -0 "$child" 2>/dev/null || break
            sleep 0.02
        done
        kill -KILL "$child" 2>/dev/null
        wait "$child" 2>/dev/null
        kills=$((kills + 1))
    done
    [[ -e broken/last.checkpoint ]] || fail "no checkpoint was left behind"
    # What a kill in the middle of writing leaves goes; other files stay.
    touch broken/{last.checkpoint.12-3,bars.safetensors.12-3,history.csv.1-0,last.checkpoint.mine}.part
    ends 0 train recipe.yaml -o broken "${settings[@]}" --resume
    [[ $(cd broken && echo *.part) == last.checkpoint.mine.part ]] || fail "left: $(ls broken)"
    same whole/bars.safetensors broken/bars.safetensors
    same whole/bars.yaml broken/bars.yaml
    diff <(state whole/last.checkpoint) <(state broken/last.checkpoint) >differs ||
        fail "the checkpoint after kills differs: $(cat differs)"
    diff <(cut -d, -f1-8,11 whole/history.csv) <(cut -d, -f1-8,11 broken/history.csv) >differs ||
        fail "the history after kills differs: $(cat differs)"
}

interrupts_are_kept() {
    local status=0
    "$mien" train recipe.yaml -o interrupted --set train.epochs=5000 >out 2>ended &
    local child=$!
    for _ in $(seq 1500); do
        [[ -e interrupted/history.csv ]] && break
        sleep 0.02
    done
    ends 2 train recipe.yaml -o interrupted --resume
    says err "another mien train is at work in interrupted"
    kill -INT "$child"
    wait "$child" || status=$?
    ((status == 130)) || fail "an interrupted run ended with $status: $(cat ended)"
    says ended "--resume goes on"
    [[ -e interrupted/last.checkpoint ]] || fail "an interrupted run left no checkpoint"
    ends 3 train recipe.yaml -o interrupted --resume
    says err 'was made with another recipe: "epochs: 12" is new'
    ends 3 train recipe.yaml -o interrupted --set train.epochs=5000 --resume --data others
    says err "others"
    python3 "$here/draw_faces.py" others 12
    ends 3 train recipe.yaml -o interrupted --set train.epochs=5000 --resume --data others
    says err "was made with other pictures"
    head -c 1000 interrupted/last.checkpoint >start
    mv start interrupted/last.checkpoint
    ends 3 train recipe.yaml -o interrupted --set train.epochs=5000 --resume
    says err "interrupted/last.checkpoint"
}

# What cannot be kept is known before anything is learnt. Root may write anywhere, unless it gives
# that up.
closed_folders_are_known_at_once() {
    local status=0 plain=()
    ((EUID != 0)) || plain=(setpriv --bounding-set=-dac_override)
    mkdir closed && chmod 555 closed
    "${plain[@]}" "$mien" train recipe.yaml -o closed >out 2>err || status=$?
    chmod 755 closed
    ((status == 1)) || fail "a folder that cannot be written to ended with $status: $(cat err)"
    says err "cannot write to the folder 'closed': Permission denied"
    [[ ! -s out ]] || fail "something was learnt all the same: $(cat out)"
    ends 3 train recipe.yaml -o nowhere --resume
    says err "nowhere holds no last.checkpoint to go on from"
    [[ ! -e nowhere ]] || fail "a run that is not there left a folder"
}

# A disk that is full is a limit on the size of files here.
full_disks_leave_the_last_checkpoint() {
    local settings=(--set train.epochs=400 --set train.checkpoint_steps=1) status=0
    "$mien" train recipe.yaml -o full "${settings[@]}" >out 2>err &
    local child=$!
    for _ in $(seq 1500); do
        [[ -e full/bars.yaml ]] && break
        sleep 0.02
    done
    kill -KILL "$child"
    wait "$child" 2>/dev/null
    cp full/last.checkpoint before
    rm -f full/*.part
    (
        trap '' XFSZ
        ulimit -f 8
        exec "$mien" train recipe.yaml -o full "${settings[@]}" --resume
    ) >out 2>err || status=$?
    ((status == 1)) || fail "a full disk ended with $status: $(cat err)"
    says err "cannot be written"
    same before full/last.checkpoint
    [[ -z $(find full -name '*.part') ]] || fail "a part of a file was left"
}

lines_are_json() {
    ends 0 train recipe.yaml -o lines/of/json --json --set train.epochs=3 --set train.patience=1 \
        --set schedule.kind=plateau --set loss.class_weights=balanced --set data.sampling=balanced
    [[ -s out ]] || fail "--json says nothing"
    while IFS= read -r line; do
        python3 -c 'import json, sys; assert 0 < json.loads(sys.argv[1])["validation_loss"] < 9' \
            "$line" || fail "not a line of --json: $line"
    done <out
    ends 0 train recipe.yaml -o early --set train.epochs=500 --set train.patience=2
    says err "stops early: no better validation in 2 epochs"
    (($(wc -l <early/history.csv) < 501)) || fail "early stopping did not end training"
    ends 0 train recipe.yaml -o early --set train.epochs=500 --set train.patience=2 --resume
    [[ $(cat out) == early/bars.yaml ]] || fail "what has stopped went on: $(cat out)"
}

# A short run that is lost is no success, though its loss is a number still.
lost_runs_fail() {
    ends 1 train recipe.yaml -o lost --set train.epochs=1 --set optimizer.rate=1000
    says err "training diverged"
    [[ ! -e lost/bars.safetensors && ! -e lost/last.checkpoint ]] || fail "lost values were kept"
}

# Each choice of train.keep against the history of its run.
kept_epochs() {
    local keep
    for keep in accuracy loss last; do
        ends 0 train recipe.yaml -o "keeps/$keep" --set train.epochs=6 --set train.keep="$keep"
        python3 - "keeps/$keep" "$keep" <<'EOF' || fail "train.keep=$keep keeps another epoch"
import csv, re, sys

folder, keep = sys.argv[1:]
rows = list(csv.DictReader(open(folder + "/history.csv")))
loss = lambda row: float(row["validation_loss"])
key = {
    "accuracy": lambda row: (float(row["validation_accuracy"]), -loss(row)),
    "loss": lambda row: -loss(row),
    "last": lambda row: int(row["epoch"]),
}[keep]
wanted = max(rows, key=key)["epoch"]
kept = re.search(r"epoch (\d+) of 6", open(folder + "/bars.yaml").read()).group(1)
marked = [row["epoch"] for row in rows if row["best"] == "1"]
assert wanted == kept == marked[-1], (wanted, kept, marked)
EOF
    done
    ends 0 train recipe.yaml -o keeps/early --set train.epochs=500 --set train.patience=2 \
        --set train.keep=last
    says err "stops early: no better validation in 2 epochs"
}

# What a recipe names is found before its pictures are read, of which there are none here.
damaged_starts() {
    sed 's/^data:.*/data: {dataset: nowhere}/' recipe.yaml >lacking.yaml
    printf 'start:\n  weights: none.safetensors\n' >>lacking.yaml
    ends 3 train lacking.yaml -o third
    says err 'lacking.yaml:15:12: no file "none.safetensors" in folder .'
    ! grep -q "comes from" err || fail "a source that nobody named: $(cat err)"
    echo '  source: the attic' >>lacking.yaml
    ends 3 train lacking.yaml -o third
    says err 'none.safetensors" in folder .; it comes from: the attic'
    echo nothing >none.safetensors
    ends 3 train lacking.yaml -o third
    says err "lacking.yaml:15:12: "
    says err "none.safetensors: "
    rm none.safetensors
    ends 3 train lacking.yaml -o third --set start.weights=run/bars.safetensors
    says err "nowhere"
    sed -i '/^start:/,$d' lacking.yaml
    echo 'distill: {teacher: nobody}' >>lacking.yaml
    ends 3 train lacking.yaml -o third
    says err 'lacking.yaml:14:20: no manifest "nobody"'
    ends 3 train lacking.yaml -o third --set distill.teacher=./nobody.yaml
    says err 'lacking.yaml: no file "./nobody.yaml"'
    ends 3 train lacking.yaml -o third --set distill.teacher=run/bars.yaml \
        --set 'model.classes=[angry, happy, cross]'
    says err "lacking.yaml: the teacher bars does not know the class 'cross'"
}

another_start() {
    ends 0 train recipe.yaml -o second --set start.weights=run/bars.safetensors \
        --set 'start.skip=["head.*"]' --set 'freeze=["conv1.*", "bn1.*"]' --set train.epochs=1 \
        --set start.statistics=refresh
    says err "parameters taken, 2 skipped as the recipe says, 0 not in it"
    python3 - run/bars.safetensors second/bars.safetensors <<'END' || fail "what was frozen changed"
import json, struct, sys
def read(path, name):
    data = open(path, "rb").read()
    length, = struct.unpack("<Q", data[:8])
    begin, end = json.loads(data[8:8 + length])[name]["data_offsets"]
    return data[8 + length + begin:8 + length + end]
assert read(sys.argv[1], "conv1.weight") == read(sys.argv[2], "conv1.weight")
assert read(sys.argv[1], "conv2.weight") != read(sys.argv[2], "conv2.weight")
END
    ends 0 train recipe.yaml -o other --set start.weights=run/bars.safetensors \
        --set 'model.config={filters: [8, 4], batch_norm: false, dense: [16, 4]}' --set train.epochs=1
    says err "2 not in it, first dense2.weight, "
    says err "of another shape, first conv2.weight; "
    ends 3 train recipe.yaml -o third --set 'freeze=["stem.*"]'
    says err 'pattern "stem.*" matches no parameter'
    damaged_starts
    ends 0 train recipe.yaml -o third --set distill.teacher=run/bars.yaml --set distill.weight=0.8 \
        --set train.epochs=1
    [[ -n $(find cache/mien/teachers -name 'teacher-*.safetensors') ]] || fail "no answers were kept"
}

what_is_refused() {
    ends 2 train
    ends 3 train none.yaml
    says err "none.yaml: no such file"
    ends 3 train "$MIEN_SOURCE/manifests/mini-xception.yaml"
    says err "a recipe is needed here"
    ends 3 train recipe.yaml -o x --set train.epoch=3
    says err 'did you mean "epochs"?'
    ends 3 train recipe.yaml -o x --set 'model.config.filters=[5000]'
    says err "recipe.yaml: filters is 5000; it must be from 1 to 4096"
    ends 3 train recipe.yaml -o x --data none
    says err "none"
    mkdir -p empty/angry empty/happy empty/sad
    ends 3 train recipe.yaml -o x --data empty
    says err "empty/angry: there is no .jpg, .jpeg or .png file in this folder of a class"
    mkdir one && cp -r faces/angry one
    ends 3 train recipe.yaml -o x --data one
    says err 'one: there is no folder of class "happy"'
    ends 3 train recipe.yaml -o x --set 'model.classes=[angry]'
    says err "classes has 1 entries; it must be a list of 2"
    ends 3 train recipe.yaml -o x --set 'model.classes=[angry, angry]'
    says err 'classes has "angry" twice; remove or rename one'
    cp -r faces few && find few/sad -name '*.png' ! -name 0000.png -delete
    ends 3 train recipe.yaml -o x --data few
    says err 'class "sad" has 1 picture, too few to train with and to validate with'
    cp -r faces damaged
    echo nothing >damaged/sad/0000.png
    head -c 40 faces/happy/0001.png >damaged/happy/0001.png
    : >damaged/happy/0002.png
    ends 3 train recipe.yaml -o x --data damaged
    says err "damaged/happy/0001.png: PNG is truncated; no unreadable picture is accepted"
    ends 3 train recipe.yaml -o x --data damaged --set data.unreadable_limit=2
    says err "damaged/sad/0000.png: is neither a JPEG nor a PNG"
    says err "more than 2 pictures cannot be read, which is the limit"
    (($(grep -c 'damaged/happy/0001.png' err) == 1)) || fail "a picture is named twice: $(cat err)"
    ends 0 train recipe.yaml -o x --data damaged --set data.unreadable_limit=3 --set train.epochs=1
    says err "damaged/happy/0002.png: is empty"
    says err "; 3 that cannot be read left out"
    ends 3 train recipe.yaml -o y --set model.input.height=2
    says err "a window of 2 by 2 does not fit input"
    ends 3 train recipe.yaml -o y \
        --set start.weights="$MIEN_SOURCE/manifests/mini-xception.safetensors"
    says err "nothing in it fits this network"
    ends 0 train recipe.yaml -o z --set train.precision=bf16 --set train.epochs=1
    if grep -qw avx512_bf16 /proc/cpuinfo; then
        says err "products in bf16, all else in f32"
    else
        says err "this processor has no bf16 products (avx512_bf16); training in f32"
    fi
    ends 3 train recipe.yaml -o y --set train.batch=100
    says err "lower train.batch"
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}allocator_may_return_null=1 \
        ends 1 train recipe.yaml -o y --set train.batch=1000 \
        --set 'model.input={height: 4096, width: 4096}'
    says err "memory"
    ends 2 train recipe.yaml -o y --votes votes.csv
    says err "data.vote_weight is 0"
    ends 2 train recipe.yaml -o y --set data.vote_weight=0.5
    says err "--votes FILE"
    echo nothing >votes.csv
    ends 3 train recipe.yaml -o y --set data.vote_weight=0.5 --votes votes.csv
    says err "votes.csv"
    {
        echo file,label,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nonface
        echo train/angry/other.png,angry,1,1,1,1,1,1,1,1,1,1
    } >votes.csv
    ends 3 train recipe.yaml -o y --set data.vote_weight=0.5 --votes votes.csv
    says err "votes.csv: names none of the 90 pictures of"
    sed -i 's/other/0003/' votes.csv
    ends 0 train recipe.yaml -o voted --set data.vote_weight=0.5 --votes votes.csv \
        --set train.epochs=1
    says err "18 to validate with; votes on 1 of them"
    sed 's/0003/0004/' votes.csv >others.csv
    ends 3 train recipe.yaml -o voted --set data.vote_weight=0.5 --votes others.csv \
        --set train.epochs=1 --resume
    says err "voted/last.checkpoint: was made with other votes"
    ends 0 train recipe.yaml -o voted --set data.vote_weight=0.5 --votes votes.csv \
        --set train.epochs=1 --resume
    ends 1 train recipe.yaml -o y --set 'optimizer={rate: 1000}' --set schedule.kind=constant
    says err "training diverged at step"
    says err "at learning rate 1000"
    ! grep -q -- -nan err || fail "a loss is negative: $(cat err)"
    [[ ! -e y/last.checkpoint ]] || fail "lost values were kept"
}

from_pictures_to_answers
reports_are_made_anew
kills_leave_no_trace
interrupts_are_kept
closed_folders_are_known_at_once
full_disks_leave_the_last_checkpoint
lines_are_json
kept_epochs
lost_runs_fail
another_start
what_is_refused
exit "$failed"
