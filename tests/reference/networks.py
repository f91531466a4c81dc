# SPDX-License-Identifier: Apache-2.0
"""Networks that torchvision does not have, written from their own definitions in torch."""
import torch
import torchvision
from torch import nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock
from torchvision.models.vision_transformer import ConvStemConfig, VisionTransformer


class CnnBaseline(nn.Module):
    """Keras' Conv2D(padding="same"), BatchNormalization, ReLU, MaxPooling2D blocks, then Dense."""

    def __init__(self, side, filters, dense, classes, kernel=3, batch_norm=True):
        super().__init__()
        self.blocks, self.layers, self.kernel = len(filters), len(dense), kernel
        self.features = nn.Identity()  # the last convolution's output, for hooks
        channels = 1
        for i, width in enumerate(filters, 1):
            setattr(self, f"conv{i}", nn.Conv2d(channels, width, kernel))
            setattr(self, f"bn{i}", nn.BatchNorm2d(width, eps=1e-3) if batch_norm else nn.Identity())
            channels, side = width, side // 2
        features = side * side * channels
        for i, width in enumerate(dense, 1):
            setattr(self, f"dense{i}", nn.Linear(features, width))
            features = width
        self.head = nn.Linear(features, classes)

    def forward(self, x):
        before = (self.kernel - 1) // 2
        after = self.kernel - 1 - before
        for i in range(1, self.blocks + 1):
            x = functional.pad(x, (before, after, before, after))
            x = functional.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
            x = functional.max_pool2d(self.features(x) if i == self.blocks else x, 2)
        x = x.permute(0, 2, 3, 1).flatten(1)
        for i in range(1, self.layers + 1):
            x = functional.relu(getattr(self, f"dense{i}")(x))
        return self.head(x)


def small_resnet(blocks, width, classes):
    """torchvision's basic-block ResNet, narrower, with CIFAR's stem."""
    net = torchvision.models.resnet18(num_classes=classes)
    net.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
    net.bn1, net.maxpool, net.inplanes = nn.BatchNorm2d(width), nn.Identity(), width
    for i, count in enumerate(blocks):
        layer = net._make_layer(BasicBlock, width << i, count, stride=2 if i else 1)
        setattr(net, f"layer{i + 1}", layer)
    net.fc = nn.Linear(width << 3, classes)
    return net


class Layer(nn.Module):
    """dlib's convolution and its affine scale, as a batch norm."""

    def __init__(self, inputs, filters, kernel, stride):
        super().__init__()
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, filters, kernel, stride, padding)
        self.bn = nn.BatchNorm2d(filters)

    def forward(self, x):
        return self.bn(self.conv(x))


class Residual(nn.Module):
    """face-api's residual() and residualDown()."""

    def __init__(self, inputs, filters, down):
        super().__init__()
        self.down = down
        self.conv1 = Layer(inputs, filters, 3, 2 if down else 1)
        self.conv2 = Layer(filters, filters, 3, 1)

    def forward(self, x):
        y = self.conv2(functional.relu(self.conv1(x)))
        if self.down:
            x = functional.avg_pool2d(x, 2)
            y = functional.pad(y, (0, x.shape[3] - y.shape[3], 0, x.shape[2] - y.shape[2]))
            x = functional.pad(x, (0, 0, 0, 0, 0, y.shape[1] - x.shape[1]))
        return functional.relu(x + y)


class FaceRecognition(nn.Module):
    """face-api's FaceRecognitionNet under a linear head."""

    def __init__(self, classes):
        super().__init__()
        names = "32_1 32_2 32_3 64_down 64_1 64_2 64_3 128_down 128_1 128_2 256_down 256_1 256_2"
        self.conv32_down = Layer(3, 32, 7, 2)
        self.names, inputs = [], 32
        for name in [*names.split(), "256_down_out"]:
            filters = int(name.split("_")[0])
            setattr(self, "conv" + name, Residual(inputs, filters, "down" in name))
            self.names.append("conv" + name)
            inputs = filters
        self.fc = nn.Linear(256, 128, bias=False)
        self.head = nn.Linear(128, classes)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv32_down(x)), 3, 2)
        for name in self.names:
            x = getattr(self, name)(x)
        return self.head(self.fc(x.mean((2, 3))))


def same_pad(x, stride):
    """TensorFlow's padding="same" of a 3x3 convolution: the odd row and column come last."""
    pads = []
    for extent in (x.shape[3], x.shape[2]):
        total = max((-(-extent // stride) - 1) * stride + 3 - extent, 0)
        pads += [total // 2, total - total // 2]
    return functional.pad(x, pads)


class SeparableBlock(nn.Module):
    """A depthwise and a pointwise convolution of Keras' MobileNet."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.stride = stride
        self.conv_dw = nn.Conv2d(inputs, inputs, 3, stride, groups=inputs, bias=False)
        self.bn1 = nn.BatchNorm2d(inputs, eps=1e-3)
        self.conv_pw = nn.Conv2d(inputs, filters, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters, eps=1e-3)

    def forward(self, x):
        x = functional.relu6(self.bn1(self.conv_dw(same_pad(x, self.stride))))
        return functional.relu6(self.bn2(self.conv_pw(x)))


class MobileNet(nn.Module):
    """keras.applications' MobileNet: strides and filters of the paper's table 1."""

    def __init__(self, width, classes):
        super().__init__()
        filters = [64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
        inputs = int(32 * width)
        self.conv_stem = nn.Conv2d(3, inputs, 3, 2, bias=False)
        self.bn1 = nn.BatchNorm2d(inputs, eps=1e-3)
        self.blocks = nn.ModuleDict()
        for i, count in enumerate(filters, 1):
            outputs = int(count * width)
            self.blocks[str(i)] = SeparableBlock(inputs, outputs, 2 if i in (2, 4, 6, 12) else 1)
            inputs = outputs
        self.classifier = nn.Linear(inputs, classes)

    def forward(self, x):
        x = functional.relu6(self.bn1(self.conv_stem(same_pad(x, 2))))
        for block in self.blocks.values():
            x = block(x)
        return self.classifier(x.mean((2, 3)))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        size = width // self.heads
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(2, 3) * size**-0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(functional.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width, eps=1e-6), Attention(width, heads)
        self.norm2, self.mlp = nn.LayerNorm(width, eps=1e-6), Mlp(width, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    """One convolution, or the stem of convolutions when `conv` says so."""

    def __init__(self, width, patch, conv, stem_layers, stem_width):
        super().__init__()
        self.stem = nn.ModuleList()
        if not conv:
            self.proj = nn.Conv2d(3, width, patch, patch)
            return
        halvings, inputs = patch.bit_length() - 1, 3
        layers = stem_layers or halvings
        first = stem_width or width >> (layers - 1)
        surplus = [(layers - 1 - stage) // halvings for stage in range(halvings)]
        strides = [stride for before in surplus for stride in [1] * before + [2]]
        for i, stride in enumerate(strides):
            filters = min(first << i, width) if i + 1 < layers else width
            self.stem.append(nn.ModuleDict({
                "conv": nn.Conv2d(inputs, filters, 3, stride, 1, bias=False),
                "bn": nn.BatchNorm2d(filters),
            }))
            inputs = filters
        self.proj = nn.Conv2d(width, width, 1)

    def forward(self, x):
        for layer in self.stem:
            x = functional.relu(layer["bn"](layer["conv"](x)))
        return self.proj(x).flatten(2).transpose(1, 2)


class TimmVit(nn.Module):
    """timm's VisionTransformer; with `mean`, its global_pool='avg', class_token=False."""

    def __init__(self, side, patch, width, depth, heads, ratio, classes, mean, conv, stem_layers=0,
                 stem_width=0):
        super().__init__()
        tokens = (side // patch) ** 2
        self.patch_embed = PatchEmbed(width, patch, conv, stem_layers, stem_width)
        if not mean:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens + (not mean), width))
        self.blocks = nn.Sequential(*[Block(width, heads, int(width * ratio)) for _ in range(depth)])
        self.norm = nn.Identity() if mean else nn.LayerNorm(width, eps=1e-6)
        self.fc_norm = nn.LayerNorm(width, eps=1e-6) if mean else nn.Identity()
        self.mean = mean
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.patch_embed(x)
        if not self.mean:
            x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1)
        x = self.norm(self.blocks(x + self.pos_embed))
        return self.head(self.fc_norm(x.mean(1) if self.mean else x[:, 0]))


def torchvision_conv_vit(side, patch, width, depth, heads, classes):
    """torchvision's own convolutional stem, halving down to a patch."""
    halvings = patch.bit_length() - 1
    stem = [ConvStemConfig(width >> (halvings - 1 - i), 3, 2) for i in range(halvings)]
    return VisionTransformer(side, patch, depth, heads, width, 4 * width, num_classes=classes,
                             conv_stem_configs=stem)
