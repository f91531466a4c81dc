#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a PNG anew with a palette of 256 colours, a third of the bytes.

Usage: palette.py SOURCE.png TARGET.png
"""
import os
import sys

from PIL import Image

if len(sys.argv) != 3:
    sys.exit(__doc__)
source, target = sys.argv[1:]
with Image.open(source) as picture:
    picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(
        target + ".new", format="PNG", optimize=True)
os.rename(target + ".new", target)
