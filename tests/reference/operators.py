# SPDX-License-Identifier: Apache-2.0
"""Reference outputs of single operators and short chains, by torch.

    tools/debian --with reference python3 tests/reference/operators.py

writes tests/fixtures/reference/operators.safetensors: for each case {batch, elements of the output},
NHWC. Inputs are seeded pictures and parameters are seeded by name (seeded.py), so the file holds
outputs only. tests/zoo/test_operators_torch.c declares the same cases.
"""
import os

import torch
from torch.nn import functional as F

import safetensors
import seeded

BATCH = 2
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURE = os.path.join(HERE, "..", "fixtures", "reference", "operators.safetensors")

CASES = {}


def case(height, width, channels):
    def register(function):
        CASES[function.__name__] = (height, width, channels, function)
        return function
    return register


def parameter(name, *shape):
    return torch.from_numpy(seeded.parameter(name, shape))


def conv(x, name, filters, kernel, stride=1, padding=(0, 0, 0, 0), dilation=1, groups=1, bias=True):
    """`padding`: top, right, bottom, left."""
    top, right, bottom, left = padding
    weight = parameter(name + ".weight", filters, x.shape[1] // groups, *kernel)
    offset = parameter(name + ".bias", filters) if bias else None
    x = F.pad(x, (left, right, top, bottom))
    return F.conv2d(x, weight, offset, stride, 0, dilation, groups)


def linear(x, name, features, bias=True):
    weight = parameter(name + ".weight", features, x.shape[-1])
    return F.linear(x, weight, parameter(name + ".bias", features) if bias else None)


def batch_norm(x, name, epsilon=1e-5):
    mean, variance, weight, bias = (parameter(f"{name}.{part}", x.shape[1]) for part in (
        "running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(x, mean, variance, weight, bias, eps=epsilon)


def layer_norm(x, name, epsilon=1e-6):
    width = x.shape[-1]
    weight, bias = parameter(name + ".weight", width), parameter(name + ".bias", width)
    return F.layer_norm(x, (width,), weight, bias, epsilon)


def tokens(x):
    return x.flatten(2).transpose(1, 2)


ONE = (1, 1, 1, 1)
conv_cases = {
    "conv2d_1x1": ((9, 7, 12), dict(filters=20, kernel=(1, 1))),
    "conv2d_1x1_stride2": ((9, 8, 12), dict(filters=10, kernel=(1, 1), stride=2, bias=False)),
    "conv2d_3x3": ((13, 11, 8), dict(filters=12, kernel=(3, 3), padding=ONE)),
    "conv2d_3x3_wide": ((12, 12, 32), dict(filters=24, kernel=(3, 3), padding=ONE, bias=False)),
    "conv2d_3x3_unpadded": ((10, 9, 6), dict(filters=5, kernel=(3, 3))),
    "conv2d_3x3_stride2": ((11, 14, 9), dict(filters=8, kernel=(3, 3), stride=2, padding=ONE)),
    "conv2d_3x3_same_stride2": (
        (12, 12, 8), dict(filters=7, kernel=(3, 3), stride=2, padding=(0, 1, 1, 0))),
    "conv2d_3x3_asymmetric": ((8, 9, 16), dict(filters=16, kernel=(3, 3), padding=(2, 0, 1, 1))),
    "conv2d_3x5_asymmetric": (
        (9, 12, 5), dict(filters=6, kernel=(3, 5), stride=(1, 2), padding=(2, 1, 0, 3))),
    "conv2d_dilated": (
        (12, 11, 6), dict(filters=8, kernel=(3, 3), dilation=(2, 3), padding=(2, 3, 2, 3))),
    "conv2d_grouped": ((8, 8, 12), dict(filters=16, kernel=(3, 3), groups=4, padding=ONE)),
    "conv2d_grouped_1x1": ((6, 5, 9), dict(filters=6, kernel=(1, 1), groups=3)),
    "conv2d_depthwise": ((9, 10, 10), dict(filters=10, kernel=(3, 3), groups=10, padding=ONE)),
    "conv2d_depthwise_stride2": (
        (11, 11, 17), dict(filters=17, kernel=(5, 5), stride=2, groups=17, padding=(2, 2, 2, 2))),
    "conv2d_depthwise_same_stride2": (
        (12, 10, 8), dict(filters=8, kernel=(3, 3), stride=2, groups=8, padding=(0, 1, 1, 0))),
    "conv2d_depthwise_multiplier": (
        (7, 8, 6), dict(filters=12, kernel=(3, 3), groups=6, padding=ONE, bias=False)),
    "conv2d_5x5": ((10, 10, 7), dict(filters=8, kernel=(5, 5), padding=(2, 2, 2, 2))),
    "conv2d_7x7_stride2": ((21, 20, 3), dict(filters=16, kernel=(7, 7), stride=2, padding=(3,) * 4)),
    "conv2d_patch": ((16, 24, 3), dict(filters=12, kernel=(8, 8), stride=8)),
}
for conv_name, (shape, options) in conv_cases.items():
    CASES[conv_name] = (*shape, lambda x, options=options: conv(x, "op", **options))


@case(9, 8, 16)
def conv_bn_relu(x):
    return F.relu(batch_norm(conv(x, "conv", 16, (3, 3), padding=ONE, bias=False), "bn"))


@case(9, 8, 16)
def conv_bias_bn_clamp(x):
    return F.hardtanh(batch_norm(conv(x, "conv", 10, (1, 1)), "bn", 1e-3), -0.25, 0.5)


@case(10, 10, 8)
def depthwise_bn_relu6(x):
    x = conv(x, "conv", 8, (3, 3), stride=2, padding=ONE, groups=8, bias=False)
    return F.relu6(batch_norm(x, "bn"))


@case(8, 8, 16)
def conv_bn_add_relu(x):
    y = batch_norm(conv(x, "conv", 16, (3, 3), padding=ONE, bias=False), "bn")
    return F.relu(y + x)


@case(8, 8, 12)
def projection_add_relu(x):
    y = batch_norm(conv(x, "conv", 16, (3, 3), stride=2, padding=ONE, bias=False), "bn")
    z = batch_norm(conv(x, "down", 16, (1, 1), stride=2, bias=False), "down_bn")
    return F.relu(y + z)


@case(1, 1, 30)
def linear_vector(x):
    return linear(x.flatten(1), "op", 11)


@case(3, 4, 30)
def linear_tokens(x):
    return linear(tokens(x), "op", 17, bias=False)


@case(3, 4, 12)
def linear_relu(x):
    return F.relu(linear(tokens(x), "op", 9))


@case(6, 5, 13)
def batch_norm_map(x):
    return batch_norm(x, "op")


@case(1, 1, 13)
def batch_norm_vector(x):
    return batch_norm(x.flatten(1), "op", 1e-3)


@case(4, 4, 24)
def layer_norm_tokens(x):
    return layer_norm(tokens(x), "op")


@case(1, 1, 19)
def layer_norm_vector(x):
    return layer_norm(x.flatten(1), "op", 1e-5)


@case(5, 6, 7)
def add(x):
    return x + F.gelu(x)


@case(5, 6, 7)
def multiply(x):
    return x * torch.sigmoid(x)


@case(6, 6, 12)
def multiply_gate(x):
    gate = torch.sigmoid(linear(x.mean((2, 3)), "gate", 12))
    return x * gate[:, :, None, None]


for unary_name, unary in {
    "relu": F.relu, "clamp": lambda x: x.clamp(-0.5, 0.75), "gelu": F.gelu, "sigmoid": torch.sigmoid,
    "silu": F.silu, "hard_swish": F.hardswish,
}.items():
    # adding x to itself doubles it: eight times the picture's range meets every branch
    CASES[unary_name] = (6, 5, 9, lambda x, unary=unary: unary(8 * x))


@case(9, 9, 8)
def max_pool(x):
    return F.max_pool2d(x, 2)


@case(11, 12, 9)
def max_pool_padded(x):
    return F.max_pool2d(x, 3, 2, 1)


@case(10, 12, 5)
def max_pool_ceil(x):
    return F.max_pool2d(x, 3, 2, ceil_mode=True)


@case(7, 7, 4)
def max_pool_ceil_dropped(x):
    """The fifth window would start in the padding after the picture, so torch drops it."""
    return F.max_pool2d(x, 2, 2, 1, ceil_mode=True)


@case(9, 8, 6)
def max_pool_overlapping(x):
    return F.max_pool2d(x, (3, 2), 1)


@case(8, 9, 8)
def average_pool(x):
    return F.avg_pool2d(x, 2)


@case(9, 10, 6)
def average_pool_counted(x):
    return F.avg_pool2d(x, 3, 2, 1, count_include_pad=True)


@case(9, 10, 6)
def average_pool_uncounted(x):
    return F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)


@case(10, 9, 6)
def average_pool_ceil(x):
    return F.avg_pool2d(x, 3, 2, ceil_mode=True, count_include_pad=False)


@case(10, 9, 6)
def average_pool_ceil_counted(x):
    return F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=True)


@case(7, 5, 11)
def global_average_pool(x):
    return x.mean((2, 3))


@case(3, 5, 11)
def global_average_pool_tokens(x):
    return tokens(x).mean(1)


@case(5, 4, 6)
def pad(x):
    return F.pad(x, (4, 2, 1, 3))  # left, right, top, bottom


@case(5, 4, 6)
def pad_channels(x):
    return F.pad(x, (0, 1, 0, 1, 0, 10))


@case(3, 4, 5)
def flatten_hwc(x):
    return linear(x.permute(0, 2, 3, 1).flatten(1), "op", 6)


@case(3, 4, 5)
def flatten_chw(x):
    return linear(x.flatten(1), "op", 6)


@case(2, 3, 10)
def embedding(x):
    x = torch.cat([parameter("token", 1, 1, 10).expand(len(x), -1, -1), tokens(x)], 1)
    return x + parameter("position", 1, 7, 10)


@case(2, 3, 10)
def select_token(x):
    return tokens(x)[:, 4]


def attend(x, heads):
    batch, count, width = x.shape
    q, k, v = x.reshape(batch, count, 3, heads, width // 3 // heads).permute(2, 0, 3, 1, 4)
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, count, width // 3)


@case(1, 7, 36)
def attention(x):
    return attend(tokens(x), 3)


@case(7, 7, 48)
def attention_longer(x):
    return attend(linear(tokens(x), "qkv", 96), 2)


@case(1, 1, 9)
def softmax_vector(x):
    return x.flatten(1).softmax(-1)


@case(2, 3, 21)
def softmax_tokens(x):
    return linear(tokens(x), "op", 21).softmax(-1)


def nhwc(y):
    return (y.permute(0, 2, 3, 1) if y.dim() == 4 else y).flatten(1)


def main():
    outputs = {}
    for name, (height, width, channels, function) in CASES.items():
        x = torch.from_numpy(seeded.pictures(BATCH, height, width, channels)).permute(0, 3, 1, 2)
        outputs[name] = nhwc(function(x)).numpy()
    os.makedirs(os.path.dirname(FIXTURE), exist_ok=True)
    safetensors.save(FIXTURE, outputs, {"torch": torch.__version__})
    print(f"{len(outputs)} cases, {os.path.getsize(FIXTURE)} bytes")


main()
