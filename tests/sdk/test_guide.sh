#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The guide for plugin authors quotes and shows what is so.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r "$MIEN_SOURCE"/docs/samples/*/ "$scratch"
for sample in small-cnn hog; do
    ln -s "$MIEN_BUILD/lib/mien/samples" "$scratch/$sample/build"
done
unset MIEN_PLUGIN_PATH MIEN_MANIFEST_PATH
export NO_COLOR=1 PATH=$MIEN_BUILD/bin:$PATH
cd "$scratch/small-cnn"
python3 "$MIEN_SOURCE/tests/sdk/guide.py"
