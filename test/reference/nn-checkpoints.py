"""Checkpoints as trainers save them, for test/nn/torch-file.test.ts: modules whole, lists, TorchScript, odd objects.

Run from the project's root: /usr/bin/python3 test/reference/nn-checkpoints.py
"""
import argparse
import base64
import collections
import datetime
import enum
import io
import json
import os
import zlib

import torch
from torch import nn

torch.manual_seed(3)


class Block(nn.Module):
    """A basic block of a ResNet, two channels wide."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(2)

    def forward(self, x):
        return self.bn1(self.conv1(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 2, 3, bias=False)
        self.layer1 = nn.Sequential(Block(), Block())
        self.register_buffer("scale", torch.tensor([0.5, 2.0], dtype=torch.float64))
        self.note = "a text among the attributes"

    def forward(self, x):
        return self.layer1(self.conv1(x)) * self.scale[0]


class Colour(enum.Enum):
    RED = 1


class Config:
    """An own class, with and without tensors in it."""

    def __init__(self):
        self.lr, self.when = 0.1, datetime.timedelta(days=3)


class Record(dict):
    pass


class Rows(list):
    pass


Pair = collections.namedtuple("Pair", "a b")


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


net = Net().eval()
state = net.state_dict()
script = io.BytesIO()
torch.jit.save(torch.jit.script(net), script)
traced = io.BytesIO()
torch.jit.save(torch.jit.trace(net, torch.zeros(1, 3, 9, 9)), traced)
odd = {
    "date": datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
    "own": Config(),
    "arguments": argparse.Namespace(lr=0.1, device=torch.device("cpu"), dtype=torch.float16),
    "enum": Colour.RED,
    "pair": Pair(1, 2),
    "counter": collections.Counter("aab"),
    "deque": collections.deque([1, 2]),
    "complex": 1 + 2j,
    "range": range(3),
    "frozen": frozenset([1]),
    "slice": slice(1, 2),
}
record = Record(state)
record.owner = "me"
files = {
    "module.pth": (saved(net), ""),
    "module-legacy.pth": (saved(net, _use_new_zipfile_serialization=False), ""),
    "list.pth": (saved([state, 3]), "0."),
    "tuple.pth": (saved((1, state)), "1."),
    "own-list.pth": (saved(Rows([1, state])), "1."),
    "own-dict.pth": (saved(record), ""),
    "odd.pth": (saved({"state_dict": state, **odd}), ""),
    "odd-beside.pth": (saved({"model": net, "optimizer": None, **odd}), "model."),
    "script.pt": (script.getvalue(), ""),
    "traced.pt": (traced.getvalue(), ""),
}
tensors = {name: {"shape": list(t.shape), "data": t.double().ravel().tolist()} for name, t in state.items()}


class System:
    def __reduce__(self):
        return os.system, ("echo hostile",)


class Eval:
    def __reduce__(self):
        return eval, ("1+1",)


out = {
    "torch": torch.__version__,
    "tensors": tensors,
    "files": {
        name: {"prefix": prefix, "file": base64.b64encode(zlib.compress(raw, 9)).decode()}
        for name, (raw, prefix) in files.items()
    },
    "hostile": {
        name: base64.b64encode(zlib.compress(saved({"state_dict": state, "x": value}), 9)).decode()
        for name, value in {"posix.system": System(), "__builtin__.eval": Eval()}.items()
    },
}
with open("test/reference/nn-checkpoints.json", "w") as f:
    json.dump(out, f)
