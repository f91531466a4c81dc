#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `mien evaluate` over a small data set: what it counts, refuses, and leaves behind.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
subject=(evaluate)
face=$MIEN_SOURCE/manifests/golden/collins.png
pictures=$MIEN_SOURCE/tests/fixtures/images

# holds EXPRESSION: true of the JSON document `d` in out.
holds() {
    python3 -c "import json; d = json.load(open('out')); assert $1, d" 2>trace ||
        fail "$1: $(tail -n 1 trace | head -c 600)"
}

make_data() {
    mkdir -p data/happy data/sad data/bored
    cp "$face" data/happy/1.png
    cp "$face" data/happy/2.png
    cp "$face" data/sad/1.png
    cp "$pictures/rgb.jpg" data/sad/2.jpg
    cp "$face" data/bored/1.png
    cat >votes.csv <<'CSV'
file,label,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nonface
data/happy/1.png,happy,0,10,0,0,0,0,0,0,0,0
data/happy/2.png,happy,0,5,0,5,0,0,0,0,0,0
data/sad/1.png,sad,0,8,0,2,0,0,0,0,0,0
data/sad/2.jpg,sad,0,0,0,9,0,0,0,0,1,0
CSV
    cat >faces.yaml <<'YAML'
schema: 1
kind: dataset
name: faces
root: data
splits: {all: ".", none: happy}
classes: [joyful, sad]
rename: {happy: joyful}
YAML
}

# The face is happy to both models: of happy 2 of 2 are right, of sad the second at most.
counting() {
    ends 0 --json --votes votes.csv mini-xception data
    holds "d['classes'] == ['happy', 'sad'] and d['pictures'] == 4 and d['unreadable'] == 0"
    holds "d['models'][0]['model_classes'] == 7"
    holds "d['models'][0]['classes'][0]['recall'] == 1 and d['models'][0]['confusion'][1][0] >= 1"
    holds "sum(map(sum, d['models'][0]['confusion'])) == 4"
    holds "sum(b['pictures'] for b in d['models'][0]['calibration']) == 4"
    holds "d['votes']['pictures'] == 4 and d['votes']['majorities'] == 3"
    holds "d['votes']['crowd_accuracy']['value'] == (1 + 0.5 + 0 + 1) / 4"
    holds "d['models'][0]['majority_accuracy']['value'] >= 0.6666"
    holds "all(f['low'] <= f['value'] <= f['high'] for k, f in d['models'][0].items()
               if isinstance(f, dict) and k != 'calibration_error')"
    cp out first
    ends 0 --json --votes votes.csv --batch 1 mini-xception data/
    python3 - <<'PYTHON' || fail "another size of batch changes what is counted"
import json
one, other = json.load(open("first")), json.load(open("out"))
assert one["models"][0]["confusion"] == other["models"][0]["confusion"]
assert one["models"][0]["accuracy"] == other["models"][0]["accuracy"]
PYTHON
    ends 0 --classes sad,happy --json mini-xception data
    holds "d['classes'] == ['sad', 'happy'] and d['models'][0]['classes'][1]['recall'] == 1"
}

printing() {
    ends 0 mini-xception data
    says out "data: 4 pictures of 2 classes: happy, sad"
    says out "left out, since a model does not know them: bored"
    says out "mini-xception, of whose 7 classes 2 count"
    says out "balanced accuracy"
    says out "Answers in columns"
    ends 0 --votes votes.csv data
    says out "face-expression "
    says out "mini-xception "
    grep -qE '^\(the crowd\) +62\.50 ' out || fail "no row of the crowd: $(<out)"
    says out "with a majority on 3"
    ends 0 --flip --votes votes.csv mini-xception data
    says out "mirror images averaged"
}

manifests() {
    ends 3 --json --split all mini-xception faces.yaml
    says out "knows 1 of the 2 classes of faces.yaml"
    ends 3 mini-xception faces.yaml
    says err "say which split is meant"
    ends 2 --split all mini-xception data
    says err "--split goes with a data set's manifest"
    ends 3 data mini-xception
    says err "is a manifest of a model; the last operand is the data set"
    sed -i 's/joyful/happy/g; s/^rename.*/rename: {sad: happy, bored: sad}/; s/, sad\]/, sad]/' faces.yaml
    ends 0 --json --split all mini-xception faces.yaml
    holds "d['split'] == 'all' and [c['pictures'] for c in d['models'][0]['classes']] == [4, 1]"
}

failing() {
    ends 2
    ends 3 mini-xception absent
    says err "absent"
    ends 2 --classes happy mini-xception data
    says err "two names or more"
    ends 2 --classes happy,sad,happy mini-xception data
    says err "happy stands there twice"
    ends 2 --classes happy,,sad mini-xception data
    ends 3 --classes happy,sat mini-xception data
    says err 'has no class "sat"; did you mean "sad"?'
    ends 3 --classes happy,bored mini-xception data
    says out 'has no class "bored"'
    ends 3 --votes absent.csv mini-xception data
    says err "absent.csv"
    ends 3 --json absent mini-xception data
    holds "'no manifest' in d['models'][0]['error'] and d['models'][1]['accuracy']['value'] >= 0.5"
    mkdir empty
    ends 3 mini-xception empty
    says err "holds no folders"
    cp -r data broken
    cp "$pictures"/broken/*.png broken/sad
    local bad
    bad=$(find broken/sad -name '*.png' ! -name 1.png | wc -l)
    ends 3 --json mini-xception broken
    holds "d['unreadable'] > 0 and d['pictures'] + d['unreadable'] == 4 + $bad"
    python3 -c "
import json
assert json.load(open('out'))['unreadable'] == sum(1 for _ in open('err'))" ||
        fail "each unreadable picture is a line: $(head -c 600 err)"
    ends 3 mini-xception broken
    says out "more could not be used"
    mkdir -p none/happy none/sad
    echo x | tee none/happy/1.png >none/sad/1.png
    ends 3 mini-xception none
    says err "none of the 2 pictures can be used"
}

tables() {
    ends 0 --csv table.csv --votes votes.csv mini-xception data
    ends 3 --csv table.csv 'absent,"model"' mini-xception data
    python3 - <<'PYTHON' || fail "the table: $(head -c 900 table.csv)"
import csv
rows = list(csv.DictReader(open("table.csv", newline="")))
assert [row["model"] for row in rows] == ["mini-xception", 'absent,"model"', "mini-xception"]
assert rows[0]["classes"] == "happy;sad" and rows[0]["crowd_accuracy"] == "0.625"
assert rows[0]["majority_pictures"] == "3" and not rows[0]["error"]
assert rows[1]["error"] and not rows[1]["accuracy"]
assert float(rows[2]["accuracy"]) >= 0.5 and not rows[2]["crowd_accuracy"]
assert all(None not in row and None not in row.values() for row in rows)
PYTHON
    local i
    for i in 1 2 3 4; do "$mien" evaluate --csv many.csv mini-xception data >/dev/null & done
    wait
    [[ $(wc -l <many.csv) == 5 && $(grep -c '^schema,model,' many.csv) == 1 ]] ||
        fail "several programs, one table: $(<many.csv)"
    # A table from before there was a schema, and what is to be done about it.
    sed 's/^[^,]*,//' many.csv >"old table.csv"
    ends 3 --csv "old table.csv" mini-xception data
    says err "old table.csv: is a table that an earlier 'mien evaluate' began, which lacks the column schema"
    eval "$(sed -n "s/.* by \(sed .*'\), or give another file$/\1/p" err)"
    cmp -s many.csv "old table.csv" || fail "what to do is wrong: $(<err)"
    ends 0 --csv "old table.csv" mini-xception data
    printf 1,mini-x >>many.csv
    ends 3 --csv many.csv mini-xception data
    says err "many.csv: its last line is not whole; mend that line or take it out"
    echo 'a,b' >other.csv
    ends 3 --csv other.csv mini-xception data
    says err "other.csv: is not a table that 'mien evaluate' began"
    [[ $(<other.csv) == a,b ]] || fail "another's table was changed"
    refuses_early --csv absent/table.csv mini-xception data
    refuses_early --csv . mini-xception data
    refuses_early --junit absent/report.xml mini-xception data
    ends 2 --csv new.csv --fail-if 'acuracy < 1' mini-xception data
    [[ ! -e new.csv ]] || fail "a table was begun for nothing"
    # A disk that fills in the middle of a row; a long name makes the row long enough.
    local before
    before=$(cksum <table.csv)
    (
        trap '' XFSZ
        ulimit -f 2
        "$mien" evaluate --csv table.csv "$(printf '%0900d' 0)" mini-xception data >/dev/null 2>err
    )
    [[ $? == 1 ]] || fail "a full disk went unnoticed"
    says err "table.csv: cannot be written"
    [[ $(cksum <table.csv) == "$before" ]] || fail "a row was half written: $(tail -c 300 table.csv)"
}

interrupting() {
    mkdir -p many/happy many/sad
    local i
    for ((i = 0; i < 3000; i++)); do
        ln -s "$face" "many/happy/$i.png"
        ln -s "$face" "many/sad/$i.png"
    done
    python3 - "$mien" <<'PYTHON' || fail "Ctrl-C"
import signal, subprocess, sys, time
run = subprocess.Popen([sys.argv[1], "evaluate", "--csv", "cut.csv", "many"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
def watches():
    caught = next(line for line in open(f"/proc/{run.pid}/status") if line.startswith("SigCgt"))
    return int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1


while not watches():
    time.sleep(0.01)
time.sleep(0.3)  # among the pictures, of which there are enough for many seconds
run.send_signal(signal.SIGINT)
out, err = run.communicate()
assert run.returncode == 130, (run.returncode, err)
assert b"interrupted after" in err and not out, (out, err)
PYTHON
    [[ ! -e cut.csv ]] || fail "an interrupted evaluation left a row"
}

make_data
counting
printing
manifests
failing
tables
interrupting
((failed)) || echo "all as it should be"
exit "$failed"
