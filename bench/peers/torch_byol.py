"""
The peer of the engine benchmark: one BYOL step, or ResNet-18 features, in PyTorch on this machine's cores.

Usage: torch_byol.py byol|features f32|tuned SIZE BATCH THREADS; every line read from stdin runs one step and answers
with a line of JSON: seconds, the loss, the peak resident memory so far.
`f32` is what the byol-pytorch library runs: float32, contiguous. `tuned` is bf16 autocast with channels_last.

The step: two augmented views; online and target networks in training mode, view by view; projector and predictor
Linear(4096) -> BatchNorm -> ReLU -> Linear(256); loss 2 - 2 cos for both pairs; Adam 1e-4; moving average 0.99.
"""
import copy
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

mode, kind, size, batch, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
torch.set_num_threads(threads)
torch.manual_seed(0)
tuned = kind == "tuned"
layout = torch.channels_last if tuned else torch.contiguous_format


def mlp(inputs):
    return nn.Sequential(nn.Linear(inputs, 4096), nn.BatchNorm1d(4096), nn.ReLU(inplace=True), nn.Linear(4096, 256))


def precision():
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=tuned)


def views(images):
    """The affine part of the augmentation and the blur, over the whole batch, as tensor operations do it fastest."""
    angle = torch.rand(batch) * 6.2832
    zoom = 0.7 + 0.3 * torch.rand(batch)
    c, s = zoom * angle.cos(), zoom * angle.sin()
    zero = torch.zeros(batch)
    theta = torch.stack([torch.stack([c, -s, zero], 1), torch.stack([s, c, zero], 1)], 1)
    grid = F.affine_grid(theta, [batch, 3, size, size], align_corners=False)
    warped = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return torchvision.transforms.functional.gaussian_blur(warped, 7, 1.5)


images = torch.rand(batch, 3, size, size).to(memory_format=layout)
backbone = torchvision.models.resnet18()
backbone.fc = nn.Identity()
if mode == "features":
    backbone.eval().to(memory_format=layout)

    def step():
        with torch.no_grad(), precision():
            return backbone(images).float().sum()

else:
    online = nn.Sequential(backbone, mlp(512)).to(memory_format=layout)
    target = copy.deepcopy(online)
    predictor = mlp(256)
    parameters = list(online.parameters()) + list(predictor.parameters())
    optimiser = torch.optim.Adam(parameters, lr=1e-4)

    def pair(p, z):
        return (2 - 2 * (F.normalize(p.float(), dim=1) * F.normalize(z.float(), dim=1)).sum(1)).mean()

    def step():
        with torch.no_grad():
            first, second = views(images), views(images)
        with precision():
            p1, p2 = predictor(online(first)), predictor(online(second))
            with torch.no_grad():
                z1, z2 = target(first), target(second)
            value = pair(p1, z2) + pair(p2, z1)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        with torch.no_grad():
            for t, o in zip(target.parameters(), online.parameters()):
                t.mul_(0.99).add_(o, alpha=0.01)
        return value.detach()


for _ in sys.stdin:
    start = time.perf_counter()
    result = float(step())
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "loss": result, "peakMiB": peak, "version": torch.__version__}), flush=True)
