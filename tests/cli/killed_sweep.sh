#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A sweep that is killed at random moments ends with the rows of one that nobody disturbed.
set -euo pipefail

usage() {
    cat <<'USAGE'
Usage: tools/debian --with test tests/cli/killed_sweep.sh [CELLS [KILLS]]

Runs a sweep of CELLS cells, a multiple of 20 and 200 unless given, on six drawn
pictures; then the same again, ended KILLS times, 3 unless given, by SIGKILL at
random moments and taken up each time; and compares the rows of the two. The
program is that of build/release, or of the folder that MIEN_BUILD names.
USAGE
}

fail() {
    printf 'killed_sweep.sh: %s\n' "$*" >&2
    exit 1
}

now() {
    date +%s.%N
}

# calculate EXPRESSION: with R a random number from 0 to 1.
calculate() {
    awk -v seed="$RANDOM$RANDOM" "BEGIN {srand(seed); R = rand(); print $1}"
}

cells=${1:-200} kills=${2:-3}
if [[ ! $cells =~ ^[1-9][0-9]*$ || ! $kills =~ ^[1-9][0-9]*$ ]] || ((cells % 20)); then
    usage >&2
    exit 2
fi
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${MIEN_BUILD:-$source/build/release}
mien=$build/bin/mien
[[ -x $mien ]] || fail "$mien: is not there; build it first"
export MIEN_PLUGIN_PATH=$build/lib/mien/plugins MIEN_MANIFEST_PATH=$source/manifests
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

python3 "$source/tests/cli/draw_clouds.py" data 2
seeds=$(seq -s ', ' $((cells / 20)))
printf '%s\n' 'schema: 1' 'kind: sweep' 'name: killed' 'classes: [angry, happy, sad]' 'grids:' \
    '  - models: [cnn-baseline, mini-xception]' \
    '    corruptions: [noise, rotation]' "    seeds: [$seeds]" >killed.yaml
begun=$(now)
"$mien" sweep -o whole.jsonl killed.yaml data >/dev/null
took=$(calculate "$(now) - $begun")
printf '%s cells undisturbed: %.1f s\n' "$(wc -l <whole.jsonl)" "$took"
(($(wc -l <whole.jsonl) == cells)) || fail "has $(wc -l <whole.jsonl) rows of $cells cells"

: >torn.jsonl
for ((kill = 1; kill <= kills; kill++)); do
    moment=$(calculate "R * $took / $kills")
    "$mien" sweep -o torn.jsonl killed.yaml data >/dev/null 2>&1 &
    child=$!
    sleep "$moment"
    kill -KILL $child 2>/dev/null || fail "ended before it was killed; call it again"
    wait $child 2>/dev/null || true
    printf 'killed after %.2f s, with %s rows\n' "$moment" "$(wc -l <torn.jsonl)"
done
"$mien" sweep -o torn.jsonl killed.yaml data >/dev/null
python3 "$source/tests/cli/same_rows.py" whole.jsonl torn.jsonl
printf 'taken up: %s rows, the same as undisturbed\n' "$(wc -l <torn.jsonl)"
