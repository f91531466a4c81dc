# SPDX-License-Identifier: Apache-2.0
"""Draws pictures that no model has seen and models answer differently: smooth clouds of grey.

    python3 tests/cli/draw_clouds.py FOLDER COUNT

makes FOLDER/angry, FOLDER/happy and FOLDER/sad, COUNT grey PNGs each, the same every time.
"""
import os
import random
import sys

sys.dont_write_bytecode = True  # tests leave the sources as they are
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from png import png

SIDE, GRID = 48, 7


def cloud(dice):
    """Random levels on a coarse grid, linear between them, symmetric as faces are."""
    half = [[dice.random() for _ in range(GRID // 2 + 1)] for _ in range(GRID)]
    grid = [row + row[-2::-1] for row in half]

    def level(x, y):
        i, j = int(x), int(y)
        u, v = x - i, y - j
        return ((grid[j][i] * (1 - u) + grid[j][i + 1] * u) * (1 - v)
                + (grid[j + 1][i] * (1 - u) + grid[j + 1][i + 1] * u) * v)

    step = (GRID - 1.001) / SIDE
    return [[int(255 * level(x * step, y * step)) for x in range(SIDE)] for y in range(SIDE)]


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    dice = random.Random(1)
    for name in ("angry", "happy", "sad"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for i in range(count):
            with open(os.path.join(folder, name, "%04d.png" % i), "wb") as file:
                file.write(png(cloud(dice)))


main()
