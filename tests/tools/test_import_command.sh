#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `mien import` as people run it: what it prints, how it ends, and that what it writes is whole or not
# there.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
subject=(import)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
fixtures=$MIEN_SOURCE/tests/fixtures/import

# Nothing is left where writing failed, under any name.
nothing_written() {
    local found
    found=$(find . -name '*.safetensors*' -o -name '*.part')
    [[ -z $found ]] || fail "left behind: $found"
}

table() { printf 'rules:\n%s\n' "$1" >table.yaml; }

usage() {
    ends 2
    says err "SOURCE is missing"
    ends 2 "$fixtures/graph.json"
    says err "where to? Give --output FILE, or --list"
    ends 2 --list --format onnx "$fixtures/graph.json"
    says err "tfjs-graph"
    ends 2 --list --dtype f64 "$fixtures/graph.json"
    ends 2 --list "$fixtures/graph.json" "$fixtures/graph.json"
    ends 0 --help
}

listing() {
    ends 0 --list "$fixtures/layers-weights_manifest.json"
    says out "conv/kernel  f32 [3, 3, 2, 4]"
    says out "count  i32 []"
    says out "mask  u8 [3]"
    [[ $(wc -l <out) == 7 ]] || fail "a line a tensor: $(<out)"
    table '- {from: model/conv/*, to: "conv.*"}
- {from: model/axes, drop: true}'
    ends 0 --list --map table.yaml --dtype f32 "$fixtures/graph.json"
    says out "conv.weights  f32 [1, 1, 3, 2]"
    nothing_written
    printf '[{"paths": [], "weights": [{"name": "a\\u001b[2Jb", "shape": [0], "dtype": "bool"}]}]' >hostile.json
    ends 0 --list hostile.json
    ! grep -q $'\033' out || fail "a name steers the terminal"
}

writing() {
    ends 0 --output written.safetensors "$fixtures/graph.json"
    says out "written.safetensors: 3 tensors, 24 bytes"
    says out "sha256: $(sha256sum <written.safetensors | cut -d ' ' -f 1)"
    # What is there is replaced, itself included.
    ends 0 --output written.safetensors --dtype f32 written.safetensors
    says out "3 tensors, 40 bytes"
    ends 0 --list written.safetensors
    says out "model/conv/weights  f32 [1, 1, 3, 2]"
    [[ $(find . -name '*safetensors*') == ./written.safetensors ]] || fail "other files: $(ls)"
    [[ $(stat -c %a written.safetensors) == "$(touch plain && stat -c %a plain)" ]] ||
        fail "others may not read it: $(stat -c %a written.safetensors)"
    cp written.safetensors before
    table '- {from: nothing, to: nothing}'
    ends 3 --map table.yaml --output written.safetensors "$fixtures/graph.json"
    cmp -s before written.safetensors || fail "a failure changed the old file"
    rm written.safetensors
}

not_written() {
    ends 1 --output absent/x.safetensors "$fixtures/graph.json"
    says err "absent/x.safetensors"
    mkdir folder.safetensors
    ends 1 --output folder.safetensors "$fixtures/graph.json"
    says err "folder.safetensors"
    rmdir folder.safetensors
    ends 1 --output /dev/null/x "$fixtures/graph.json"
    mkdir locked
    chmod a-w locked
    if [[ -w locked ]]; then # as root, who may write everywhere
        echo "not tried, for this user may write into any folder: a folder without permission"
    else
        ends 1 --output locked/x.safetensors "$fixtures/graph.json"
        says err "Permission denied"
    fi
    nothing_written
    # A limit on sizes stands for a full disk.
    (
        trap '' XFSZ
        ulimit -f 0
        "$mien" import --output x.safetensors "$fixtures/graph.json" 2>&1 >/dev/null </dev/null | cat >&2
        exit "${PIPESTATUS[0]}"
    ) 2>err
    [[ $? == 1 ]] || fail "a file that cannot grow"
    nothing_written
}

bad_input() {
    ends 3 --list absent.json
    says err "absent.json: cannot be opened: No such file or directory"
    ends 3 --list --format safetensors absent.safetensors
    cp "$fixtures/layers-weights_manifest.json" "$fixtures/layers.shard1" .
    ends 3 --output x.safetensors layers-weights_manifest.json
    says err "layers-weights_manifest.json: layers.shard2: cannot be opened"
    head -c 20 "$fixtures/layers.shard2" >layers.shard2
    ends 3 --output x.safetensors layers-weights_manifest.json
    says err "a group's shards hold 49 bytes, but its weights take 118"
    ends 3 --output x.safetensors --map absent.yaml "$fixtures/graph.json"
    says err "absent.yaml"
    printf 'rules:\n  - {from: a, to: b, permute: [1]}\n' >table.yaml
    ends 3 --output x.safetensors --map table.yaml "$fixtures/graph.json"
    says err "table.yaml:2:31: permute must hold each of 0 to 0 once"
    table '- {from: model/conv/*, to: "same*"}
- {from: model/axes, to: sameoffset}'
    ends 3 --output x.safetensors --map table.yaml "$fixtures/graph.json"
    says err "what table.yaml makes: tensor 'sameoffset' is there twice"
    table '- {from: model/axes, to: __metadata__, fill: 70000}
- {from: "**", drop: true}'
    ends 3 --output x.safetensors --map table.yaml "$fixtures/graph.json"
    says err "a tensor is named '__metadata__'"
    sed -i 's/__metadata__/large/' table.yaml
    ends 3 --output x.safetensors --dtype f16 --map table.yaml "$fixtures/graph.json"
    says err "is 70000, too large for f16; keep it in f32"
    nothing_written
}

# The shipped tables are whole, and do not fit what they are not made for.
shipped_tables() {
    local file
    for file in "$MIEN_SOURCE"/tools/import/tables/*.yaml; do
        ends 3 --list --map "$file" "$fixtures/graph.json"
        says err "$file has no rule for 3 of the 3 tensors: model/conv/weights"
    done
}

usage
listing
writing
not_written
bad_input
shipped_tables
((failed)) || echo "all as it should be"
exit "$failed"
