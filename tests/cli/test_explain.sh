#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `mien explain`: what it prints, draws and saves, and how it ends when it cannot.
set -uo pipefail
# shellcheck source=tests/support/script.sh
source "$MIEN_SOURCE/tests/support/script.sh"
subject=(explain)
face=$MIEN_SOURCE/manifests/golden/collins.png

# holds EXPRESSION: true of the JSON lines `d` in out.
holds() {
    python3 -c "import json; d = [json.loads(line) for line in open('out')]; assert $1, d" 2>trace ||
        fail "$1: $(tail -n 1 trace | head -c 600)"
}

is_png() { [[ $(head -c 8 "$1" | od -An -tx1 | tr -d ' \n') == 89504e470d0a1a0a ]] || fail "$1 is no PNG"; }

ends 0 -m cnn-baseline -m mini-xception --draw sheet.png "$face"
says out 'grad-cam of features'
says out 'grad-cam of block2'
is_png sheet.png

ends 0 --json -m cnn-baseline --save maps --class sad "$face"
holds "d[0]['class'] == 'sad' and d[0]['layers'] == ['features'] and d[0]['map'] == [6, 6]"
holds "(d[0]['peak'] > 0) == (d[0]['trouble'] is None)"
python3 - <<'PY' || fail "the array is not what was said"
import ast, json, struct
said = json.loads(open("out").readline())
raw = open(said["map_file"], "rb").read()
assert raw[:8] == b"\x93NUMPY\x01\x00", raw[:8]
length = struct.unpack("<H", raw[8:10])[0]
assert (10 + length) % 64 == 0
header = ast.literal_eval(raw[10 : 10 + length].decode())
assert header == {"descr": "<f4", "fortran_order": False, "shape": (6, 6)}, header
values = struct.unpack("<36f", raw[10 + length :])
assert abs(max(values) - said["peak"]) <= 1e-5 * max(values), (max(values), said)
PY
for method in grad-cam++ hires-cam layer-cam eigen-cam occlusion; do
    ends 0 --json -m cnn-baseline --method $method "$face"
    holds "d[0]['method'] == '$method' and d[0]['class'] == 'happy'"
done
ends 0 --json -m cnn-baseline --method rise --masks 32 --smooth flips "$face"
holds "d[0]['map'] == [48, 48]"
ends 0 --json -m cnn-baseline --smooth flips --smooth principal -l block1 -l features "$face"
holds "d[0]['layers'] == ['block1', 'features'] and d[0]['map'] == [24, 24]"

# Two pictures of one name do not overwrite each other.
mkdir -p a b
cp "$face" a/face.png
cp "$face" b/face.png
ends 0 -m cnn-baseline --save both a b
[[ -f both/face.cnn-baseline.grad-cam.png && -f both/face-2.cnn-baseline.grad-cam.npy ]] ||
    fail "saved: $(ls both)"

# Another choice is another file.
for class in happy sad; do
    ends 0 -m cnn-baseline --save chosen --class $class -l block1 -l features --smooth flips "$face"
done
[[ -f chosen/collins.cnn-baseline.grad-cam.block1+features.flips.happy.npy &&
    -f chosen/collins.cnn-baseline.grad-cam.block1+features.flips.sad.npy ]] ||
    fail "saved: $(ls chosen)"
ends 2 -m cnn-baseline -l features -l block1 -l features "$face"
says err '--layer features is given twice'
sed 's/classes: .*/classes: [angry, ..\/hap py, sad]/' "$MIEN_SOURCE/manifests/cnn-baseline.yaml" |
    sed '/^golden:/,$d' >slash.yaml
cp "$MIEN_SOURCE/manifests/cnn-baseline.safetensors" .
ends 0 -m slash.yaml --save chosen --class '../hap py' "$face"
[[ -f chosen/collins.cnn-baseline.grad-cam...%2Fhap%20py.npy ]] || fail "saved: $(ls chosen)"

ends 0 -m cnn-baseline --layer list
says out 'features'
says out 'default'
ends 0 -m cnn-baseline --layer list --json
holds "sum(layer['default'] for layer in d[0]['layers']) == 1"

# Figures over pictures; both pictures are the same, so that nothing varies.
ends 0 --measure -m cnn-baseline a b
says out 'the centre'
ends 0 --measure --json -m cnn-baseline --sample 1 a b
holds "d[0]['measured'] == 1 and d[0]['deletion']['margin'] is None"
holds "0 <= d[0]['insertion']['mean'] <= 1 and set(d[0]['centre']) == {'deletion', 'insertion', 'road'}"
ends 0 --measure --json -m cnn-baseline --method occlusion a
holds "d[0]['sanity']['mean'] is None and d[0]['sanity_empty'] is None"
# Each picture has shuffled weights of its own, of which a map is left even of this network, with a
# dense ReLU behind its layer. A peak that stays in both pictures may yet move in another.
ends 0 --measure --json -m cnn-baseline a b
holds "-1 <= d[0]['sanity']['mean'] <= 1 and d[0]['sanity_empty'] == 0"
holds "d[0]['stable']['mean'] == 1 and abs(d[0]['stable']['margin'] - (1 - 0.025 ** 0.5)) < 1e-6"
ends 2 --measure --save maps a
says err '--measure writes no maps'

# A data set by its manifest: the pictures of its classes, in a split.
printf '%s\n' 'schema: 1' 'kind: dataset' 'name: faces' 'root: .' 'classes: [happy]' \
    'splits: {test: set, bare: other}' >faces.yaml
mkdir -p set/happy set/rest other/happy
cp "$face" set/happy/1.png
cp "$face" set/happy/2.png
cp "$face" set/rest/3.png
ends 0 --measure --json -m cnn-baseline --split test faces.yaml
holds "d[0]['measured'] == 2"
MIEN_MANIFEST_PATH=$PWD:$MIEN_MANIFEST_PATH ends 0 --measure --json -m cnn-baseline --split test faces
holds "d[0]['measured'] == 2"
ends 3 --measure -m cnn-baseline faces.yaml
says err 'say which split is meant'
ends 3 --measure -m cnn-baseline --split bare faces.yaml
says err 'other/happy'
ends 3 --measure -m cnn-baseline --split train faces.yaml
ends 3 --measure -m cnn-baseline "$MIEN_SOURCE/manifests/cnn-baseline.yaml"
says err 'kind dataset'
cp "$face" plain
ends 0 --measure -m cnn-baseline plain ./plain
ends 3 --measure -m cnn-baseline nowhere
says err 'nowhere'
ends 2 --measure -m cnn-baseline --split test a
says err "--split goes with a data set's manifest"
ends 2 -m cnn-baseline --split test "$face"
says err '--split goes with --measure'

# An empty map is said, not drawn; so is one of values that are no numbers, as of a weight behind a
# ReLU that hides it from the answer, but not from the gradient.
python3 - "$MIEN_SOURCE" <<'PY' || fail "no subjects"
import hashlib, json, re, struct, sys
sys.path.insert(0, sys.argv[1] + "/tests/support")
from png import png
open("black.png", "wb").write(png([[0] * 48] * 48))
raw = bytearray(open(sys.argv[1] + "/manifests/cnn-baseline.safetensors", "rb").read())
length = struct.unpack("<Q", raw[:8])[0]
start = json.loads(raw[8 : 8 + length])["dense1.weight"]["data_offsets"][0]
struct.pack_into("<H", raw, 8 + length + start, 0x7E00)
open("odd.safetensors", "wb").write(raw)
manifest = open(sys.argv[1] + "/manifests/cnn-baseline.yaml").read().split("golden:")[0]
manifest = re.sub(r"(?m)^name: .*", "name: odd", manifest).replace("cnn-baseline.safe", "odd.safe")
open("odd.yaml", "w").write(re.sub(r"sha256: .*", "sha256: " + hashlib.sha256(raw).hexdigest(), manifest))
PY
ends 0 -m cnn-baseline --method occlusion --save blank --draw blank.png black.png
says out 'the map is empty'
[[ $(ls blank) == black.cnn-baseline.occlusion.npy ]] || fail "an empty map was drawn: $(ls blank)"
ends 0 -m odd.yaml --save blank "$face"
says out 'the map has values that are not numbers'
[[ -z $(ls blank/*.png 2>/dev/null) ]] || fail "a map of no numbers was drawn: $(ls blank)"
ends 0 --json -m odd.yaml "$face"
holds "'not numbers' in d[0]['trouble']"
ends 0 --measure --json -m odd.yaml "$face"
holds "d[0]['measured'] == 0 and d[0]['empty'] == 1 and d[0]['deletion']['mean'] is None"
ends 0 --measure -m cnn-baseline "$face"
! grep -q nan out || fail "an interval of one picture: $(head -c 600 out)"

# A plugin without a graph.
export MIEN_PLUGIN_PATH=$MIEN_BUILD/lib/mien/samples
ends 3 -m "$MIEN_SOURCE/docs/samples/hog/hog.yaml" "$face"
says out 'has no graph to look into, as grad-cam needs; occlusion and rise work'
ends 0 -m "$MIEN_SOURCE/docs/samples/hog/hog.yaml" --method occlusion "$face"
ends 3 -m "$MIEN_SOURCE/docs/samples/hog/hog.yaml" --layer list
says err 'has no graph, and so no layers'

# What cannot be done is said, and what can.
ends 3 -m vit -l nose "$face"
says out 'blocks.3.norm1'
! grep -q '…' out || fail "not all layers are listed: $(tail -c 300 out)"
ends 2 -m cnn-baseline -l features --method occlusion "$face"
says err '--layer goes with methods that look at layers'
ends 3 -m cnn-baseline -l nose "$face"
says out 'layer "nose" does not exist; these have maps: input, conv1'
ends 3 -m cnn-baseline --class bored "$face"
says out 'has no class "bored"; it has angry, happy, sad'
ends 3 -m cnn-baseline --method rollout "$face"
says out 'has no attention'
ends 2
says err 'no PICTURE'
ends 2 --smooth wind "$face"
says err 'it is flips or principal'
ends 2 --method eigen-cam --smooth principal "$face"
ends 2 --method magic "$face"
ends 2 --draw sheet.jpg "$face"
refuses_early -m cnn-baseline --draw absent/sheet.png "$face"
says err "absent/sheet.png: cannot create a file beside it"
ends 3 -m cnn-baseline nowhere.png
cp "$MIEN_SOURCE/LICENSE" text.png
ends 3 -m cnn-baseline --json text.png "$face"
says err 'text.png'
holds "'error' in d[0] and d[1]['class'] == 'happy'"
ends 1 -m cnn-baseline --save /dev/null/maps "$face"
says err 'cannot make the folder'

# An ensemble stands beside its members; one that cannot be explained says which member is why.
mkdir zoo
cat >zoo/pair.yaml <<YAML
schema: 1
kind: ensemble
name: pair
classes: [angry, happy, sad]
members: [{model: cnn-baseline, weight: 2}, {model: mini-xception}]
YAML
ends 0 -m zoo/pair.yaml -m cnn-baseline --draw sheet.png "$face"
says out "mean of 2 members' grad-cam"
is_png sheet.png
ends 0 --json -m zoo/pair.yaml --save together "$face"
holds "d[0]['members'] == ['cnn-baseline', 'mini-xception'] and d[0]['class'] == 'happy'"
holds "0 < d[0]['peak'] <= 1 and d[0]['map'] == [8, 8] and 'layers' not in d[0]"
is_png together/collins.pair.grad-cam.png
# Every command calls a model as it was given.
for command in predict compare; do
    "$mien" $command --json -m zoo/pair.yaml "$face" >out 2>err
    grep -qE '"model": ?"zoo/pair.yaml"' out || fail "$command calls it otherwise: $(head -c 300 out err)"
done
ends 3 -m zoo/pair.yaml -l features "$face"
says out 'pair: member "mini-xception": model mini-xception: layer "features" does not exist'
ends 3 -m zoo/pair.yaml --class fear "$face"
says out 'ensemble pair has no class "fear"; it has angry, happy, sad'
# It is measured by its own answers, and by the maps of all members' shuffled weights.
ends 0 --json -m zoo/pair.yaml --measure a b
holds "d[0]['measured'] == 2 and d[0]['method'] == 'grad-cam' and 0 <= d[0]['sanity_empty'] <= 1"
holds "0 < d[0]['deletion']['mean'] < d[0]['insertion']['mean'] < 1"
ends 0 -m zoo/pair.yaml --measure --method occlusion a
says out "mean of 2 members' occlusion"
ends 3 -m zoo/pair.yaml --measure --method rollout a
says out 'pair: member "cnn-baseline": model cnn-baseline has no attention'

# A model that fails is a row, and the others go on.
cat >wrong.yaml <<YAML
schema: 1
kind: model
name: wrong
plugin: cnn-baseline
classes: [a, b]
YAML
ends 3 --json -m wrong.yaml -m cnn-baseline "$face"
holds "'error' in d[0] and d[1]['peak'] > 0"

exit "$failed"
