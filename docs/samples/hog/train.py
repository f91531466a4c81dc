# SPDX-License-Identifier: Apache-2.0
"""Usage: train.py TRAIN TEST OUT.weights

Fits multinomial logistic regression to histograms of gradients of faces (one folder a class),
prints its accuracy on another such folder and its logits for face.png, and writes the file that
hog.c reads: the text "HOG 1\\n" and two zero bytes, classes and features as little-endian 32-bit
numbers, then for each class a bias and a weight a feature, as 32-bit floats.
"""
import pathlib
import struct
import sys

import numpy
import torch
from PIL import Image

CLASSES = ["angry", "happy", "sad"]
SIDE, CELL, DIRECTIONS = 48, 8, 8
CELLS = SIDE // CELL


def features(path):
    """1 for the bias, then the histograms, as describe() in hog.c computes them."""
    face = Image.open(path).convert("L").resize((SIDE, SIDE), Image.BILINEAR)
    pixels = numpy.asarray(face, "float32") / 255  # the manifest's mean 0, std 1
    right = pixels[1:-1, 2:] - pixels[1:-1, :-2]
    down = pixels[2:, 1:-1] - pixels[:-2, 1:-1]
    direction = numpy.arctan2(down, right) / (2 * numpy.pi) * DIRECTIONS
    below = numpy.floor(direction).astype(int)
    part = direction - below
    strength = numpy.hypot(right, down)
    rows, columns = numpy.indices(strength.shape) + 1
    cell = rows // CELL * CELLS + columns // CELL
    sums = numpy.zeros((CELLS * CELLS, DIRECTIONS))
    numpy.add.at(sums, (cell, below % DIRECTIONS), strength * (1 - part))
    numpy.add.at(sums, (cell, (below + 1) % DIRECTIONS), strength * part)
    sums /= numpy.linalg.norm(sums, axis=1, keepdims=True) + 1
    return numpy.insert(sums.ravel(), 0, 1).astype("float32")


def faces(folder):
    paths = [sorted(pathlib.Path(folder, name).glob("*.png")) for name in CLASSES]
    x = numpy.stack([features(path) for part in paths for path in part])
    y = numpy.repeat(numpy.arange(len(CLASSES)), [len(part) for part in paths])
    return torch.tensor(x), torch.tensor(y)


def fit(x, y, decay=1e-4):
    weight = torch.zeros(len(CLASSES), x.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weight], max_iter=120, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(x @ weight.T, y)
        value = value + decay / 2 * (weight**2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    return weight.detach()


def main(train, test, out):
    weight = fit(*faces(train))
    x, y = faces(test)
    right = int(((x @ weight.T).argmax(1) == y).sum())
    print(f"{right} of {len(y)} right, {100 * right / len(y):.1f} %")
    face = torch.tensor(features(pathlib.Path(__file__).parent / "face.png"))
    print("face.png:", [round(value, 4) for value in (weight @ face).tolist()])
    with open(out, "wb") as file:
        file.write(b"HOG 1\n\0\0" + struct.pack("<II", len(CLASSES), weight.shape[1] - 1))
        file.write(weight.numpy().astype("<f4").tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
