# SPDX-License-Identifier: Apache-2.0
"""Grad-CAM in torch, again and again, for tools/bench/explain_peers.

    python3 explain_torch.py NETWORK LAYOUT THREADS

NETWORK as in explain_peers.py, LAYOUT contiguous or channels_last. Answers each line "explain N" on
standard input by the seconds that N maps took. Autograd works from the layer on alone: parameters
want no gradients, and what is before the layer is no part of the graph.
"""
import json
import os
import sys
import time

import torch
import torchvision

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tests", "reference"))
import networks


def make(name):
    """The network, its input's channels and side, and the plugin's default layer."""
    torch.manual_seed(1)
    return {
        "cnn-baseline": lambda: (networks.CnnBaseline(48, [32, 64, 128], [128], 7), 1, 48, "features"),
        "resnet-18": lambda: (torchvision.models.resnet18(), 3, 224, "layer4.1"),
        "mobilenet": lambda: (networks.MobileNet(1, 7), 3, 96, "blocks.13"),
        "vit-tiny": lambda: (
            networks.TimmVit(224, 16, 192, 12, 3, 4, 1000, mean=False, conv=False), 3, 224,
            "blocks.11.norm1"),
        "vit-compact": lambda: (
            networks.TimmVit(48, 8, 192, 4, 3, 2, 7, mean=True, conv=True, stem_layers=6, stem_width=24),
            3, 48, "blocks.3.norm1"),
    }[name]()


def main():
    name, layout, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(threads)
    network, channels, side, layer = make(name)
    order = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    network = network.to(memory_format=order).eval().requires_grad_(False)
    picture = torch.randn(1, channels, side, side).contiguous(memory_format=order)
    kept = {}

    def keep(_, __, output):
        kept["layer"] = output.detach().requires_grad_()
        return kept["layer"]

    network.get_submodule(layer).register_forward_hook(keep)

    def explain():
        network(picture).max().backward()
        a, g = kept["layer"].detach(), kept["layer"].grad
        if a.dim() == 3:  # tokens, without the class token where there is one
            first = int(hasattr(network, "cls_token"))
            return ((g[:, first:].mean(1, keepdim=True) * a[:, first:]).sum(2)).relu()
        return ((g.mean((2, 3), keepdim=True) * a).sum(1)).relu()

    for line in sys.stdin:
        times = int(line.split()[1])
        start = time.perf_counter()
        for _ in range(times):
            explain()
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main()
