#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The benchmarks explain themselves, refuse what they do not know, and the numbers that do not depend
# on the machine are right. They are not run here: they take minutes, and tests assert no times.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
    echo "$*" >&2
    exit 1
}

for name in peers start memory pictures train_peers explain_peers ablation; do
    text=$("tools/bench/$name" --help)
    [[ $text == "Usage: tools/bench/$name"* ]] || fail "$name --help says: $text"
done

# A second run context takes no second copy of the weights, and plan small does not expand them.
contexts=$MIEN_BUILD/bin/bench-contexts
for plan in fast small; do
    "$contexts" manifests/mini-xception.yaml "$plan" | python3 -c '
import json, sys
costs, most = json.load(sys.stdin), float(sys.argv[1])
assert costs["packed_bytes"] == costs["packed_bytes_of_two"] > 0, costs
assert costs["packed_bytes"] <= most * 2 * costs["weights_bytes"], costs  # the file is f16
assert costs["arena_bytes"] > 0, costs
' "$([[ $plan == fast ]] && echo 2 || echo 1.1)"
done
status=0
"$contexts" 2>/dev/null || status=$?
((status == 2)) || fail "bench-contexts without a manifest ends with $status, not 2"

peers=$MIEN_BUILD/bin/bench-peers
if [[ ! -x $peers ]]; then
    echo "bench-peers was not built: the packages of tools/packages/bench.txt are not installed"
    exit 77
fi
refused() {
    local status=0 said
    said=$("$peers" --folder nowhere "${@:2}" 2>&1) || status=$?
    ((status == $1)) || fail "bench-peers ${*:2} ends with $status, not $1: $said"
}
refused 2 --model resnet-19
refused 2 --batch 0
refused 2 --threads many
refused 2 --seconds -1
refused 2 surplus
