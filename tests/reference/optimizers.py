# SPDX-License-Identifier: Apache-2.0
"""Values after a few steps of torch's optimizers.

    tools/debian --with reference python3 tests/reference/optimizers.py

writes tests/fixtures/reference/optimizers.safetensors: for each case all values after STEPS steps,
in the order of PARAMETERS. First values and gradients are seeded by name (seeded.py), so the file
holds results only. tests/train/test_optimizer.c takes the same steps.
"""
import os

import numpy
import torch

import safetensors
import seeded

STEPS = 5
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURE = os.path.join(HERE, "..", "fixtures", "reference", "optimizers.safetensors")

PARAMETERS = {"dense.weight": (4, 6), "dense.bias": (4,), "head.weight": (3, 4), "head.bias": (3,)}

CASES = {
    "sgd": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=False), 0),
    "nesterov": (torch.optim.SGD, dict(lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.02), 0),
    "plain": (torch.optim.SGD, dict(lr=0.1, momentum=0), 0),
    "adamw": (torch.optim.AdamW, dict(lr=0.01, betas=(0.9, 0.99), eps=1e-6, weight_decay=0.1), 0),
    "clipped": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True), 0.5),
}


def run(rule, settings, clip):
    parameters = {name: torch.nn.Parameter(torch.from_numpy(
        seeded.stream(name, int(numpy.prod(shape))).astype(numpy.float32).reshape(shape)))
        for name, shape in PARAMETERS.items()}
    decay = settings.get("weight_decay", 0)
    optimizer = rule([  # biases do not decay
        {"params": [p for n, p in parameters.items() if n.endswith("weight")],
         "weight_decay": decay},
        {"params": [p for n, p in parameters.items() if n.endswith("bias")], "weight_decay": 0},
    ], **{key: value for key, value in settings.items() if key != "weight_decay"})
    for step in range(STEPS):
        for name, p in parameters.items():
            gradient = seeded.stream("%s %d" % (name, step), p.numel()).astype(numpy.float32)
            p.grad = torch.from_numpy(gradient.reshape(p.shape))
        if clip:
            torch.nn.utils.clip_grad_norm_(parameters.values(), clip)
        optimizer.step()
    return numpy.concatenate([p.detach().numpy().ravel() for p in parameters.values()])


def main():
    safetensors.save(FIXTURE, {name: run(*case) for name, case in CASES.items()})


main()
