# SPDX-License-Identifier: Apache-2.0
"""Reference explanations of whole networks, by torch's autograd.

    tools/debian --with reference python3 tests/reference/maps.py

writes tests/fixtures/reference/maps.safetensors. For each network, under the seeded weights and for
ten seeded pictures (seeded.py), the class with the largest logit is differentiated with respect to
the activations of the plugin's default layer, in double precision. NAME.gradient {10, channels} is
the gradient's mean over the map's pixels, NAME.METHOD {10, height, width} a map, made here from the
methods' papers: Grad-CAM (arXiv:1610.02391), Grad-CAM++ (arXiv:1710.11063, whose factors are those
of the logit's powers), HiRes-CAM (arXiv:2011.08891), Layer-CAM (doi:10.1109/TIP.2021.3089943) and
Eigen-CAM (arXiv:2008.00299). NAME.rollout is attention rollout
(arXiv:2005.00928) of a transformer, with half of
each layer's weight on the residual, from the class token or the mean of all tokens.
"""
import os

import numpy
import torch
import torchvision

import networks
import safetensors
import seeded

BATCH = 10
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURE = os.path.join(HERE, "..", "fixtures", "reference", "maps.safetensors")

# name: (height = width, channels, constructor, default layer, class token)
NETWORKS = {
    "cnn_baseline": (48, 1, lambda: networks.CnnBaseline(48, [32, 64, 128], [128], 7), "features", False),
    "resnet18": (96, 3, lambda: torchvision.models.resnet18(num_classes=7), "layer4.1", False),
    "mobilenet": (96, 3, lambda: networks.MobileNet(1, 7), "blocks.13", False),
    "vit_timm_class": (
        96, 3, lambda: networks.TimmVit(96, 16, 192, 12, 3, 4, 7, mean=False, conv=False),
        "blocks.11.norm1", True),
    "vit_timm_mean_conv": (
        48, 3, lambda: networks.TimmVit(48, 4, 96, 4, 3, 2.5, 7, mean=True, conv=True),
        "blocks.3.norm1", False),
}


def run(net, layer, pictures):
    """Activations of the layer and the gradient of each picture's largest logit, and attention."""
    kept, attention = {}, []

    def keep(_, __, output):
        output.retain_grad()
        kept["layer"] = output

    def keep_attention(module, inputs, _):
        batch, tokens, width = inputs[0].shape
        size = width // module.heads
        qkv = module.qkv(inputs[0]).reshape(batch, tokens, 3, module.heads, size)
        q, k, _ = qkv.permute(2, 0, 3, 1, 4)
        attention.append((q @ k.transpose(2, 3) * size**-0.5).softmax(-1).mean(1).detach())

    hooks = [net.get_submodule(layer).register_forward_hook(keep)]
    for module in net.modules():
        if isinstance(module, networks.Attention):
            hooks.append(module.register_forward_hook(keep_attention))
    logits = net(torch.from_numpy(pictures).double().permute(0, 3, 1, 2))
    logits.max(1).values.sum().backward()
    for hook in hooks:
        hook.remove()
    return kept["layer"].detach(), kept["layer"].grad, attention


def as_maps(x, class_token):
    """{batch, channels, height, width}, from tokens as well."""
    if x.dim() == 4:
        return x
    x = x[:, 1:] if class_token else x
    side = int(x.shape[1] ** 0.5)
    return x.reshape(x.shape[0], side, side, -1).permute(0, 3, 1, 2)


def plus_plus(a, g):
    g2, g3 = g * g, g * g * g
    below = 2 * g2 + a.sum((2, 3), keepdim=True) * g3
    alpha = torch.where(below == 0, torch.zeros_like(g), g2 / below)
    weight = (alpha * g.relu()).sum((2, 3), keepdim=True)
    return (weight * a).sum(1).relu()


def eigen(a):
    batch, channels, height, width = a.shape
    maps = []
    for one in a.reshape(batch, channels, height * width).transpose(1, 2):
        direction = torch.linalg.svd(one, full_matrices=False)[2][0]
        maps.append((one @ direction).reshape(height, width))
    maps = torch.stack(maps)
    sign = torch.where(maps.sum((1, 2)) < 0, -1.0, 1.0)
    return (maps * sign[:, None, None]).relu()


def rollout(attention, class_token):
    tokens = attention[0].shape[1]
    flow = torch.eye(tokens, dtype=torch.float64)
    for weights in attention:
        flow = (0.5 * weights + 0.5 * torch.eye(tokens, dtype=torch.float64)) @ flow
    flow = flow[:, 0, 1:] if class_token else flow.mean(1)
    side = int(flow.shape[1] ** 0.5)
    return flow.reshape(-1, side, side)


def main():
    torch.set_num_threads(1)
    answers = {}
    for name, (side, channels, make, layer, class_token) in NETWORKS.items():
        net = seeded.fill(make()).double().eval()
        a, g, attention = run(net, layer, seeded.pictures(BATCH, side, side, channels))
        a, g = as_maps(a, class_token), as_maps(g, class_token)
        maps = {
            "gradient": g.mean((2, 3)),
            "grad-cam": (g.mean((2, 3), keepdim=True) * a).sum(1).relu(),
            "grad-cam++": plus_plus(a, g),
            "hires-cam": (g * a).sum(1).relu(),
            "layer-cam": (g.relu() * a).sum(1).relu(),
            "eigen-cam": eigen(a),
        }
        if attention:
            maps["rollout"] = rollout(attention, class_token)
        for method, values in maps.items():
            print(f"{name:20} {method:10} {tuple(values.shape)} {values.abs().max():.4g} "
                  f"empty {int((values.flatten(1).abs().max(1).values == 0).sum())}")
            answers[f"{name}.{method}"] = values.numpy().astype(numpy.float32)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    safetensors.save(FIXTURE, answers, versions)


if __name__ == "__main__":
    main()
