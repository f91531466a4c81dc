#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `mien evaluate` over the test part of FER-2013 in ../shared/data: the two networks that others
# trained, by figures that were counted without it, and what its README says of the votes. Skipped
# where that folder is not there.
set -euo pipefail
data=$MIEN_SOURCE/../shared/data/fer2013
if [[ ! -d $data/test ]]; then
    echo "NOT COMPARED: the faces of $data are not there"
    exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$MIEN_BUILD/bin/mien" evaluate --json --classes angry,happy,sad --votes "$data/ferplus.csv" \
    face-expression mini-xception "$data/test" >"$scratch/three.json"
python3 - "$scratch/three.json" <<'PYTHON'
import json, sys

answer = json.load(open(sys.argv[1]))
votes = answer["votes"]
assert answer["pictures"] == 1981 and answer["unreadable"] == 0, answer["pictures"]
assert votes["pictures"] == 1981 and votes["majorities"] == 1178, votes
assert round(100 * votes["crowd_accuracy"]["value"], 1) == 85.3, votes
for model, right in zip(answer["models"], (1517, 1613)):
    counted = sum(row[i] for i, row in enumerate(model["confusion"]))
    print(f"{model['model']}: {counted} of 1981, {100 * model['accuracy']['value']:.2f} %")
    # Kernels differ by processor: a face or two may stand on the edge.
    assert abs(counted - right) <= 2, (model["model"], counted, right)
    assert abs(model["accuracy"]["value"] - counted / 1981) < 1e-6
PYTHON
