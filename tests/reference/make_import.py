#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/import and the seeds of the fuzz targets safetensors and tfjs: small
TensorFlow.js models in both formats with every type and quantisation, and what numpy makes of them.

    tools/debian --with reference python3 tests/reference/make_import.py
"""
import json
import pathlib

import numpy

import safetensors

TESTS = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = TESTS / "fixtures" / "import"
SEEDS = TESTS / "fuzz" / "corpus"
BORDER = b"--shard--"  # of the fuzz target


def numbers(shape, seed):
    """Smooth numbers from -1 to 1, whatever the version of numpy."""
    count = int(numpy.prod(shape))
    return numpy.sin(numpy.arange(count) * 1.7 + seed).reshape(shape)


def plain(name, array, dtype):
    """A weight as it is; `dtype` is TensorFlow.js's word."""
    return {"name": name, "shape": list(array.shape), "dtype": dtype}, array, array


def quantised(name, array, bits, dtype="float32"):
    """As tensorflowjs_converter quantises: whole steps from the least number to the largest."""
    least, steps = float(array.min()), 2**bits - 1
    scale = (float(array.max()) - least) / steps
    stored = numpy.round((array - least) / scale).astype(f"uint{bits}")
    value = stored.astype(numpy.float64) * scale + least
    value = numpy.floor(value + 0.5).astype(numpy.int32) if dtype == "int32" else value.astype(numpy.float32)
    entry = {"name": name, "shape": list(array.shape), "dtype": dtype,
             "quantization": {"dtype": f"uint{bits}", "scale": scale, "min": least,
                              "original_dtype": dtype}}
    return entry, stored, value


def halved(name, array):
    """Half precision stays half precision."""
    half = array.astype(numpy.float16)
    return {"name": name, "shape": list(array.shape), "dtype": "float32",
            "quantization": {"dtype": "float16", "original_dtype": "float32"}}, half, half


def group(paths, weights):
    """A group of the manifest, and its bytes."""
    data = b"".join(stored.astype(stored.dtype.newbyteorder("<")).tobytes() for _, stored, _ in weights)
    return {"paths": paths, "weights": [entry for entry, _, _ in weights]}, data


def expect(name, groups):
    values = {entry["name"]: value for weights in groups for entry, _, value in weights}
    safetensors.save(str(FIXTURES / name), values, keep=True)


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def layers():
    """A weights manifest by itself: two groups, the first cut into two shards in mid-tensor."""
    first = [quantised("conv/kernel", numbers((3, 3, 2, 4), 1), 8),
             plain("conv/bias", numbers(4, 2).astype(numpy.float32), "float32"),
             quantised("dense/kernel", numbers((5, 3), 3) * 8, 16)]
    second = [plain("count", numpy.array(-7, numpy.int32), "int32"),
              plain("mask", numpy.array([1, 0, 1], numpy.uint8), "bool"),
              quantised("steps", numpy.arange(-100, 411, 2), 8, "int32"),
              plain("none", numpy.zeros((0, 3), numpy.float32), "float32")]
    one, data = group(["layers.shard1", "layers.shard2"], first)
    two, more = group(["more/layers.bin"], second)
    text = json.dumps([one, two], indent=1).encode()
    write(FIXTURES / "layers-weights_manifest.json", text + b"\n")
    write(FIXTURES / "layers.shard1", data[:29])
    write(FIXTURES / "layers.shard2", data[29:])
    write(FIXTURES / "more" / "layers.bin", more)
    expect("layers.safetensors", [first, second])
    compact = json.dumps([one, two], separators=(",", ":")).encode()
    write(SEEDS / "tfjs" / "layers", compact + b"\0" + data[:29] + BORDER + data[29:] + BORDER + more)


def graph():
    """A graph model whose weights are in half precision."""
    weights = [halved("model/conv/weights", numbers((1, 1, 3, 2), 4)),
               halved("model/conv/offset", numbers(2, 5)),
               plain("model/axes", numpy.array([1, 2], numpy.int32), "int32")]
    one, data = group(["graph.bin"], weights)
    model = {"format": "graph-model", "generatedBy": "make_import.py", "modelTopology": {"node": []},
             "weightsManifest": [one]}
    write(FIXTURES / "graph.json", json.dumps(model, indent=1).encode() + b"\n")
    write(FIXTURES / "graph.bin", data)
    expect("graph.safetensors", [weights])
    write(SEEDS / "tfjs" / "graph", json.dumps(model, separators=(",", ":")).encode() + b"\0" + data)


def seeds():
    """What the fuzz target's graph needs, and tensors of every type."""
    folder = SEEDS / "safetensors"
    folder.mkdir(parents=True, exist_ok=True)
    fits = {"fc.weight": numbers((2, 3), 1), "fc.bias": numbers(2, 2)}
    safetensors.save(str(folder / "fits"), fits, {"format": "pt"})
    mixed = {"u": numpy.array([1], numpy.uint8), "f": numbers(2, 3).astype(numpy.float32),
             "h": numbers((1, 2), 4).astype(numpy.float16), "i": numpy.array(5, numpy.int32)}
    safetensors.save(str(folder / "mixed"), mixed, keep=True)
    safetensors.save(str(folder / "empty"), {})


if __name__ == "__main__":
    FIXTURES.mkdir(parents=True, exist_ok=True)
    layers()
    graph()
    seeds()
