#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The documents' links lead somewhere, their command lines are understood, their files exist.
set -euo pipefail
exec python3 "$MIEN_SOURCE/tests/tools/docs.py"
