"""Holds the ONNX file that saveOnnx writes against onnx.checker, onnxruntime and a PyTorch ResNet-18.

A narrow ResNet-18 whose weights are the formula of nn.py is written by node; the SHA-256 of what was checked stands in
the JSON, and test/nn/save-onnx.test.ts writes the same file again.

Run from the root: python3 test/reference/saved-onnx.py (needs torch, onnx, onnxruntime).
"""

import hashlib
import json
import os
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn


WIDTH = 2
path = os.path.join(tempfile.mkdtemp(), "saved.onnx")
subprocess.run(["node", "--import", "tsx", "test/nn/write-formula-onnx.ts", path], check=True)
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)


def formula(count, salt):
    """As in nn.py."""
    x = (np.arange(count, dtype=np.uint64) * 2654435761 + salt * 40503 + 12345) & 0xFFFFFFFF
    x ^= x >> 16
    x = (x * 0x45D9F3B) & 0xFFFFFFFF
    x ^= x >> 16
    return x / 2.0**32 - 0.5


class Block(nn.Module):
    """torchvision's BasicBlock."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class ResNet18(nn.Module):
    """torchvision.models.resnet18 with `width` channels in the first stage, without its classifier."""

    def __init__(self, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for k, (inputs, stride) in enumerate([(width, 1), (width, 2), (2 * width, 2), (4 * width, 2)]):
            outputs = width * 2**k
            setattr(self, f"layer{k + 1}", nn.Sequential(Block(inputs, outputs, stride), Block(outputs, outputs, 1)))

    def forward(self, x):
        y = self.maxpool(self.bn1(self.conv1(x)).relu())
        return self.layer4(self.layer3(self.layer2(self.layer1(y)))).mean((2, 3))


net = ResNet18(WIDTH).eval()
weights = {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy()) for i in model.graph.initializer}
found = net.load_state_dict(weights, strict=False)
assert not found.unexpected_keys and all(k.endswith("num_batches_tracked") for k in found.missing_keys), found
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
worst = 0.0
for n, h, w in [(1, 64, 64), (3, 70, 50)]:
    x = (formula(n * h * w * 3, n) * 4).astype(np.float32).reshape(n, 3, h, w)
    with torch.no_grad():
        want = net(torch.from_numpy(x)).numpy()
    got = session.run(["features"], {"images": x})[0]
    assert got.shape == want.shape == (n, 8 * WIDTH)
    worst = max(worst, float(np.abs(got - want).max()))
assert worst < 1e-4, worst
json.dump(
    {
        "versions": {m.__name__: m.__version__ for m in (torch, onnx, onnxruntime)},
        "sha256": hashlib.sha256(open(path, "rb").read()).hexdigest(),
        "worst": worst,
        "metadata": {p.key: p.value for p in model.metadata_props},
    },
    open("test/reference/saved-onnx.json", "w"),
)
print("largest difference from PyTorch", worst)
