#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The sources are formatted, the scripts are clean, and files and functions are under the ceilings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

failed=0
for check in format shell ceilings; do
    "tools/lint/$check" || failed=1
done
exit "$failed"
