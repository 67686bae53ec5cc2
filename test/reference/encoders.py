"""Small ONNX encoders, and what PyTorch makes of twelve images: Pillow's Lanczos, then the network in f32.

Run from the root: python3 test/reference/encoders.py (needs torch, onnx, pillow; the versions stand in the JSON).
"""

import json
import os

import numpy as np
import onnx
import PIL
import torch
from PIL import Image
from torch import nn

folder = "test/reference/encoder-files"
os.makedirs(folder, exist_ok=True)
torch.manual_seed(3)
n, side = 5, 40
i, y, x, c = np.meshgrid(np.arange(n), np.arange(side), np.arange(side), np.arange(3), indexing="ij")
# The same formula is in the test: bytes that differ from pixel to pixel and channel to channel.
images = ((i * 37 + y * 5 + x * 3 + c * 50 + (x * y * (c + 1)) // 7) % 256).astype(np.uint8)


def seen(size, mean, std, resize=None, bgr=False):
    out = []
    for image in images:
        r = resize or size
        pixels = np.asarray(Image.fromarray(image).resize((r, r), Image.LANCZOS))
        at = (r - size) // 2
        pixels = pixels[at : at + size, at : at + size].astype(np.float32) / 255
        if bgr:
            pixels = pixels[:, :, ::-1]
        out.append((pixels - np.float32(mean)) / np.float32(std))
    return torch.from_numpy(np.ascontiguousarray(np.stack(out)).transpose(0, 3, 1, 2).copy())


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 12, 3, 2, 1)

    def forward(self, x):
        return self.b(self.a(x).relu()).relu().mean((2, 3))


class Tokens(nn.Module):
    """As a ViT: patches, a class token, one layer of attention; a token sequence and a map go out."""

    def __init__(self, d=16):
        super().__init__()
        self.patch = nn.Conv2d(3, d, 8, 8)
        self.cls = nn.Parameter(torch.randn(1, 1, d))
        self.q, self.k, self.v = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x):
        maps = self.patch(x)
        t = torch.cat([self.cls.expand(x.shape[0], -1, -1), maps.flatten(2).transpose(1, 2)], 1)
        w = (self.q(t) @ self.k(t).transpose(1, 2) / 4).softmax(-1)
        return w @ self.v(t), maps


class Last(nn.Module):
    """Channels last, as TensorFlow's networks have them, and two images at a time."""

    def __init__(self):
        super().__init__()
        self.net = Pooled()

    def forward(self, x):
        return self.net(x.permute(0, 3, 1, 2))


imagenet = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
half = ([0.5, 0.5, 0.5], [0.25, 0.5, 1.0])
pooled, tokens, last = Pooled().eval(), Tokens().eval(), Last().eval()
free = {0: "batch"}
with torch.no_grad():
    torch.onnx.export(pooled, torch.zeros(1, 3, 32, 32), f"{folder}/pooled.onnx", dynamo=False, input_names=["images"],
                      output_names=["features"],
                      dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}, "features": free})
    torch.onnx.export(tokens, torch.zeros(1, 3, 32, 32), f"{folder}/tokens.onnx", dynamo=False,
                      input_names=["pixel_values"], output_names=["last_hidden_state", "maps"],
                      dynamic_axes={"pixel_values": free, "last_hidden_state": free, "maps": free})
    torch.onnx.export(last, torch.zeros(2, 32, 32, 3), f"{folder}/last.onnx", dynamo=False, input_names=["x"],
                      output_names=["y"])
    hidden, maps = tokens(seen(32, *imagenet))
    golden = {
        "pooled": pooled(seen(48, *imagenet)),
        "pooled, cropped, BGR": pooled(seen(24, *half, resize=36, bgr=True)),
        "class token": hidden[:, 0],
        "mean of tokens": hidden.mean(1),
        "maps": maps.mean((2, 3)),
        "channels last": last.net(seen(32, *imagenet)),
    }
json.dump(
    {
        "versions": {"torch": torch.__version__, "onnx": onnx.__version__, "pillow": PIL.__version__},
        "features": {name: v.numpy().astype(float).round(7).tolist() for name, v in golden.items()},
    },
    open("test/reference/encoders.json", "w"),
)
