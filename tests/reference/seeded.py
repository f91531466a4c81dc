# SPDX-License-Identifier: Apache-2.0
"""Weights and pictures made from names alone, so that C and Python make the same ones.

tests/support/seeded.c is the other half. Number i of the stream called `name` is
splitmix64(fnv1a(name) + (i + 1) * GOLDEN), whose upper 24 bits become a value in [-1, 1). Every
product below is exact in double precision, so both halves round once, to the same float.
"""
import numpy

GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
GAIN = 0.7  # of He's uniform limit: residual sums then grow slowly enough for fifty layers


def key(name):
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def stream(name, count):
    """The first `count` values of a stream, float64 in [-1, 1)."""
    index = numpy.arange(1, count + 1, dtype=numpy.uint64)
    bits = numpy.uint64(key(name)) + index * numpy.uint64(GOLDEN)
    bits = (bits ^ (bits >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    bits ^= bits >> numpy.uint64(31)
    return (bits >> numpy.uint64(40)).astype(numpy.float64) * 2.0**-23 - 1.0


def centre_and_spread(name, shape):
    """Values are centre + spread * stream: sane activations through any depth, no zero anywhere."""
    if len(shape) == 1:
        if name.endswith("running_var"):
            return 1.0, 0.5
        if name.endswith("running_mean"):
            return 0.0, 0.25
        if name.endswith("bias"):
            return 0.0, 0.125
        return 1.0, 0.25  # a norm's weight
    if len(shape) == 3:
        return 0.0, 0.5  # class tokens, position embeddings
    fan_in = int(numpy.prod(shape[1:]))
    gain = 2 * GAIN if ".conv_dw." in name or ".conv_pw." in name else GAIN  # no shortcuts there
    return 0.0, float(numpy.float32(gain * numpy.sqrt(6.0 / fan_in)))


def parameter(name, shape):
    centre, spread = centre_and_spread(name, shape)
    values = centre + spread * stream(name, int(numpy.prod(shape)))
    return values.astype(numpy.float32).reshape(shape)


def pictures(count, height, width, channels):
    """NHWC in [-2.5, 2.5): 8x8 blocks of one colour, a tint, and half as much noise over them."""
    rows, columns = -(-height // 8), -(-width // 8)
    batch = numpy.empty((count, height, width, channels), numpy.float32)
    for index in range(count):
        blocks = stream(f"blocks {index}", rows * columns * channels).reshape(rows, columns, channels)
        noise = stream(f"noise {index}", height * width * channels).reshape(height, width, channels)
        tint = stream(f"tint {index}", channels)
        blocks = blocks.repeat(8, axis=0)[:height].repeat(8, axis=1)[:, :width]
        batch[index] = (blocks + tint + 0.5 * noise).astype(numpy.float32)
    return batch


def fill(module):
    """Gives every parameter and buffer of a torch module its seeded value."""
    import torch

    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.from_numpy(parameter(name, tuple(tensor.shape))))
    return module
