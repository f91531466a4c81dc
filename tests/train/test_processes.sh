#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Several processes train one network: they come to what one comes to, and end together.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
export OMP_WAIT_POLICY=passive
train=$MIEN_BUILD/bin/mien-train
here=$MIEN_SOURCE/tests/train
if ! command -v mpirun >/dev/null || [[ $(ldd "$train") != *libmpi* ]]; then
    echo "mpirun is not there, or mien-train was built without MPI"
    exit 77
fi
export XDG_CACHE_HOME=$scratch/cache TMPDIR=$scratch
# Open MPI keeps what it once allocated.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
# Within one machine, whoever runs the test, however few processors there are.
mpirun=(mpirun --allow-run-as-root --oversubscribe --mca btl "self,sm")

# ends STATUS ARGUMENT...: trains with two processes; their output is in out and err.
ends() {
    local wanted=$1 status=0
    shift
    "${mpirun[@]}" -np 2 "$train" "$@" >out 2>err </dev/null || status=$?
    ((status == wanted)) || fail "two processes, $*: wanted $wanted, got $status: $(head -c 900 err)"
}

says() { # FILE TEXT TIMES
    local times
    times=$(grep -cF -- "$2" "$1")
    ((times == ${3:-1})) || fail "$1 says '$2' $times times: $(head -c 900 "$1")"
}

# compare CHECKPOINT CHECKPOINT TOLERANCE: largest difference of their values, of the largest value.
compare() {
    python3 - "$@" <<'END' || fail "$1 and $2 are not alike"
import array, json, struct, sys
def values(path):
    data = open(path, "rb").read()
    length, = struct.unpack("<Q", data[:8])
    begin, end = json.loads(data[8:8 + length])["values"]["data_offsets"]
    return array.array("f", data[8 + length + begin:8 + length + end])
one, other = values(sys.argv[1]), values(sys.argv[2])
assert len(one) == len(other) > 1000
worst = max(abs(a - b) for a, b in zip(one, other)) / max(map(abs, one))
print(f"{worst:.2e}")
sys.exit(not worst <= float(sys.argv[3]))
END
}

# confusion REPORT: how the validation pictures were taken.
confusion() {
    grep -oE '"confusion":(\[\[[0-9,]+(\],\[[0-9,]+)*\]\])' "$1" || echo "no confusion matrix in $1"
}

# SGD: AdamW makes whole steps of what rounding leaves of a gradient that is zero, such as that of
# a bias before a batch norm.
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
augment: {flip: 0.5, shift: 0.05, erase: 0.2, mix: 0.5, mixup: 0.2, cutmix: 0.3}
loss: {class_weights: balanced, label_smoothing: 0.1}
optimizer: {rule: sgd, rate: 0.02, clip: 1, average: 0.9}
train: {epochs: 3, batch: 8, threads: 1}
END
python3 "$here/draw_faces.py" faces 30

as_one_process() {
    "$train" recipe.yaml -o one >out 2>err || fail "one process: $(cat err)"
    ends 0 recipe.yaml -o two
    compare one/last.checkpoint two/last.checkpoint 1e-4
    says out "epoch 3/3"
    says out "two/bars.yaml"
    [[ $(find two -name 'events.out.tfevents.*' | wc -l) == 1 ]] || fail "two processes write events"
    says err "72 pictures to learn from"
    diff <(cut -d, -f1-3,5,7 one/history.csv) <(cut -d, -f1-3,5,7 two/history.csv) ||
        fail "their histories differ"
    diff <(confusion one/report.html) <(confusion two/report.html) || fail "their reports differ"
    local start=(--set start.weights=one/bars.safetensors --set start.statistics=refresh
        --set distill.teacher=one/bars.yaml --set distill.weight=0.5 --set train.epochs=1)
    "$train" recipe.yaml -o one-more "${start[@]}" >out 2>err || fail "one more: $(cat err)"
    rm -r cache
    ends 0 recipe.yaml -o two-more "${start[@]}"
    compare one-more/last.checkpoint two-more/last.checkpoint 1e-4
}

wait_for() { # FILE
    for _ in $(seq 1500); do
        [[ -e $1 ]] && return
        sleep 0.02
    done
    fail "$1 does not come"
}

# Those that learn in a folder, and their guards.
all_of() { # FOLDER
    pgrep -f "^$train recipe.yaml -o $1 "
}

# mpirun may end before those that learn.
wait_for_all_of() { # FOLDER
    for _ in $(seq 1500); do
        all_of "$1" >/dev/null || return
        sleep 0.02
    done
    fail "$1: its processes do not end"
}

# breaks FOLDER SIGNAL WHOM [ARGUMENT...]: starts a run of 1080 steps an epoch, and breaks it once it
# has learnt something, as its first checkpoint shows; how it ended is in `status` and `ended`.
breaks() {
    local folder=$1 signal=$2 whom=$3 child
    shift 3
    touch before
    "${mpirun[@]}" -np 2 "$train" recipe.yaml -o "$folder" --data long --set train.batch=2 \
        --set train.epochs=2000 --set train.checkpoint_steps=20 "$@" >ended 2>&1 </dev/null &
    child=$!
    for _ in $(seq 1500); do
        [[ -z $(find "$folder" -name last.checkpoint -newer before 2>/dev/null) ]] || break
        sleep 0.02
    done
    if [[ $whom == mpirun ]]; then
        kill "-$signal" "$child"
    else
        kill "-$signal" "$(all_of "$folder" | tail -1)"
    fi
    status=0
    wait "$child" 2>/dev/null || status=$?
    ((status != 0)) || fail "SIG$signal to $whom: a run that was broken ended well"
    wait_for_all_of "$folder"
}

# is_kept FOLDER [said]: what a broken run has done is kept to the step, and, where mpirun lets it
# be heard, this is said.
is_kept() {
    [[ -z $(find "$1" -name '*.part') ]] || fail "$1: a half-written file is left"
    [[ ${2:-} != said ]] || ((status == 130)) || fail "$1: ended with $status"
    python3 - "$@" <<'END' || fail "$1: the last step is not kept: $(head -c 900 ended)"
import json, struct, sys
data = open(sys.argv[1] + "/last.checkpoint", "rb").read()
length, = struct.unpack("<Q", data[:8])
at = 8 + length + json.loads(data[8:8 + length])["numbers"]["data_offsets"][0]
step, = struct.unpack("<d", data[at:at + 8])
said = [line for line in open("ended") if "interrupted after step" in line]
print(f"{sys.argv[1]}: step {step:.0f}")
assert step > 0 and len(said) >= len(sys.argv) - 2, (step, said)
assert all(f"after step {step:.0f};" in line for line in said), (step, said)
with open("within", "a") as file:
    file.write("x" if step % 20 else "") # of the break: an epoch's steps are a multiple, too
END
}

ends_together() {
    local trial within file copy
    python3 "$here/draw_faces.py" long 100
    for file in long/*/*.png; do # enough for an epoch that lasts, and quicker than drawing them
        for copy in {1..8}; do ln "$file" "${file%.png}-$copy.png"; done
    done
    for trial in 1 2 3; do
        breaks "interrupted-$trial" INT mpirun
        is_kept "interrupted-$trial"
    done
    breaks interrupted-1 USR1 mpirun --resume
    is_kept interrupted-1 said
    breaks asked USR1 mpirun
    is_kept asked said
    breaks ended-early TERM mpirun
    is_kept ended-early
    breaks left-alone KILL mpirun
    is_kept left-alone
    breaks terminated TERM one
    is_kept terminated said
    # One or the other may have come to a step that is kept in any case.
    within=$(wc -c <within)
    ((within >= 4)) || fail "of 8 runs only $within kept what a break alone keeps"
    ends 3 recipe.yaml -o terminated --resume --data long --set train.batch=2
    says err 'was made with another recipe: "epochs: 3" is new'
    ends 2 recipe.yaml -o two
    says err "two holds a run already"
    ends 3 recipe.yaml -o odd --set train.batch=7
    says err "a batch of 7 cannot be shared evenly among 2 processes"
    ends 1 recipe.yaml -o lost --set 'optimizer={rate: 1000}' --set schedule.kind=constant
    says err "training diverged at step"
}

# changes FILE: whether it grows within a second.
changes() {
    local size
    size=$(stat -c %s "$1")
    sleep 1
    (($(stat -c %s "$1") != size))
}

# mpirun stops what it started at SIGTSTP, until SIGCONT.
stops_and_goes_on() {
    "${mpirun[@]}" -np 2 "$train" recipe.yaml -o stopped --set train.epochs=2000 \
        >out 2>err </dev/null &
    local child=$! tries=0
    wait_for stopped/history.csv
    kill -TSTP "$child"
    while changes stopped/history.csv && ((++tries < 20)); do :; done
    ((tries < 20)) || fail "SIGTSTP does not stop it"
    kill -CONT "$child"
    for tries in {1..20}; do
        ! changes stopped/history.csv || break
    done
    ((tries < 20)) || fail "SIGCONT does not let it go on"
    kill -USR1 "$child"
    wait "$child"
    says err "interrupted after step"
}

# One that is killed ends the other; both go on to the same bits, and one to nearly the same.
kills_leave_no_trace() {
    local settings=(--set train.epochs=12 --set train.checkpoint_steps=1)
    ends 0 recipe.yaml -o whole "${settings[@]}"
    "${mpirun[@]}" -np 2 "$train" recipe.yaml -o killed "${settings[@]}" >out 2>err </dev/null &
    local child=$!
    wait_for killed/last.checkpoint
    pgrep -f "^$train recipe.yaml -o killed " | tail -1 | xargs --no-run-if-empty kill -KILL
    wait "$child"
    wait_for_all_of killed
    cp -r killed alone
    ends 0 recipe.yaml -o killed "${settings[@]}" --resume
    compare whole/last.checkpoint killed/last.checkpoint 0
    "$train" recipe.yaml -o alone "${settings[@]}" --resume >out 2>err ||
        fail "one process does not go on: $(cat err)"
    compare whole/last.checkpoint alone/last.checkpoint 1e-3
}

# What only the second process lacks ends both, and is said.
one_alone_fails() {
    local status=0
    cat >second.sh <<END
[[ \$OMPI_COMM_WORLD_RANK == 1 ]] && more=(--data none)
exec "$train" recipe.yaml -o lame "\${more[@]}"
END
    "${mpirun[@]}" -np 2 bash second.sh >out 2>err </dev/null || status=$?
    ((status == 3)) || fail "a second process without data ended with $status: $(cat err)"
    says err "none: there is no such folder"
    sed -i 's/--data none/--set start.weights=none/' second.sh # found before the first has its data
    status=0
    "${mpirun[@]}" -np 2 bash second.sh >out 2>err </dev/null || status=$?
    ((status == 3)) || fail "a second process without weights ended with $status: $(cat err)"
    says err 'no file "none" in folder'
    mkdir -p stuck/bars.safetensors # what the first process alone will want to write
    "${mpirun[@]}" -np 2 "$train" recipe.yaml -o stuck >out 2>err </dev/null && fail "it did not"
    says err "mien train: stuck/bars.safetensors"
}

as_one_process
ends_together
stops_and_goes_on
kills_leave_no_trace
one_alone_fails
exit "$failed"
