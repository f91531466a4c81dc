# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the benchmarks need, made once in build/bench; they source this, in the project's folder.
folder=build/bench

prepare_step() { printf '== %s\n' "$*" >&2; }

# Prints the comment at the head of a script and ends it, where --help is among the words.
prepare_help() {
    local script=$1 word
    shift
    for word; do
        [[ $word == --help || $word == -h ]] || continue
        sed -n '3,/^[^#]/{s/^# \?//p}' "$script"
        exit 0
    done
}

prepare_portrait() { tools/portrait build/demo/astronaut.png; }

prepare_build() {
    tools/debian --with bench cmake --preset release -Wno-dev --log-level=WARNING >/dev/null
    tools/debian cmake --build --preset release -j "$(nproc)" >&2
}

# Weights and ONNX files. They are made again when what makes them has changed.
prepare_models() {
    local made=$folder/models/made sources
    sources=$(cat tools/bench/export.py tests/reference/{models,networks,safetensors,seeded}.py |
        sha256sum)
    [[ -f $made && $(<"$made") == "$sources" ]] && return
    prepare_step "Exporting networks from torch ($folder/models; some minutes, once)"
    tools/debian --with reference python3 -B tools/bench/export.py "$folder/models" >&2
    echo "$sources" >"$made"
}

# The newest ONNX Runtime. Its install script only fetches what graphics cards need.
prepare_node() {
    mkdir -p "$folder/node"
    cp tools/bench/node/engine.mjs "$folder/node"
    cmp -s tools/bench/node/package.json "$folder/node/package.json" &&
        [[ -d $folder/node/node_modules ]] && return
    prepare_step "Fetching ONNX Runtime from npm ($folder/node)"
    cp tools/bench/node/package.json "$folder/node/package.json.new"
    mv "$folder/node/package.json.new" "$folder/node/package.json"
    # shellcheck disable=SC2016
    tools/debian --with bench sh -c 'cd "$1" && npm install --ignore-scripts --no-audit --no-fund \
        --no-package-lock --loglevel=error' sh "$folder/node" >&2
}
