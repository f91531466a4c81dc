#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command of docs/tutorial.md, in order, on a few small pictures and for one epoch each.
set -euo pipefail
export NO_COLOR=1 OMP_WAIT_POLICY=passive MIEN=$MIEN_SOURCE
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export XDG_CACHE_HOME=$scratch/cache

awk '/^```/ { code = $0 == "```sh"; next } code' "$MIEN_SOURCE/docs/tutorial.md" >commands
(($(grep -c '^mien train ' commands) >= 7)) || {
    echo "the tutorial has hardly a command"
    exit 1
}
python3 "$MIEN_SOURCE/tests/train/draw_faces.py" faces/train 8 48
python3 "$MIEN_SOURCE/tests/train/draw_faces.py" faces/test 2 48
# Named as those of the folder that the tutorial shows; what a picture is shows in its bytes.
for picture in faces/*/*/*.png; do
    mv "$picture" "${picture%.png}.jpg"
done

# The real program, but for how long it trains.
cat >tiny <<END
mien() {
    local shorter=()
    [[ \$1 == train ]] && shorter=(--set train.epochs=1 --set train.batch=6 --threads 1)
    echo "+ mien \$*"
    "$MIEN_BUILD/bin/mien" "\$@" "\${shorter[@]}"
}
END
bash -euo pipefail -c '. ./tiny; . ./commands' >said 2>&1 </dev/null || {
    echo "the tutorial ends early:"
    tail -n 20 said
    exit 1
}
for model in baseline improved head transfer transformer; do
    [[ -s runs/$model/$model.safetensors ]] || {
        echo "no model $model was made"
        exit 1
    }
done
grep -q '"class":' answers.jsonl
