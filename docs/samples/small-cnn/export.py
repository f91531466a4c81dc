# SPDX-License-Identifier: Apache-2.0
"""Usage: export.py STATE.pt OUT.safetensors"""
import json
import struct
import sys

import torch

header, data = {}, b""
for name, tensor in torch.load(sys.argv[1], weights_only=True).items():
    if name.endswith("num_batches_tracked"):
        continue  # a counter that only training needs
    raw = tensor.to(torch.float16).contiguous().numpy().tobytes()
    header[name] = {"dtype": "F16", "shape": list(tensor.shape),
                    "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
head = json.dumps(header).encode()
head += b" " * (-len(head) % 8)
with open(sys.argv[2], "wb") as file:
    file.write(struct.pack("<Q", len(head)) + head + data)
