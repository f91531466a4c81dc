#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mien train's report.html: what it holds, through a break; and, where there is Chromium, how it
# opens in light and dark, on a desk and on a phone.
set -euo pipefail
export NO_COLOR=1 OMP_WAIT_POLICY=passive
mien=$MIEN_BUILD/bin/mien
tests=$MIEN_SOURCE/tests
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export XDG_CACHE_HOME=$scratch/cache

cat >recipe.yaml <<'END'
schema: 1
kind: recipe
name: bars
summary: "Bars </script><b>in place</b> of faces"
model:
  plugin: cnn-baseline
  classes: [angry, "<b>happy", sad]
  input: {height: 16, width: 16, mean: [0.5], std: [0.5]}
  config: {filters: [4], dense: [8]}
data: {dataset: faces, validation: 0.2}
optimizer: {rule: adamw, rate: 0.0003}
train: {epochs: 3, batch: 8, threads: 1}
END
python3 "$tests/train/draw_faces.py" faces 30
cat >data.yaml <<'END'
schema: 1
kind: dataset
name: faces
root: faces
splits: {train: "."}
classes: [angry, "<b>happy", sad]
rename: {happy: "<b>happy"}
END
"$mien" train recipe.yaml --data data.yaml -o run >out 2>err || { cat err; exit 1; }
python3 "$tests/page/training_page.py" run/report.html 3 3
python3 "$tests/page/events.py" run

# A run that goes on has the curves of before, and the best epoch's review even where that epoch
# was before the break.
longer=(train recipe.yaml --data data.yaml -o broken --set train.epochs=30)
"$mien" "${longer[@]}" >out 2>err &
for _ in $(seq 3000); do
    [[ -e broken/report.html ]] && break
    sleep 0.01
done
kill -INT $! 2>/dev/null || true
wait $! || true
"$mien" "${longer[@]}" --resume >out 2>err || { cat err; exit 1; }
python3 "$tests/page/training_page.py" broken/report.html 30 30
python3 "$tests/page/events.py" broken

# The first batch is drawn, nothing is trained, and no folder is left behind. Eight pictures are
# drawn in two lines of four.
"$mien" train recipe.yaml --data data.yaml -o looked --preview first.png >out 2>err
[[ ! -e looked && ! -s out ]]
python3 -c 'import struct; print(*struct.unpack(">II", open("first.png", "rb").read()[16:24]))' >size
[[ $(cat size) == "680 474" ]] || { cat size; exit 1; }
status=0
"$mien" train recipe.yaml --data data.yaml -o looked --preview first.jpg >out 2>err || status=$?
((status == 2)) && grep -q "give a name that ends in .png" err

python3 "$tests/page/opens.py" run/report.html training
