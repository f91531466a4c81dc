# SPDX-License-Identifier: Apache-2.0
"""The network as PyTorch knows it; small_cnn.c declares the same one."""
import torch


class SmallCNN(torch.nn.Module):
    def __init__(self, classes=3, filters=(16, 32, 64)):
        super().__init__()
        self.blocks = torch.nn.ModuleList()
        channels = 1
        for count in filters:
            block = torch.nn.Module()
            block.conv = torch.nn.Conv2d(channels, count, 3, padding=1, bias=False)
            block.bn = torch.nn.BatchNorm2d(count)
            self.blocks.append(block)
            channels = count
        self.head = torch.nn.Linear(channels, classes)

    def forward(self, x):
        for block in self.blocks:
            x = torch.relu(block.bn(block.conv(x)))
            x = torch.nn.functional.max_pool2d(x, 2)
        return self.head(x.mean((2, 3)))
