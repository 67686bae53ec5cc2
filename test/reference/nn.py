"""Golden values of the networks for test/nn: ResNet-18 forward, and one whole BYOL training step.

Weights and images come from a formula (below, and in test/nn/formula.ts), so only results are stored. Everything is
computed in float64; the tests allow for float32.

Run: /usr/bin/python3 test/reference/nn.py
"""
import json, os
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision
from scipy import ndimage

torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(__file__)


def formula(count, salt):
    """`count` numbers in [-0.5, 0.5): mixed 32-bit integers, the same in every language."""
    x = (np.arange(count, dtype=np.uint64) * 2654435761 + salt * 40503 + 12345) & 0xFFFFFFFF
    x ^= x >> 16
    x = (x * 0x45D9F3B) & 0xFFFFFFFF
    x ^= x >> 16
    return x / 2.0**32 - 0.5


def fill(module):
    """Gives the k-th tensor of the state dict (counters left out) values by its kind."""
    names = [n for n in module.state_dict() if not n.endswith("num_batches_tracked")]
    state = {}
    for k, name in enumerate(names):
        shape = module.state_dict()[name].shape
        u = formula(int(np.prod(shape)), k + 1).reshape(shape)
        if name.endswith("running_var"):
            v = 1 + 0.5 * u
        elif name.endswith("running_mean") or name.endswith("bias"):
            v = 0.2 * u
        elif len(shape) == 4:
            v = u * 2 * np.sqrt(3) * np.sqrt(2 / (shape[0] * shape[2] * shape[3]))
        elif len(shape) == 2:
            v = u * 2 / np.sqrt(shape[1])
        else:
            v = 1 + 0.4 * u
        state[name] = torch.from_numpy(np.ascontiguousarray(v.astype(np.float32).astype(np.float64)))
    module.load_state_dict(state, strict=False)


def images(n, size, salt):
    """NHWC values in [-2, 2) as NCHW."""
    u = formula(n * size * size * 3, salt).astype(np.float32).astype(np.float64) * 4
    return torch.from_numpy(u.reshape(n, size, size, 3)).permute(0, 3, 1, 2).contiguous()


def narrow_resnet(width):
    """torchvision's ResNet-18 with `width` channels in the first stage."""
    net = torchvision.models.resnet18()
    net.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
    net.bn1 = nn.BatchNorm2d(width)
    net.inplanes = width
    net.layer1 = net._make_layer(torchvision.models.resnet.BasicBlock, width, 2)
    for stage in (2, 3, 4):
        setattr(net, f"layer{stage}", net._make_layer(torchvision.models.resnet.BasicBlock, width * 2 ** (stage - 1), 2, stride=2))
    net.fc = nn.Identity()
    return net


def head(inputs, hidden, outputs):
    return nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, outputs))


def short(values):
    return [float(f"{v:.9g}") for v in np.asarray(values).ravel()]


def picture(tensor, weight=None):
    """Sum, norm and eight entries of a tensor; the entries are where `weight` is largest."""
    t = tensor.detach().numpy().ravel()
    order = np.argsort(-np.abs((tensor if weight is None else weight).detach().numpy().ravel()), kind="stable")
    at = sorted(int(i) for i in order[:8])
    return {"sum": short([t.sum()])[0], "norm": short([np.linalg.norm(t)])[0], "at": at, "values": short(t[at])}


def forward():
    net = torchvision.models.resnet18()
    net.fc = nn.Identity()
    fill(net)
    x = images(2, 64, 1000)
    net.eval()
    with torch.no_grad():
        evaluated = net(x)
    net.train()
    with torch.no_grad():
        trained = net(x)
    buffers = {n: picture(b) for n, b in net.named_buffers() if n.endswith(("running_mean", "running_var"))}
    return {"evaluated": short(evaluated), "trained": short(trained), "buffers": buffers}


def byol_step():
    width, hidden, projection, n, size = 8, 24, 12, 6, 32
    lr, tau = 1e-3, 0.99
    online = nn.ModuleDict({
        "encoder": narrow_resnet(width),
        "projector": head(8 * width, hidden, projection),
        "predictor": head(projection, hidden, projection),
    })
    fill(online)
    target = nn.ModuleDict({"encoder": narrow_resnet(width), "projector": head(8 * width, hidden, projection)})
    # A target that differs from the online network, as it does after the first step.
    fill(target)
    online.train(), target.train()
    v1, v2 = images(n, size, 2000), images(n, size, 3000)
    predict = lambda x: online["predictor"](online["projector"](online["encoder"](x)))
    p1, p2 = predict(v1), predict(v2)
    with torch.no_grad():
        z1, z2 = (target["projector"](target["encoder"](v)) for v in (v1, v2))
    half = lambda p, z: 2 - 2 * (F.normalize(p, dim=-1) * F.normalize(z, dim=-1)).sum(-1)
    loss = (half(p1, z2) + half(p2, z1)).mean()
    optimiser = torch.optim.Adam(online.parameters(), lr=lr)
    optimiser.zero_grad()
    loss.backward()
    gradients = {n: p.grad.clone() for n, p in online.named_parameters()}
    optimiser.step()
    with torch.no_grad():
        sources = dict(online.named_parameters())
        for name, t in target.named_parameters():
            t.mul_(tau).add_(sources[name], alpha=1 - tau)
    updated = {n: picture(p, gradients[n]) for n, p in online.named_parameters()}
    averaged = {n: picture(p, gradients[n]) for n, p in target.named_parameters()}
    running = lambda m: {n: picture(b) for n, b in m.named_buffers() if "running" in n}
    return {
        "sizes": {"width": width, "hiddenSize": hidden, "projectionSize": projection, "n": n, "size": size},
        "learningRate": lr, "tau": tau, "loss": short([loss.item()])[0],
        "gradients": {n: picture(g) for n, g in gradients.items()},
        "updated": updated, "target": averaged,
        "onlineBuffers": running(online), "targetBuffers": running(target),
    }


def torch_files():
    """Small weight files in every format that is read; values by the formula."""
    folder = os.path.join(HERE, "nn-files")
    os.makedirs(folder, exist_ok=True)
    values = {f: torch.from_numpy(formula(24, 7)).reshape(2, 3, 2, 2).to(getattr(torch, f)) for f in ("float64", "float32", "float16", "bfloat16")}
    values["strided"] = torch.from_numpy(formula(24, 7).astype(np.float32)).reshape(4, 6).t()[1:3]
    values["int64"] = torch.arange(5)
    torch.save(values, os.path.join(folder, "zip.pth"))
    torch.save(values, os.path.join(folder, "legacy.pth"), _use_new_zipfile_serialization=False)
    net = narrow_resnet(1)
    fill(net)
    state = {f"online_encoder.net.{k}": v.float() for k, v in net.state_dict().items()}
    state.update({f"target_encoder.net.{k}": v.float() * 0 for k, v in net.state_dict().items()})
    from argparse import Namespace
    torch.save({"epoch": 3, "state_dict": state, "hyper_parameters": Namespace(lr=1e-4), "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(3)}}}]}, os.path.join(folder, "lightning.ckpt"))

    class Hostile:
        def __reduce__(self):
            return os.system, ("echo hostile",)

    torch.save({"conv1.weight": torch.zeros(3), "x": Hostile()}, os.path.join(folder, "hostile.pth"))


def warps():
    """Views by scipy in float64, each step's inverse applied to the coordinates one after another."""
    height, width, size = 40, 56, 24
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    draws = [
        dict(blur=0, verticalFlip=False, horizontalFlip=False, crop=None, rotation=0),
        dict(blur=0, verticalFlip=True, horizontalFlip=False, crop=None, rotation=33.3),
        dict(blur=1.3, verticalFlip=False, horizontalFlip=True, crop=dict(left=5, top=3, width=47, height=33), rotation=0),
        dict(blur=0.45, verticalFlip=True, horizontalFlip=True, crop=dict(left=2, top=6, width=44, height=34), rotation=251.7),
    ]
    views = []
    for k, d in enumerate(draws):
        image = np.floor((formula(height * width * 3, 4000 + k) + 0.5) * 256).reshape(height, width, 3)
        y, x = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5, indexing="ij")
        x, y = x * width / size, y * height / size
        a = np.deg2rad(d["rotation"])
        u, v = x - width / 2, y - height / 2
        x, y = np.cos(a) * u - np.sin(a) * v + width / 2, np.sin(a) * u + np.cos(a) * v + height / 2
        if d["crop"]:
            c = d["crop"]
            x, y = c["left"] + x / width * c["width"], c["top"] + y / height * c["height"]
        if d["horizontalFlip"]:
            x = width - x
        if d["verticalFlip"]:
            y = height - y
        out = np.stack([ndimage.map_coordinates(image[..., c], [y - 0.5, x - 0.5], order=1, mode="mirror") for c in range(3)], -1)
        if d["blur"]:
            radius = int(np.ceil(3 * d["blur"]))
            out = np.stack([ndimage.gaussian_filter(out[..., c], d["blur"], mode="mirror", truncate=radius / d["blur"]) for c in range(3)], -1)
        views.append(short(((out / 255 - mean) / std)[::2, ::2]))
    return {"height": height, "width": width, "size": size, "draws": draws, "views": views}


def crops():
    """What torchvision's RandomResizedCrop draws on a 150 x 150 image."""
    torch.manual_seed(0)
    image = torch.zeros(1, 150, 150)
    p = np.array([torchvision.transforms.RandomResizedCrop.get_params(image, (0.7, 1.0), (3 / 4, 4 / 3)) for _ in range(20000)], float)
    values = {"top": p[:, 0], "left": p[:, 1], "area": p[:, 2] * p[:, 3] / 22500, "logAspect": np.log(p[:, 3] / p[:, 2])}
    return {k: {"mean": float(v.mean()), "std": float(v.std())} for k, v in values.items()}


torch_files()
out = {
    "warps": warps(),
    "crops": crops(),
    "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__, "numpy": np.__version__},
    "forward": forward(),
    "byolStep": byol_step(),
}
with open(os.path.join(HERE, "nn.json"), "w") as f:
    json.dump(out, f)
