#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fields of --json are those that docs/command-line.md lists, no more and no fewer.
set -euo pipefail
mien=$MIEN_BUILD/bin/mien
face=$MIEN_SOURCE/manifests/golden/collins.png
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# say COMMAND ARGUMENT...: appends what `mien COMMAND --json` prints, however it ends, to a file.
say() {
    "$mien" "$1" --json "${@:2}" >>"$1.json" 2>>errors || [[ $? -le 3 ]]
}

manifest() { # NAME LINE...
    printf '%s\n' 'schema: 1' "name: $1" "${@:2}" >"zoo/$1.yaml"
}

mkdir zoo zoo/golden
cp "$MIEN_SOURCE/manifests/mini-xception.safetensors" zoo
digest=$(sha256sum <zoo/mini-xception.safetensors | cut -d' ' -f1)
weights="weights: {file: mini-xception.safetensors, sha256: \"$digest\"}"
model=('kind: model' 'plugin: mini-xception' 'classes: [a, b, c, d, e, f, g]')
manifest broken 'kind: model'
manifest pair 'kind: ensemble' 'members: [{model: mini-xception}]'
manifest duo 'kind: ensemble' 'classes: [happy, sad]' \
    'members: [{model: mini-xception}, {model: face-expression}]'
manifest faces 'kind: dataset' 'root: data' 'splits: {test: t}' 'classes: [a]' 'rename: {c: a}' \
    'tags: [small]'
manifest lost "${model[@]}" "${weights/mini/no}"
manifest bare "${model[@]}"
manifest blind "${model[@]}" "$weights" \
    'golden: [{image: golden/absent.png, logits: [1, 2, 3, 4, 5, 6, 7]}]'
manifest mapless "${model[@]/a, b, c, d, e, f, g/angry, disgust, fear, happy, sad, surprise, neutral}" \
    "$weights" 'explain: {layer: global_average_pool_23}'
manifest lesson 'kind: recipe' 'optimizer: {rate: 0.01}' 'train: {epochs: 1, batch: 2}' \
    'model: {plugin: cnn-baseline, classes: [happy, sad], config: {filters: [4]}}' \
    'data: {dataset: ../faces}'
manifest shape 'kind: model' 'plugin: vit' 'classes: [a, b]' 'input: {resize: crop}'
export MIEN_MANIFEST_PATH=$PWD/zoo:$MIEN_SOURCE/manifests

say list
for name in mini-xception pair faces lost bare shape lesson vit; do say inspect "$name"; done
say inspect mini-xception --profile --repeat 1
say check mini-xception blind bare pair
say predict --crop 1,1,40,40 -m mini-xception -m face-expression "$face" absent.png
say compare --crop 1,1,40,40 -m mini-xception -m bare "$face"
say explain --crop 1,1,40,40 -m mini-xception -m bare -m pair --save maps "$face" absent.png
say explain -m mini-xception --layer list
say explain -m mini-xception --measure "$face"
mkdir -p faces/happy faces/sad
cp "$face" faces/happy/1.png
cp "$face" faces/sad/1.png
for copy in 2 3; do cp "$face" "faces/happy/$copy.png" && cp "$face" "faces/sad/$copy.png"; done
python3 "$MIEN_SOURCE/tests/cli/draw_clouds.py" clouds 2
printf '%s\n' file,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nonface \
    happy/1.png,0,9,0,0,0,0,0,0,0,1 >votes.csv
say evaluate --votes votes.csv mini-xception bare duo faces
say_compared() { # ARGUMENT...
    "$mien" compare --json --seconds 0.001 "$@" >>compare.json 2>>errors || [[ $? -le 3 ]]
}
say_compared --data faces --votes votes.csv mini-xception face-expression bare
say_compared --faithfulness 2 --data clouds mini-xception duo mapless
say_compared --data clouds mini-xception face-expression cnn-baseline
manifest net 'kind: sweep' 'classes: [happy, sad]' 'flip: true' 'limit: 4' 'seconds: 0.001' 'grids: [{models: [mini-xception, bare]}]'
say sweep zoo/net.yaml faces
say inspect net
manifest small 'kind: ensemble' 'classes: [happy, sad]' \
    'members: [{model: mini-xception}, {model: face-expression}]'
say fit --output zoo/fitted.yaml small faces
cp "$MIEN_SOURCE/tests/fixtures/images/rgb.jpg" faces/sad
manifest fit 'kind: sweep' 'classes: [happy, sad]' 'grids: [{models: [fitted]}]'
say sweep zoo/fit.yaml faces
say train --output run "$PWD/zoo/lesson.yaml"
say bench --seconds 0 --threads 1 mini-xception bare

python3 - "$MIEN_SOURCE/docs/command-line.md" <<'PYTHON'
import json, re, sys

documented = {}
command = None
for line in open(sys.argv[1], encoding="utf-8"):
    if line.startswith("#"):
        heading = re.fullmatch(r"### ([a-z]+)\n", line)
        command = heading and heading[1]
    elif command and (row := re.match(r"\| `([^`]+)` \|", line)):
        documented.setdefault(command, set()).add(row[1])
documented["compare"] |= documented["evaluate"]  # as its section says


def documents(text):
    """Every JSON document of a text, one after the other."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        yield document
        text = text[end:]


def fields(value, path, known):
    """The paths of everything in a value, as the documentation writes them."""
    if isinstance(value, list):
        yield path + "[]"
        for item in value:
            yield from fields(item, path + "[]", known)
    elif isinstance(value, dict):
        yield path
        for key, item in value.items():
            free = f"{path}.*"
            yield from fields(item, free if free in known else f"{path}.{key}".lstrip("."), known)
    else:
        yield path


problems = []
for command, known in documented.items():
    seen = set()
    for document in documents(open(command + ".json", encoding="utf-8").read()):
        seen |= set(fields(document, "", known))
    # What holds other fields needs no row of its own.
    holders = {path for path in seen if any(other != path and other.startswith((path + ".", path + "["))
                                            for other in known)} | {"", "[]"}
    problems += [f"{command}: {path} is not documented" for path in sorted(seen - known - holders)]
    problems += [f"{command}: {path} is not printed" for path in sorted(known - seen)]
assert set(documented) == {"list", "inspect", "check", "predict", "compare", "evaluate", "explain", "sweep", "train", "fit",
                           "bench"}, documented.keys()
print("\n".join(problems) or "all fields are documented")
sys.exit(bool(problems))
PYTHON
