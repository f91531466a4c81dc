# SPDX-License-Identifier: Apache-2.0
"""Makes JPEGs of the demonstration photo, each cut and turned a little differently.

    python3 photos.py FOLDER
"""
import os
import sys

from PIL import Image

import measure

SIDE, COUNT = 512, 100


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    portrait = Image.open(measure.PORTRAIT).convert("RGB")
    for number in range(COUNT):
        left, top = number % 10 * 4, number // 10 * 4
        part = portrait.rotate(number % 7 - 3).crop((left, top, left + 470, top + 470))
        part = part.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        part.save(os.path.join(folder, f"{number:03}.jpg"), quality=90)


if __name__ == "__main__":
    main()
