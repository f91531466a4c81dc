# SPDX-License-Identifier: Apache-2.0
"""Reference logits of whole networks, by torch and torchvision.

    tools/debian --with reference python3 tests/reference/models.py
    tools/debian --with reference python3 tests/reference/models.py --export build/reference

The first writes tests/fixtures/reference/models.safetensors: for each network below, logits
{8, classes} of the seeded pictures under the seeded weights (seeded.py), which the tests make again.
The second writes, for the three large networks, weights as torch initialises them and
NAME.reference.safetensors with pictures and logits; the tests use them where they are there.
"""
import argparse
import os

import numpy
import torch
import torchvision

import networks
import safetensors
import seeded

BATCH = 8
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURE = os.path.join(HERE, "..", "fixtures", "reference", "models.safetensors")

LARGE = {
    "resnet18": torchvision.models.resnet18,
    "resnet50": torchvision.models.resnet50,
    "vit_b_16": torchvision.models.vit_b_16,
}

# name: (height = width, channels, constructor)
SMALL = {
    "cnn_baseline": (48, 1, lambda: networks.CnnBaseline(48, [32, 64, 128], [128], 7)),
    "cnn_baseline_plain": (
        50, 1, lambda: networks.CnnBaseline(50, [12, 20], [40, 24], 5, kernel=4, batch_norm=False)),
    "resnet34_small": (48, 3, lambda: networks.small_resnet([3, 4, 6, 3], 32, 7)),
    "resnet_dlib": (150, 3, lambda: networks.FaceRecognition(7)),
    "mobilenet": (96, 3, lambda: networks.MobileNet(1, 7)),
    "mobilenet_half_odd": (75, 3, lambda: networks.MobileNet(0.5, 5)),
    "vit_timm_class": (
        96, 3, lambda: networks.TimmVit(96, 16, 192, 12, 3, 4, 7, mean=False, conv=False)),
    "vit_timm_mean_conv": (
        48, 3, lambda: networks.TimmVit(48, 4, 96, 4, 3, 2.5, 7, mean=True, conv=True)),
    "vit_compact": (
        48, 3, lambda: networks.TimmVit(
            48, 4, 64, 3, 4, 2, 7, mean=True, conv=True, stem_layers=3)),
    "vit_torchvision_conv": (
        64, 3, lambda: networks.torchvision_conv_vit(64, 8, 64, 3, 4, 7)),
}


def logits_of(net, pictures):
    with torch.no_grad():
        return net.eval()(torch.from_numpy(pictures).permute(0, 3, 1, 2)).numpy()


def describe(name, logits):
    """A network whose answer does not depend on its picture would test nothing."""
    between = numpy.abs(logits - logits.mean(0)).max()
    print(f"{name:22} largest {numpy.abs(logits).max():9.4f}  between pictures {between:9.4f}")
    assert numpy.isfinite(logits).all() and between > 1e-2 * numpy.abs(logits).max(), name


def write_fixture():
    cases = dict(SMALL)
    for name, make in LARGE.items():
        cases[name] = (224, 3, make)
    answers = {}
    for name, (side, channels, make) in cases.items():
        net = seeded.fill(make())
        answers[name] = logits_of(net, seeded.pictures(BATCH, side, side, channels))
        describe(name, answers[name])
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    os.makedirs(os.path.dirname(FIXTURE), exist_ok=True)
    safetensors.save(FIXTURE, answers, versions)


def randomise(net):
    """torch's own initialisation leaves statistics at 0 and 1 and ViT's head at zero."""
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, std=0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
            torch.nn.init.normal_(module.bias, std=0.1)
    if isinstance(net, torchvision.models.VisionTransformer):
        torch.nn.init.normal_(net.heads.head.weight, std=0.05)
        torch.nn.init.normal_(net.heads.head.bias, std=0.05)
        torch.nn.init.normal_(net.class_token, std=0.1)
    return net


def export(folder):
    os.makedirs(folder, exist_ok=True)
    for number, (name, make) in enumerate(LARGE.items()):
        torch.manual_seed(1000 + number)
        net = randomise(make())
        pictures = seeded.pictures(BATCH, 224, 224, 3)
        logits = logits_of(net, pictures)
        describe(name, logits)
        weights = {key: value.numpy() for key, value in net.state_dict().items()
                   if value.is_floating_point()}
        safetensors.save(os.path.join(folder, name + ".safetensors"), weights)
        safetensors.save(os.path.join(folder, name + ".reference.safetensors"),
                         {"pictures": pictures, "logits": logits})


def main():
    parser = argparse.ArgumentParser(description="Reference logits of whole networks.")
    parser.add_argument("--export", metavar="FOLDER", help="write torch's own weights there instead")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.export:
        export(arguments.export)
    else:
        write_fixture()


if __name__ == "__main__":
    main()
