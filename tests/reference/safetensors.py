# SPDX-License-Identifier: Apache-2.0
"""Writes safetensors files; Debian has no package for it."""
import json
import os

import numpy


def save(path, tensors, metadata=None):
    """`tensors`: name to float32 array. The file appears whole or not at all."""
    header, offset = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    arrays = {name: numpy.ascontiguousarray(array, numpy.float32) for name, array in tensors.items()}
    for name, array in arrays.items():
        end = offset + array.nbytes
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            file.write(array.astype("<f4").tobytes())
    os.replace(path + ".part", path)
