#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the networks of the benchmarks, with weights as torch initialises them.

    tools/debian --with reference python3 tools/bench/export.py FOLDER [NAME...]

For each network below, or each NAME, FOLDER gets NAME.yaml and NAME.safetensors for Mien, NAME.onnx for ONNX
Runtime, both of one set of weights, and NAME.reference.safetensors: a batch of pictures in both
layouts and the logits that torch gives them; resnet-18.pt are torch's own weights, for a cold start.
"""
import argparse
import hashlib
import os
import sys
import warnings

import numpy
import torch
import torchvision

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/reference"))
import models
import networks
import safetensors
import seeded

BATCH = 8

# name: (height = width, channels, classes, constructor, lines of the manifest)
NETWORKS = {
    "cnn-baseline": (48, 1, 7, models.SMALL["cnn_baseline"][2], "plugin: cnn-baseline"),
    "resnet-18": (224, 3, 1000, torchvision.models.resnet18,
                  "plugin: resnet-transfer\nconfig: {depth: 18}"),
    "resnet-50": (224, 3, 1000, torchvision.models.resnet50,
                  "plugin: resnet-transfer\nconfig: {depth: 50}"),
    # torch's own initialisation fades in so many layers without shortcuts.
    "mobilenet": (96, 3, 7, lambda: seeded.fill(networks.MobileNet(1, 7)),
                  "plugin: mobilenet-transfer"),
    "vit-b-16": (224, 3, 1000, torchvision.models.vit_b_16,
                 "plugin: vit\nconfig: {preset: base, names: torchvision}"),
    "vit-tiny": (224, 3, 1000,
                 lambda: networks.TimmVit(224, 16, 192, 12, 3, 4, 1000, mean=False, conv=False),
                 "plugin: vit\nconfig: {preset: tiny, names: timm}"),
    # The shipped vit, but for colour.
    "vit-compact": (48, 3, 7,
                    lambda: seeded.fill(networks.TimmVit(48, 8, 192, 4, 3, 2, 7, mean=True, conv=True,
                                                         stem_layers=6, stem_width=24)),
                    "plugin: vit\ninput: {height: 48, width: 48}\n"
                    "config: {width: 192, depth: 4, heads: 3, mlp_ratio: 2, patch: 8, stem: conv, "
                    "stem_layers: 6, stem_width: 24, pool: mean}"),
}


def randomise(net):
    """As models.randomise(); and timm's ViT, whose tokens networks.py leaves at zero."""
    models.randomise(net)
    if isinstance(net, networks.TimmVit):
        if not net.mean:
            torch.nn.init.normal_(net.cls_token, std=0.1)
        torch.nn.init.normal_(net.pos_embed, std=0.02)
        torch.nn.init.normal_(net.head.weight, std=0.05)
    return net


def write_onnx(net, side, channels, path):
    """The batch is left open; who loads the file may fix it."""
    batch = {0: "batch"}
    # Tracing warns of what might go wrong; the races compare what the file gives with torch's logits.
    warnings.simplefilter("ignore")
    torch.onnx.export(net, (torch.zeros(2, channels, side, side),), path + ".part", opset_version=17,
                      input_names=["pictures"], output_names=["logits"], dynamo=False,
                      dynamic_axes={"pictures": batch, "logits": batch})
    os.replace(path + ".part", path)


def write_manifest(path, name, classes, lines):
    with open(os.path.join(path, name + ".safetensors"), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    names = ", ".join(f"class-{number}" for number in range(classes))
    with open(os.path.join(path, name + ".yaml"), "w", encoding="utf-8") as file:
        file.write(f"schema: 1\nkind: model\nname: {name}\n{lines}\nclasses: [{names}]\n"
                   f"weights: {{file: {name}.safetensors, sha256: {digest}}}\n")


def export(folder, number, name):
    side, channels, classes, make, lines = NETWORKS[name]
    torch.manual_seed(2000 + number)
    net = randomise(make()).eval()
    pictures = seeded.pictures(BATCH, side, side, channels)
    logits = models.logits_of(net, pictures)
    models.describe(name, logits)
    weights = {key: value.numpy() for key, value in net.state_dict().items()
               if value.is_floating_point()}
    path = os.path.join(folder, name)
    safetensors.save(path + ".safetensors", weights)
    safetensors.save(path + ".reference.safetensors",
                     {"nhwc": pictures, "nchw": numpy.moveaxis(pictures, 3, 1), "logits": logits})
    if name == "resnet-18":
        torch.save(net.state_dict(), path + ".pt") # for tools/bench/start
    write_onnx(net, side, channels, path + ".onnx")
    write_manifest(folder, name, classes, lines)


def main():
    parser = argparse.ArgumentParser(description="Exports the networks of the benchmarks.")
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("names", metavar="NAME", nargs="*", help=", ".join(NETWORKS))
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NETWORKS)
    if unknown:
        parser.error(f"no network is called {', '.join(sorted(unknown))}; there are {', '.join(NETWORKS)}")
    os.makedirs(arguments.folder, exist_ok=True)
    for number, name in enumerate(NETWORKS):
        if name in (arguments.names or NETWORKS):
            export(arguments.folder, number, name)


if __name__ == "__main__":
    main()
