#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A sweep as a job array on a Slurm of one node: the rows of one run.
set -euo pipefail
mien=$MIEN_BUILD/bin/mien
command -v slurmctld >/dev/null || {
    echo 'Slurm is not there: tools/debian --with cluster true'
    exit 77
}
((EUID == 0)) || {
    echo 'slurmd needs root'
    exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
python3 "$MIEN_SOURCE/tests/cli/draw_clouds.py" data 4
sweep=$MIEN_SOURCE/manifests/sweeps/robustness-tiny.yaml
"$mien" sweep -o whole.jsonl "$sweep" data >/dev/null
printf '%s\n' '#!/bin/sh' \
    "exec $mien sweep --shard \$SLURM_ARRAY_TASK_ID/3 -o part\$SLURM_ARRAY_TASK_ID.jsonl $sweep data" >job
"$MIEN_SOURCE/tools/slurm" sbatch --wait --array=1-3 --chdir "$PWD" --output 'out-%a' job
cat part*.jsonl >parts.jsonl

figures() { # FILE: rows without times
    sed 's/,"pictures_per_second":[0-9.]*//' "$1" | sort
}
figures whole.jsonl >wanted
figures parts.jsonl | diff wanted -
(($(wc -l <wanted) == 14))

# The status is the command's, and nothing is left.
status=0
"$MIEN_SOURCE/tools/slurm" false || status=$?
((status == 1))
if compgen -G '/tmp/mien-slurm.*' >/dev/null; then
    echo 'a folder of Slurm is left'
    exit 1
fi
