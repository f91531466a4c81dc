#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The JSON Schema against shipped and broken manifests, by python3-jsonschema.
set -euo pipefail
exec python3 "$MIEN_SOURCE/tests/host/schema.py"
