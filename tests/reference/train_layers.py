# SPDX-License-Identifier: Apache-2.0
"""Reference values and gradients of the trainer's layers, by torch.

    tools/debian --with reference python3 tests/reference/train_layers.py

writes tests/fixtures/reference/train_layers.safetensors: for each case its logits and the gradient
of every parameter, where the loss is the logits weighed by the seeded stream "gradient". Inputs are
seeded pictures and parameters are seeded by name (seeded.py). tests/train/test_layer_gradients.c
declares the same cases.
"""
import os

import numpy
import torch
from torch.nn import functional as F

import safetensors
import seeded

BATCH = 3
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURE = os.path.join(HERE, "..", "fixtures", "reference", "train_layers.safetensors")

CASES = []
parameters = {}  # of the case at work, by name


def case(function):
    CASES.append(function)
    return function


def parameter(name, *shape):
    if name not in parameters:
        parameters[name] = torch.from_numpy(seeded.parameter(name, shape)).requires_grad_()
    return parameters[name]


def picture(height, width, channels):
    return torch.from_numpy(seeded.pictures(BATCH, height, width, channels))


def linear(x, name, features):
    return F.linear(x, parameter(name + ".weight", features, x.shape[-1]),
                    parameter(name + ".bias", features))


def linear_tokens(height, width, features):
    return linear(picture(height, width, 5).flatten(1, 2), "in", features)


def linear_vector(features):
    return linear(picture(2, 3, 5).flatten(1), "in", features)


def layer_norm(x, name, epsilon=1e-6):
    width = x.shape[-1]
    return F.layer_norm(x, (width,), parameter(name + ".weight", width),
                        parameter(name + ".bias", width), epsilon)


def attention(x, heads):
    batch, tokens, width = x.shape
    q, k, v = x.view(batch, tokens, 3, heads, width // 3 // heads).permute(2, 0, 3, 1, 4)
    x = F.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, -1) @ v
    return x.transpose(1, 2).flatten(2)


def class_token(x):
    token = parameter("cls", 1, 1, x.shape[-1])
    return torch.cat((token.expand(x.shape[0], -1, -1), x), 1)


def position_embedding(x):
    return x + parameter("pos", 1, *x.shape[1:])


@case
def layer_norm_tokens():
    return layer_norm(linear_tokens(3, 2, 12), "op")


@case
def layer_norm_vector():
    return layer_norm(linear_vector(19), "op", 1e-5)


@case
def layer_norm_map():
    return layer_norm(picture(4, 3, 7), "op")


@case
def gelu():
    return F.gelu(4 * linear_tokens(3, 3, 11))


@case
def sigmoid():
    return torch.sigmoid(4 * linear_tokens(3, 3, 11))


@case
def silu():
    return F.silu(4 * linear_tokens(3, 3, 11))


@case
def hard_swish():
    return F.hardswish(4 * linear_tokens(3, 3, 11))


@case
def softmax_tokens():
    return F.softmax(linear_tokens(2, 3, 7), -1)


@case
def softmax_vector():
    return F.softmax(linear_vector(9), -1)


@case
def attention_one_head():
    return attention(linear_tokens(3, 3, 3 * 10), 1)


@case
def attention_heads():
    return attention(linear_tokens(5, 3, 3 * 24), 3)


@case
def attention_narrow_heads():
    return attention(linear_tokens(2, 2, 3 * 4), 4)


@case
def class_token_alone():
    return class_token(linear_tokens(3, 2, 10))


@case
def position_embedding_alone():
    return position_embedding(linear_tokens(3, 2, 10))


@case
def select_first():
    return linear_tokens(3, 2, 10)[:, 0]


@case
def select_last():
    return linear_tokens(3, 2, 10)[:, 5]


@case
def flatten_chw():
    return layer_norm(picture(4, 3, 7), "in").permute(0, 3, 1, 2)


@case
def nothing_dropped():
    x = F.gelu(linear_tokens(3, 2, 10))
    return x + x


@case
def read_twice():
    x = linear_tokens(3, 2, 10)
    y = torch.sigmoid(x)
    x = x * y + F.softmax(position_embedding(y), -1)
    return x + layer_norm(x, "norm")


@case
def transformer():
    x = position_embedding(class_token(linear_tokens(4, 4, 12)))
    x = x + linear(attention(linear(layer_norm(x, "norm1"), "qkv", 36), 3), "proj", 12)
    x = x + linear(F.gelu(linear(layer_norm(x, "norm2"), "fc1", 24)), "fc2", 12)
    return linear(layer_norm(x[:, 0], "norm"), "head", 4)


def main():
    tensors = {}
    for function in CASES:
        parameters.clear()
        logits = function().flatten(1)
        weights = seeded.stream("gradient", logits.numel()).astype(numpy.float32)
        logits.backward(torch.from_numpy(weights).view_as(logits))
        name = function.__name__
        tensors[f"{name} logits"] = logits.detach().numpy()
        for parameter_name, tensor in parameters.items():
            tensors[f"{name} {parameter_name}"] = tensor.grad.numpy()
    safetensors.save(FIXTURE, tensors)


if __name__ == "__main__":
    main()
