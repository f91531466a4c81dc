#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An ensemble in a folder of one's own, with members beside it and below it: every command that takes
# a model takes it, from any folder, and a change of what is at the end of a path is noticed.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
face=$MIEN_SOURCE/manifests/golden/collins.png
manifests=$MIEN_SOURCE/manifests

ensemble() { # FILE MEMBER...
    local name=${1##*/} members
    members=$(printf '{model: %s}, ' "${@:2}")
    printf '%s\n' 'schema: 1' 'kind: ensemble' "name: ${name%.yaml}" 'classes: [happy, sad]' \
        "members: [${members%, }]" >"$1"
}

make_folder() {
    mkdir -p mine/nets data/happy data/sad elsewhere
    cp "$manifests"/cnn-baseline.safetensors mine
    sed 's/^name: .*/name: own/; /^card:/d; /^golden:/,$d' "$manifests"/cnn-baseline.yaml >mine/own.yaml
    cp "$manifests"/mini-xception.{yaml,safetensors} mine/nets
    sed -i '/^card:/d; /^golden:/,$d' mine/nets/mini-xception.yaml
    ensemble mine/pair.yaml own nets/mini-xception.yaml
    cp "$face" data/happy/1.png
    cp "$MIEN_SOURCE"/tests/fixtures/images/rgb.jpg data/happy
    cp "$MIEN_SOURCE"/tests/fixtures/images/{gray,full-chroma}.jpg data/sad
}

every_command() {
    ends 0 predict --json -m mine/pair.yaml "$face"
    mv out first
    (cd mine/nets && "$mien" predict --json -m ../pair.yaml "$face" | sed 's|\.\./|mine/|' >../../out)
    cmp -s first out || fail "seen from another folder: $(<out)"
    ends 0 compare "$face" -m mine/pair.yaml
    ends 0 check mine/pair.yaml
    ends 0 inspect mine/pair.yaml
    says out "model: nets/mini-xception.yaml"
    ends 0 bench --seconds 0.01 mine/pair.yaml
    ends 0 explain -m mine/pair.yaml -m mine/own.yaml --draw sheet.png "$face"
    says out "mean of 2 members' grad-cam"
    ends 0 explain --json -m mine/pair.yaml "$face"
    says out '"members":["nets/mini-xception.yaml","own"]'
    ends 0 evaluate mine/pair.yaml data
    grep -q '^nets/mini-xception.yaml  *own ' out || fail "members by name: $(<out)"
    ends 0 compare --data data --seconds 0.001 mine/pair.yaml mine/own.yaml
    MIEN_MANIFEST_PATH=$PWD/mine ends 0 list
    grep -E '^pair +ensemble +2 members +2 ' out | grep -q ready || fail "list: $(<out)"
    # What the search path has under that name is not what is meant.
    sed 's/^classes:.*/classes: [happy]/' mine/own.yaml >elsewhere/own.yaml
    MIEN_MANIFEST_PATH=$PWD/elsewhere ends 0 predict --json -m mine/pair.yaml "$face"
    cmp -s first out || fail "another folder's model answered: $(<out)"
}

fitting() {
    ends 0 fit -o mine/fitted.yaml mine/pair.yaml data
    ends 0 fit -o above.yaml mine/pair.yaml data
    says above.yaml "model: mine/own.yaml"
    says above.yaml "model: mine/nets/mini-xception.yaml"
    ends 0 predict --json -m mine/fitted.yaml -k 1 "$face"
    sed 's|mine/fitted|above|' out >first
    ends 0 predict --json -m above.yaml -k 1 "$face"
    cmp -s first out || fail "fitted elsewhere: $(<out)"
    ends 2 fit -o elsewhere/fitted.yaml mine/pair.yaml absent
    says err 'which an ensemble in folder elsewhere cannot name; choose a folder that it is in'
    ends 2 fit -o mine/own.yaml mine/pair.yaml absent
    says err 'mine/own.yaml is the file of the member "own"'
}

# The identity of a cell follows what the paths lead to.
sweeping() {
    printf '%s\n' 'schema: 1' 'kind: sweep' 'name: s' 'classes: [happy, sad]' 'grids:' \
        '- {models: [mine/pair.yaml], datasets: [data]}' >s.yaml
    ends 0 sweep -o s.jsonl s.yaml
    says out "1 done, 0 failed; 0 open"
    ends 0 sweep --list -o s.jsonl s.yaml
    grep -qP '\tdone\t' out || fail "not done: $(<out)"
    local file
    for file in mine/own.yaml mine/nets/mini-xception.yaml; do
        cp "$file" kept
        sed -i 's/^classes: .*/&\nsummary: another/; /^summary: "/d' "$file"
        ends 0 sweep --list -o s.jsonl s.yaml
        grep -qP '\topen\t' out || fail "a change of $file was not noticed: $(<out)"
        mv kept "$file"
    done
    ends 0 sweep --list -o s.jsonl s.yaml
    grep -qP '\tdone\t' out || fail "another identity: $(<out)"
}

refusing() {
    ensemble mine/self.yaml own self
    ends 3 predict -m mine/self.yaml "$face"
    says err 'mine/self.yaml:5:33: member "self" is this ensemble itself; members are models'
    ensemble mine/outer.yaml pair.yaml
    ends 3 compare "$face" -m mine/outer.yaml
    says out 'mine/outer.yaml:5:19: member "pair.yaml" is an ensemble; members are models'
    ensemble mine/lost.yaml onw
    ends 3 predict -m mine/lost.yaml "$face"
    says err 'mine/lost.yaml:5:19: member "onw": no manifest "onw"; did you mean "own"?; looked in mine'
    ensemble mine/lost.yaml nets/none.yaml
    ends 3 predict -m mine/lost.yaml "$face"
    says err 'mine/lost.yaml:5:19: no file "nets/none.yaml" in folder mine'
    ensemble mine/lost.yaml ../mine/own.yaml
    ends 3 predict -m mine/lost.yaml "$face"
    says err 'mine/lost.yaml:5:19: model "../mine/own.yaml" is a path that leads out'
    ensemble mine/lost.yaml ./nets
    ends 3 predict -m mine/lost.yaml "$face"
    says err 'mine/lost.yaml:5:19: member "./nets": '
    says err 'not a regular file'
}

make_folder
every_command
fitting
sweeping
refusing
((failed)) || echo "all as it should be"
exit "$failed"
