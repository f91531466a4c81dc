# SPDX-License-Identifier: Apache-2.0
"""Gradients and running statistics of whole networks after one step of training, by torch.

    tools/debian --with reference python3 tests/reference/train.py

writes tests/fixtures/reference/train.safetensors: under `<network>/<parameter>` the gradient of the
seeded loss by each parameter (of the larger ones only the first LARGEST numbers), and the running
statistics after the step. Parameters and pictures are seeded (seeded.py); the loss is the logits'
sum with seeded weights. tests/train/test_network_forward.c trains the same networks.
"""
import os

import torch

import networks
import safetensors
import seeded

BATCH, CLASSES, LARGEST = 4, 3, 250
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURE = os.path.join(HERE, "..", "fixtures", "reference", "train.safetensors")

NETWORKS = {
    "cnn": (lambda: networks.CnnBaseline(12, [4, 8], [10], CLASSES), 12, 1),
    "resnet": (lambda: networks.small_resnet([2, 2, 2, 2], 4, CLASSES), 16, 3),
    "mobilenet": (lambda: networks.MobileNet(0.25, CLASSES), 32, 3),
    "vit": (lambda: networks.TimmVit(16, 4, 24, 2, 3, 2, CLASSES, True, True, 3), 16, 3),
}


def step(make, side, channels):
    torch.set_grad_enabled(False)
    network = seeded.fill(make()).double().train()
    pictures = torch.from_numpy(seeded.pictures(BATCH, side, side, channels)).double()
    weights = torch.from_numpy(seeded.stream("loss", BATCH * CLASSES)).reshape(BATCH, CLASSES)
    torch.set_grad_enabled(True)
    (network(pictures.permute(0, 3, 1, 2)) * weights).sum().backward()
    values = {name: parameter.grad for name, parameter in network.named_parameters()}
    values |= {name: tensor for name, tensor in network.named_buffers() if tensor.dim()}
    return {name: tensor.flatten()[:LARGEST].float().numpy() for name, tensor in values.items()}


def main():
    tensors = {f"{name}/{parameter}": value for name, network in NETWORKS.items()
               for parameter, value in step(*network).items()}
    safetensors.save(FIXTURE, tensors)


if __name__ == "__main__":
    main()
