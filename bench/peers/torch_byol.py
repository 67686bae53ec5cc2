"""
The peer of the engine benchmark: one BYOL step, or ResNet-18 features, in PyTorch on this machine's cores.

Usage: torch_byol.py byol|features f32|tuned|compiled SIZE BATCH THREADS [cpu|cuda]; every line read from stdin runs one
step ("step N": N in a row, waiting for the last) and answers with a line of JSON: seconds, the loss, the peak memory so
far (resident, or the card's), the version of PyTorch. On a card `compiled` replays CUDA graphs.
`f32` is what the byol-pytorch library runs: float32, contiguous. `tuned` is bf16 autocast with channels_last;
`compiled` is the same networks through torch.compile. Needs PyTorch alone.

The step: two augmented views; online and target networks in training mode, view by view; projector and predictor
Linear(4096) -> BatchNorm -> ReLU -> Linear(256); loss 2 - 2 cos for both pairs; Adam 1e-4; moving average 0.99.
"""
import copy
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

mode, kind, size, batch, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
torch.set_num_threads(threads)
torch.manual_seed(0)
tuned = kind != "f32"
device = sys.argv[6] if len(sys.argv) > 6 else "cpu"
torch.set_default_device(device)
torch.backends.cudnn.benchmark = True
compile_mode = "reduce-overhead" if device == "cuda" else "default"
layout = torch.channels_last if tuned else torch.contiguous_format


class BasicBlock(nn.Module):
    """torchvision.models.resnet.BasicBlock."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += identity
        return self.relu(out)


def peak_memory():
    """MiB that this process has held at most; getrusage would count its parent's, whose copy it begins as."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def resnet18():
    """torchvision.models.resnet18 without its classifier, so that any PyTorch will do."""
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    blocks, inputs = [], 64
    for stage, outputs in enumerate([64, 128, 256, 512]):
        for i in range(2):
            blocks.append(BasicBlock(inputs, outputs, 2 if stage and i == 0 else 1))
            inputs = outputs
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def mlp(inputs):
    return nn.Sequential(nn.Linear(inputs, 4096), nn.BatchNorm1d(4096), nn.ReLU(inplace=True), nn.Linear(4096, 256))


def precision():
    return torch.autocast(device, dtype=torch.bfloat16, enabled=tuned)


def compiled(module):
    return torch.compile(module, mode=compile_mode) if kind == "compiled" else module


offsets = torch.arange(-3.0, 4.0)
gaussian = torch.exp(-(offsets**2) / (2 * 1.5**2))
gaussian = (gaussian / gaussian.sum()).repeat(3, 1)


def blur(images):
    """A Gaussian of 7 pixels, sigma 1.5, separably; channels last, where it takes a tenth of the time."""
    padded = F.pad(images, (3, 3, 3, 3), mode="reflect").to(memory_format=torch.channels_last)
    rows = F.conv2d(padded, gaussian[:, None, None], groups=3)
    return F.conv2d(rows, gaussian[:, None, :, None], groups=3).to(memory_format=layout)


def views(images):
    """The affine part of the augmentation and the blur, over the whole batch, as tensor operations do it fastest."""
    angle = torch.rand(batch) * 6.2832
    zoom = 0.7 + 0.3 * torch.rand(batch)
    c, s = zoom * angle.cos(), zoom * angle.sin()
    zero = torch.zeros(batch)
    theta = torch.stack([torch.stack([c, -s, zero], 1), torch.stack([s, c, zero], 1)], 1)
    grid = F.affine_grid(theta, [batch, 3, size, size], align_corners=False)
    return blur(F.grid_sample(images, grid, padding_mode="reflection", align_corners=False))


images = torch.rand(batch, 3, size, size).to(memory_format=layout)
backbone = resnet18()
if mode == "features":
    network = compiled(backbone.eval().to(memory_format=layout))

    def step():
        with torch.no_grad(), precision():
            return network(images).float().sum()

else:
    online = nn.Sequential(backbone, mlp(512)).to(memory_format=layout)
    target = copy.deepcopy(online)
    predictor = mlp(256)
    parameters = list(online.parameters()) + list(predictor.parameters())
    optimiser = torch.optim.Adam(parameters, lr=1e-4)
    averaged = list(zip(target.parameters(), online.parameters()))
    online, target, predictor = compiled(online), compiled(target), compiled(predictor)

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
            for t, o in averaged:
                t.mul_(0.99).add_(o, alpha=0.01)
        return value.detach()


for task in sys.stdin:
    steps = int((task.split() + ["1"])[1])
    start = time.perf_counter()
    for _ in range(steps):
        if device == "cuda":
            torch.compiler.cudagraph_mark_step_begin()
        result = step()
    result = float(result)
    seconds = time.perf_counter() - start
    peak = peak_memory()
    if device == "cuda":
        peak = torch.cuda.max_memory_allocated() / 2**20
    print(json.dumps({"seconds": seconds, "loss": result, "peakMiB": peak, "version": torch.__version__}), flush=True)
