# SPDX-License-Identifier: Apache-2.0
"""Usage: answer.py STATE.pt PICTURE

Prints the logits of a picture: the golden sample of the manifest.
"""
import sys

import numpy
import torch
from PIL import Image

from network import SmallCNN

network = SmallCNN()
network.load_state_dict(torch.load(sys.argv[1], weights_only=True))
face = Image.open(sys.argv[2]).convert("L").resize((24, 24), Image.BILINEAR)
x = (torch.tensor(numpy.asarray(face, "float32"))[None, None] / 255 - 0.5) / 0.25
with torch.no_grad():
    print([round(value, 4) for value in network.eval()(x)[0].tolist()])
