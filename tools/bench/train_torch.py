# SPDX-License-Identifier: Apache-2.0
"""One full training step in torch, again and again, for tools/bench/train_peers.

    python3 train_torch.py NETWORK LAYOUT BATCH THREADS

NETWORK as in train_peers.py, LAYOUT contiguous or channels_last. Answers each line with a number of
steps on standard input by the seconds that they took.
"""
import json
import os
import resource
import sys
import time

import torch
from torch.nn import functional

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tests", "reference"))
import networks

SGD = {"lr": 1e-3, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}


def make(name):
    """The network and its input's channels and side: train_peers.py says the same to bench-train."""
    torch.manual_seed(1)
    return {
        "cnn-baseline": lambda: (networks.CnnBaseline(48, [32, 64, 128], [128], 3), 1, 48),
        "resnet-18-half": lambda: (networks.small_resnet([2, 2, 2, 2], 32, 3), 3, 48),
        "resnet-18": lambda: (networks.torchvision.models.resnet18(num_classes=3), 3, 64),
        "mobilenet": lambda: (networks.MobileNet(1.0, 3), 3, 96),
        "vit": lambda: (networks.TimmVit(48, 4, 192, 6, 3, 2, 3, True, True, 3), 3, 48),
    }[name]()


def main():
    name, layout, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    network, channels, side = make(name)
    order = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    network = network.to(memory_format=order).train()
    pictures = torch.randn(batch, channels, side, side).contiguous(memory_format=order)
    targets = torch.arange(batch) % 3
    optimizer = torch.optim.SGD(network.parameters(), **SGD)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            optimizer.zero_grad()
            functional.cross_entropy(network(pictures), targets).backward()
            optimizer.step()
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "peak_bytes": peak}), flush=True)


if __name__ == "__main__":
    main()
