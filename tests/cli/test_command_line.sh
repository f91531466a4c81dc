#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program as people run it, over the shipped models: what it prints, and how it ends.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
face=$MIEN_SOURCE/manifests/golden/collins.png
fixtures=$MIEN_BUILD/lib/mien/broken

is_json() { python3 -m json.tool out >parsed || fail "not JSON: $(head -c 300 out)"; }

each_line_is_json() {
    [[ -s out ]] || fail "no output"
    while IFS= read -r line; do
        python3 -m json.tool <<<"$line" >parsed || fail "not JSON: $line"
    done <out
}

usage() {
    ends 2
    says err "Commands:"
    ends 0 help
    says out "predict"
    says out "import       Turn foreign weights"
    ends 0 --help
    ends 0 --version
    says out "mien "
    ends 2 predikt
    says err "did you mean 'predict'?"
    ends 2 imprt
    says err "did you mean 'import'?"
    ends 2 ../evil
    ends 2 --nonsense
    ends 2 predict
    says err "PICTURE... is missing"
    ends 2 predict --top-k 0 x.png
    says err "from 1 to 1000, not '0'"
    ends 2 compare --crop 1,2,3 x.png
    says err "--crop takes left,top,width,height"
    ends 2 predict --draw x.jpg "$face"
    ends 2 predict --draw x.png "$face" "$face"
    ends 2 inspect --profile --set a=b face-expression
    ends 2 bench --threads 0
    ends 2 help nonsense
    local command
    for command in list inspect check predict compare bench schema completion help import; do
        ends 0 help "$command"
        says out "Usage: mien $command"
        ends 0 "$command" --help
    done
}

companions() {
    mkdir -p path
    printf '#!/bin/sh\necho "greets $*"; exit 7\n' >path/mien-greet
    chmod +x path/mien-greet
    PATH=$PWD/path:$PATH ends 7 greet a "b c"
    says out "greets a b c"
    PATH=$PWD/path:$PATH ends 0 help
    says out "greet "
    ends 2 greet
    ends 2 import
    says err "SOURCE is missing"
    ends 3 import --list absent.safetensors
    refuses_early import -o absent/new.safetensors absent.safetensors
    says err "absent/new.safetensors: cannot create a file beside it"
    ends 0 import --list "$MIEN_SOURCE/manifests/face-expression.safetensors"
    says out "fc.weight"
}

# What stands in the current folder is no library of ours.
libraries() {
    : >libyyjson.so.0
    ends 0 --version
    rm libyyjson.so.0
}

listing() {
    ends 0 list
    says out "face-expression"
    says out "ready"
    ends 0 list --names
    says out "mini-xception"
    ends 0 list --json
    is_json
    mkdir -p broken
    printf 'schema: 1\nkind: model\nname: bad\nplugin: [\n' >broken/bad.yaml
    printf 'schema: 1\nkind: model\nname: bare\nplugin: cnn-baseline\nclasses: [a, b]\n' >broken/bare.yaml
    printf 'schema: 1\nkind: model\nname: lost\nplugin: no-such\nclasses: [a]\n' >broken/lost.yaml
    MIEN_MANIFEST_PATH=$PWD/broken ends 0 list
    says out "broken/bad.yaml:"
    says out "no weights"
    says out "no-such"
    MIEN_MANIFEST_PATH=$PWD/broken ends 0 list --json
    is_json
    mkdir -p other
    printf 'schema: 1\nkind: ensemble\nname: pair\nmembers: [{model: a}, {model: b, weight: 2}]\n' >other/pair.yaml
    printf 'schema: 1\nkind: dataset\nname: faces\nroot: data\nsplits: {test: t}\nclasses: [a, b]\nrename: {c: b}\n' >other/faces.yaml
    MIEN_MANIFEST_PATH=$PWD/other ends 0 list
    says out 'other/pair.yaml:4:19: member "a"'
    grep '^faces ' out | grep -q ready && fail "a data set is never ready"
    ends 0 list
    grep -E '^ensemble +ensemble +3 members +3 ' out | grep -q ready || fail "list: $(<out)"
    # Weights that are named but not there.
    printf 'schema: 1\nkind: model\nname: a\nplugin: cnn-baseline\nclasses: [a, b]\nweights: {file: a.safetensors, sha256: %064d}\n' 0 |
        sed 's/: 0\([0]*\)/: "0\1"/' >other/a.yaml
    MIEN_MANIFEST_PATH=$PWD/other ends 0 list
    says out 'other/a.yaml:6:17: no file "a.safetensors"'
    MIEN_MANIFEST_PATH=$PWD/other ends 0 predict "$face"
    says out cnn-baseline
    MIEN_MANIFEST_PATH=$PWD/other ends 0 inspect a
    says out 'no file "a.safetensors"'
    says out "conv1"
    MIEN_MANIFEST_PATH=$PWD/other ends 0 inspect a --json
    is_json
    says out '"error"'
    MIEN_MANIFEST_PATH=$PWD/other ends 3 inspect a --profile
    MIEN_MANIFEST_PATH=$PWD/other ends 0 inspect pair
    says out "rule: soft"
    MIEN_MANIFEST_PATH=$PWD/other ends 3 predict -m pair "$face"
    says err 'other/pair.yaml:4:19: member "a": '
    says err 'no file "a.safetensors"'
    ends 0 predict -m ensemble "$face"
    says out happy
    ends 0 compare "$face" -m ensemble
    says out ensemble
    ends 0 explain -m ensemble "$face"
    says out "mean of 3 members' grad-cam"
    ends 2 explain -m ensemble --layer list
    says err '"ensemble" is an ensemble; a model is needed here'
    # Our own marks have an ASCII form.
    LC_ALL=C ends 0 list
    LC_ALL=C grep -q '[^ -~]' out && fail "not ASCII: $(<out)"
    LC_ALL=C ends 0 predict -k 7 "$face"
    LC_ALL=C grep -q '[^ -~]' out && fail "not ASCII: $(<out)"
    grep -q ' $' out && fail "lines end in spaces: $(<out)"
    says out "  #####"
}

inspection() {
    ends 0 inspect face-expression
    says out "dense0.conv0"
    says out "multiply-adds"
    ends 0 inspect face-expression --json
    is_json
    ends 0 inspect "$MIEN_SOURCE/manifests/mini-xception.yaml"
    # A name that a model and a plugin share is the model's.
    ends 0 inspect vit
    says out "(model)"
    ends 0 inspect vit.so
    says out "(plugin)"
    ends 0 inspect vit.so --json
    is_json
    ends 3 inspect vti.so
    says err 'no plugin "vti"'
    ends 0 inspect face-expression --profile --repeat 2 --threads 1
    says out "ALGORITHM"
    says out "GFLOP/s"
    ends 0 inspect mini-xception --profile --repeat 2 --batch 2 --plan small --json
    is_json
    ends 3 inspect absent
    MIEN_MANIFEST_PATH=$PWD/other ends 3 predict -m vitt "$face"
    says err 'did you mean "vit"?'
    ends 3 inspect absent.yaml
    ends 0 inspect broken/bare.yaml
    says out "none: the model can be inspected but not run"
    ends 0 inspect broken/bare.yaml --json
    is_json
    ends 3 inspect broken/bare.yaml --profile
    ends 2 inspect broken/bare.yaml --set nonsense=1
    ends 3 inspect broken/bad.yaml
    says err "broken/bad.yaml:"
    ends 2 inspect vit.so --profile
    ends 0 inspect resnet-transfer --set depth=50
    grep -qE '^ *depth +50 +18 ' out || fail "--set does not set a plugin's depth: $(<out)"
    ends 2 inspect resnet-transfer --set depth=51
    ends 2 inspect resnet-transfer --set dept=50
    says err 'did you mean "depth"'
    # A plugin that computes by itself may need no weights.
    printf 'schema: 1\nkind: model\nname: alone\nplugin: by-itself\nclasses: [a, b, c]\n' >broken/alone.yaml
    MIEN_PLUGIN_PATH=$fixtures ends 0 inspect broken/alone.yaml
    says out "none: the plugin is opened without"
    MIEN_PLUGIN_PATH=$fixtures ends 0 predict -m broken/alone.yaml "$face"
}

checking() {
    ends 0 check
    says out "passed  face-expression"
    ends 0 check --json mini-xception
    each_line_is_json
    ends 3 check broken/bare.yaml
    ends 3 check broken/bad.yaml
    says out "broken/bad.yaml:"
    ends 3 check absent
    printf 'schema: 1\nkind: model\nname: out\nplugin: vit\nclasses: [a]\nweights: {file: ../a, sha256: %064d}\n' 1 >broken/out.yaml
    ends 3 check broken/out.yaml
    # Without golden samples, a model must at least answer.
    MIEN_PLUGIN_PATH=$fixtures ends 0 check broken/alone.yaml
    says out "runs  broken/alone.yaml: its manifest has no golden samples"
    sed 's/by-itself/run-gives-nan/' broken/alone.yaml >broken/nan.yaml
    MIEN_PLUGIN_PATH=$fixtures ends 3 check broken/nan.yaml
    says out "FAILED  broken/nan.yaml: model alone: the logit of class a is nan"
    # One line a message, even a plugin's.
    sed 's/by-itself/run-fails/' broken/alone.yaml >broken/fails.yaml
    MIEN_PLUGIN_PATH=$fixtures ends 3 predict -m broken/fails.yaml "$face"
    [[ $(<err) == "mien predict: plugin run-fails: run: no luck today" ]] || fail "not one line: $(<err)"
    mkdir -p wrong/golden
    cp "$MIEN_SOURCE"/manifests/mini-xception.* wrong
    cp "$face" wrong/golden
    sed -Ei 's/logits: \[([^,]*), ([^,]*),/logits: [\2, \1,/' wrong/mini-xception.yaml
    ends 1 check wrong/mini-xception.yaml
    says out "FAILED"
    says out "label order"
    ends 1 check --json wrong/mini-xception.yaml
    each_line_is_json
}

predicting() {
    ends 0 predict "$face"
    says out "happy"
    ends 3 predict - # standard input is empty here
    says err "standard input"
    ends 0 predict -m mini-xception -m face-expression --json --top-k 7 "$face"
    each_line_is_json
    [[ $(wc -l <out) == 2 ]] || fail "one line a model"
    mkdir -p pictures/sub
    cp "$face" pictures/a.png
    cp "$face" pictures/sub/b.png
    echo nonsense >pictures/bad.png
    ends 3 predict pictures
    says err "pictures/bad.png: is neither a JPEG nor a PNG"
    says out "pictures/a.png"
    says out "pictures/sub/b.png"
    ends 3 predict --json 'pictures/*.png' absent.png
    says err "absent.png"
    each_line_is_json
    says out '"picture":"absent.png","error":'
    ends 3 predict --crop 0,0,9999,9999 "$face"
    ends 3 predict -m absent "$face"
    ends 0 predict --crop 10,10,50,50 --draw drawn.png "$face"
    [[ $(head -c 8 drawn.png | od -An -tx1) == ' 89 50 4e 47 0d 0a 1a 0a' ]] || fail "drawn.png is no PNG"
    refuses_early predict --draw absent/drawn.png "$face"
    # What is no regular file is neither waited for nor replaced, and a link stays one.
    mkfifo pipe.png
    ends 3 predict pipe.png
    says err "pipe.png: is not a regular file"
    ends 3 compare pipe.png
    mkfifo pipe.yaml
    ends 3 predict -m pipe.yaml "$face"
    says err "pipe.yaml: not a regular file"
    ends 3 import pipe.yaml -o imported.safetensors
    says err "pipe.yaml: is not a regular file"
    ends 1 predict --draw pipe.png "$face"
    says err "is not a regular file"
    [[ -p pipe.png ]] || fail "--draw replaced a pipe"
    ends 1 import "$MIEN_SOURCE/manifests/mini-xception.safetensors" -o pipe.png
    says err "is not a regular file"
    [[ -p pipe.png ]] || fail "import replaced a pipe"
    ln -s drawn.png link.png
    ends 0 predict --draw link.png "$face"
    [[ -L link.png && -f drawn.png ]] || fail "--draw replaced a link"
    local left=(*.part)
    [[ ! -e ${left[0]} ]] || fail "left behind: ${left[*]}"
    "$mien" predict - <"$face" >out 2>err || fail "standard input"
    says out "happy"
}

comparing() {
    ends 0 compare "$face"
    says out "face-expression"
    says out "MULTIPLY-ADDS"
    ends 0 compare --json "$face"
    is_json
    python3 - out <<'PYTHON' || fail "comparison by class name"
import json, sys
answer = json.load(open(sys.argv[1]))
assert {row["model"]: row["top"] for row in answer["models"]} == {
    row["model"]: "happy" for row in answer["models"]}, answer
assert {"cnn-baseline", "face-expression", "mini-xception"} <= {
    row["model"] for row in answer["models"]}, answer
for row in answer["models"]:
    known = {name: p for name, p in row["probabilities"].items() if p is not None}
    assert abs(sum(known.values()) - 1) < 1e-4, row
    assert set(known) <= set(answer["classes"]), row
PYTHON
    ends 3 compare -m absent -m mini-xception "$face"
    says out 'no manifest "absent"'
    says out "happy"
    ends 3 compare absent.png
    ends 3 compare --crop 0,0,9999,9999 "$face"
    refuses_early compare --draw absent/compared.png "$face"
    ends 0 compare --threads 1 --draw compared.png "$face"
    [[ -s compared.png ]] || fail "compared.png was not drawn"
}

benching() {
    ends 0 bench --seconds 0 --threads 1 --threads 2 mini-xception
    says out "PICTURES/S"
    ends 0 bench --seconds 0 --batch 2 --json mini-xception
    each_line_is_json
    ends 3 bench --seconds 0 absent
}

pages() {
    ends 0 schema
    is_json
    ends 0 completion bash
    bash -n out || fail "the bash script does not parse"
    cp out completion.bash
    ends 0 completion zsh
    ends 0 completion fish
    ends 2 completion tcsh
    ends 0 __complete pre
    says out "predict"
    ends 0 __complete predict --model mini
    says out "mini-xception"
    ends 0 __complete import --fo
    says out "--format"
    # As bash itself calls it.
    local answer
    answer=$(PATH=$MIEN_BUILD/bin:$PATH bash -c '
        source ./completion.bash
        COMP_WORDS=(mien compare --plan = s) COMP_CWORD=4
        _mien
        echo "${COMPREPLY[@]}"')
    [[ $answer == small ]] || fail "bash completes --plan=s to '$answer'"
    ends 0 __manual
    says out ".TH mien 1"
    if command -v groff >/dev/null; then
        groff -man -Tutf8 -ww out >page 2>warnings
        [[ ! -s warnings ]] || fail "the man page: $(head -c 300 warnings)"
    fi
}

closed_streams() {
    local status
    "$mien" predict "$face" >out 2>err <&- || fail "a closed standard input: $(<err)"
    says out "happy"
    "$mien" predict - >out 2>err <&-
    status=$?
    ((status == 3)) || fail "reading a closed standard input ends with $status: $(<err)"
    says err "standard input: cannot be read"
    "$mien" predict "$face" >out 2>&- </dev/null || fail "a closed standard error: $?"
    says out "happy"
    "$mien" predict "$face" >&- 2>err </dev/null
    status=$?
    ((status == 1)) || fail "a closed standard output ends with $status: $(<err)"
    says err "cannot write standard output: Bad file descriptor"
    "$mien" import --list "$MIEN_SOURCE/manifests/mini-xception.safetensors" >&- 2>err <&-
    status=$?
    ((status == 1)) || fail "a companion's closed standard output ends with $status: $(<err)"
    says err "cannot write standard output: Bad file descriptor"
}

streams() {
    "$mien" schema >/dev/full 2>err && fail "a full disk went unnoticed"
    [[ $(<err) == "mien schema: cannot write standard output: No space left on device" ]] ||
        fail "a full disk's cause is lost: $(<err)"
    "$mien" list >/dev/full 2>err && fail "a full disk went unnoticed"
    says err "cannot write standard output"
    local many=() i
    for ((i = 0; i < 2000; i++)); do many+=("$face"); done
    "$mien" predict "${many[@]}" >/dev/full 2>err
    [[ $? == 1 && $(wc -l <err) == 1 ]] || fail "a full disk is said once: $(<err)"
    says err "cannot write standard output: No space left on device"
    "$mien" inspect face-expression --json 2>err | head -c 1 >/dev/null
    [[ ! -s err ]] || fail "a closed pipe is not quiet: $(<err)"
    python3 - "$mien" "$face" <<'PYTHON' || fail "Ctrl-C"
import json, signal, subprocess, sys
program, face = sys.argv[1:]
run = subprocess.Popen([program, "predict", "--json", "--batch", "1"] + 5000 * [face],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
lines = [run.stdout.readline()]
run.send_signal(signal.SIGINT)
lines += run.stdout.readlines()
complaint = run.stderr.read()
assert run.wait() == 130, run.returncode
assert b"interrupted after" in complaint, complaint
assert len(lines) < 5000
for line in lines:
    assert line.endswith(b"\n")
    json.loads(line)
PYTHON
}

usage
libraries
companions
listing
inspection
checking
predicting
comparing
benching
pages
streams
closed_streams
((failed)) || echo "all as it should be"
exit "$failed"
