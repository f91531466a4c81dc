# SPDX-License-Identifier: Apache-2.0
"""What `mien predict` does, in torch: loads ResNet-18 and says what it sees in one picture.

    python3 start_torch.py WEIGHTS.pt PICTURE

Written to start fast: parameters are neither initialised nor copied.
"""
import sys

import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional

with torch.device("meta"):
    net = torchvision.models.resnet18(weights=None)
net.load_state_dict(torch.load(sys.argv[1], mmap=True, weights_only=True), assign=True)
net.eval()
picture = functional.center_crop(functional.resize(Image.open(sys.argv[2]).convert("RGB"), 256), 224)
values = functional.normalize(functional.to_tensor(picture), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
with torch.inference_mode():
    print(f"class-{net(values[None]).argmax().item()}", flush=True)
