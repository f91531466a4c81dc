# SPDX-License-Identifier: Apache-2.0
"""Draws a dataset that a small network learns in seconds: where the bright bar is tells the class.

    python3 tests/train/draw_faces.py FOLDER COUNT [SIDE]

makes FOLDER/angry (left), FOLDER/happy (top) and FOLDER/sad (diagonal), COUNT grey PNGs each.
"""
import os
import random
import sys

sys.dont_write_bytecode = True  # tests leave the sources as they are
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from png import png


def bright(name, x, y, side, offset):
    at = side // 4 + offset
    return {"angry": abs(x - at) < 2, "happy": abs(y - at) < 2, "sad": abs(x - y) < 2}[name]


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    side = int(sys.argv[3]) if len(sys.argv) > 3 else 16
    dice = random.Random(1)
    for name in ("angry", "happy", "sad"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for i in range(count):
            offset = dice.randint(-1, 1)
            rows = [[min(255, dice.randint(0, 80) + 150 * bright(name, x, y, side, offset))
                     for x in range(side)] for y in range(side)]
            with open(os.path.join(folder, name, "%04d.png" % i), "wb") as file:
                file.write(png(rows))


main()
