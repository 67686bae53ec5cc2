"""Tensors of every kind that PyTorch saves, for test/nn/torch-file.test.ts: what `.float()` gives, or that it is refused.

Run from the project's root with PyTorch >= 2.3, which has 8-bit floats and unsigned integers:
python test/reference/nn-tensor-kinds.py
"""
import base64
import io
import json
import math
import zlib

import torch

x = torch.arange(6.0).reshape(2, 3)
c = torch.complex(x, x + 10)
bits = torch.arange(256, dtype=torch.int16).to(torch.uint8)
read = {
    "float8_e4m3fn": bits.view(torch.float8_e4m3fn),
    "float8_e5m2": bits.view(torch.float8_e5m2),
    "uint16": torch.tensor([0, 1, 40000, 65535]).to(torch.uint16),
    "uint32": torch.tensor([0, 7, 3000000000]).to(torch.uint32),
    "uint64": torch.tensor([0, 7, 2**40]).to(torch.uint64),
    "expanded": torch.arange(3.0).expand(4, 3),
    "a number expanded": torch.tensor(2.5).expand(5, 2),
    "expanded and transposed": torch.arange(6, dtype=torch.int16).reshape(2, 3).T.unsqueeze(1).expand(3, 2, 2),
    "every second": torch.arange(9.0)[1::2],
    "a parameter": torch.nn.Parameter(x.half().T, requires_grad=False),
}
refused = {
    "negative": torch._neg_view(x),
    "complex": c,
    "complex128": c.to(torch.complex128),
    "complex32": c.to(torch.complex32),
    "quantised": torch.quantize_per_tensor(x, 0.1, 2, torch.qint8),
    "quantised by channel": torch.quantize_per_channel(
        x, torch.tensor([0.1, 0.2]), torch.tensor([0, 1]), 0, torch.quint8
    ),
    "sparse": x.to_sparse(),
    "nested": torch.nested.nested_tensor([x, x[:1]]),
    "meta": torch.empty(3, device="meta"),
}


def saved(value, zipped):
    out = io.BytesIO()
    torch.save({"first": x, "layer": {"weight": value}}, out, _use_new_zipfile_serialization=zipped)
    return base64.b64encode(zlib.compress(out.getvalue(), 9)).decode()


def both(value):
    return [saved(value, True), saved(value, False)]


def plain(v):
    return None if math.isnan(v) else str(v) if math.isinf(v) else v


out = {
    "torch": torch.__version__,
    "read": {
        name: {"shape": list(t.shape), "data": [plain(v) for v in t.float().ravel().tolist()], "files": both(t)}
        for name, t in read.items()
    },
    "refused": {name: both(t) for name, t in refused.items()},
}
with open("test/reference/nn-tensor-kinds.json", "w") as f:
    json.dump(out, f)
