# SPDX-License-Identifier: Apache-2.0
"""Usage: train.py TRAIN TEST OUT.pt

Trains the sample's network on a folder of faces with one folder a class, prints its accuracy on
another such folder, and writes the state_dict.
"""
import pathlib
import sys

import numpy
import torch
from PIL import Image

from network import SmallCNN

CLASSES = ["angry", "happy", "sad"]


def faces(folder):
    pixels, labels = [], []
    for label, name in enumerate(CLASSES):
        for path in sorted(pathlib.Path(folder, name).glob("*.png")):
            face = Image.open(path).convert("L").resize((24, 24), Image.BILINEAR)
            pixels.append(numpy.asarray(face, "float32"))
            labels.append(label)
    # (value / 255 - 0.5) / 0.25: the manifest's mean and std.
    x = (torch.tensor(numpy.stack(pixels))[:, None] / 255 - 0.5) / 0.25
    return x, torch.tensor(labels)


def main(train, test, out, epochs=10, batch=64):
    torch.manual_seed(1)
    x, y = faces(train)
    network = SmallCNN(len(CLASSES))
    steps = epochs * (len(x) // batch)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, steps)
    for epoch in range(epochs):
        network.train()
        for rows in torch.randperm(len(x))[: len(x) // batch * batch].split(batch):
            flipped = torch.rand(batch, 1, 1, 1) < 0.5
            faces_now = torch.where(flipped, x[rows].flip(3), x[rows])
            loss = torch.nn.functional.cross_entropy(network(faces_now), y[rows],
                                                     label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}", flush=True)
    network.eval()
    x, y = faces(test)
    with torch.no_grad():
        right = sum((network(part).argmax(1) == truth).sum().item()
                    for part, truth in zip(x.split(256), y.split(256)))
    print(f"{right} of {len(y)} right, {100 * right / len(y):.1f} %")
    torch.save(network.state_dict(), out)


if __name__ == "__main__":
    main(*sys.argv[1:])
