#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/bench/ablation on a few small pictures: all rows, once each, also when it is called again.
set -euo pipefail
export NO_COLOR=1 OMP_WAIT_POLICY=passive MIEN_PROGRAM=$MIEN_BUILD/bin/mien
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export XDG_CACHE_HOME=$scratch/cache
cd "$MIEN_SOURCE"

fail() {
    echo "$*" >&2
    exit 1
}

python3 tests/train/draw_faces.py "$scratch/train" 40 48
python3 tests/train/draw_faces.py "$scratch/test" 4 48
{
    echo file,label,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nonface
    (cd "$scratch" && find train -name '*.png' | sort |
        sed 's|train/\(.*\)/.*|&,\1,1,3,0,3,3,0,0,0,0,0|')
} >"$scratch/ferplus.csv"

ablation() {
    python3 -B tools/bench/ablation.py --data "$scratch" --output "$scratch/runs" --threads 1 \
        --weights manifests/mobilenet-transfer.safetensors "$@"
}

status=0
ablation --data "$scratch/nowhere" >"$scratch/out" 2>&1 || status=$?
((status == 3)) || fail "without data it ends with $status"
grep -q "nowhere/train is not there" "$scratch/out" || fail "it does not say what is missing"

ablation --epochs 1 --row scratch --row transfer >"$scratch/out" 2>"$scratch/err" ||
    fail "two rows: $(tail -n 5 "$scratch/err")"
cp "$scratch/runs/ablation.csv" "$scratch/before"
ablation --epochs 1 >"$scratch/out" 2>"$scratch/err" || fail "all: $(tail -n 5 "$scratch/err")"
(($(grep -c "tools/bench/ablation: .*, seed 1" "$scratch/err") == 3)) || fail "it trained rows again"
head -n 3 "$scratch/runs/ablation.csv" | cmp - "$scratch/before" || fail "it changed rows"
python3 - "$scratch/runs/ablation.csv" <<'END'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert sorted(row["row"] for row in rows) == sorted(
    ["scratch", "transfer", "augmentation", "votes", "distillation"]), rows
for row in rows:
    assert 0 <= float(row["low"]) <= float(row["accuracy"]) <= float(row["high"]) <= 1, row
END
(($(sha256sum "$scratch"/runs/*/*.safetensors | cut -d " " -f 1 | sort -u | wc -l) == 5)) ||
    fail "two rows were trained in one way"
