#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What test_fit.c compares with is still what scipy and scikit-learn fit.
set -euo pipefail
cd "$MIEN_SOURCE/tests/reference"
if ! python3 -c 'import numpy, scipy, sklearn' 2>/dev/null; then
    echo 'skipped: python3-scipy is not installed (tools/debian --with reference)'
    exit 77
fi
PYTHONDONTWRITEBYTECODE=1 python3 make_fit.py --check
echo 'as scipy says'
