# SPDX-License-Identifier: Apache-2.0
"""Writes safetensors files; Debian has no package for it."""
import json
import os

import numpy


DTYPES = {"float32": "F32", "float16": "F16", "int32": "I32", "uint8": "U8"}


def save(path, tensors, metadata=None, keep=False):
    """`tensors`: name to array, stored as float32 or, with `keep`, as it is. The file appears whole
    or not at all."""
    header, offset = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    arrays = {name: numpy.asarray(array, array.dtype if keep else numpy.float32, order="C")
              for name, array in tensors.items()}
    for name, array in arrays.items():
        end = offset + array.nbytes
        header[name] = {"dtype": DTYPES[array.dtype.name], "shape": list(array.shape),
                        "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            file.write(array.astype(array.dtype.newbyteorder("<")).tobytes())
    os.replace(path + ".part", path)
