"""Golden trustworthiness of umap-learn on real features, for test/models/umap-real.test.ts.

Writes umap-real.json beside this file: for MiraBest (1256 radio galaxies, 150 px) and the Galaxy Zoo 2 sample (1000
optical galaxies, 224 px) the trustworthiness (k = 15) of umap-learn's picture, three seeds, of the 512 ResNet-18
features from ImageNet weights. Only these numbers are kept; the images stay where LATENT_SKY_DATA names them.

The test's own features come from this project's network and UMAP gets them as they are, so that the whole way is
compared. MiraBest is unpickled here by the allow-list of nothing but numpy arrays and bytes.

Run: LATENT_SKY_DATA=... /usr/bin/python3 test/reference/umap-real.py
"""

import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import sklearn
import torch
import torchvision
import umap
from PIL import Image
from sklearn.manifold import trustworthiness

DATA = Path(os.environ["LATENT_SKY_DATA"])
ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): np.core.multiarray._reconstruct,
    ("numpy.core.multiarray", "scalar"): np.core.multiarray.scalar,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): __import__("_codecs").encode,
}


class ArraysOnly(pickle.Unpickler):
    def find_class(self, module, name):
        return ALLOWED[(module, name)]


def mirabest():
    """Every source of the seven training batches and the test batch, [1256, 150, 150] uint8, by file name."""
    found = {}
    with tarfile.open(DATA / "MiraBest_F_batches.tar.gz") as tar:
        for member in tar.getmembers():
            if "_batch" not in Path(member.name).name or not member.isfile():
                continue
            batch = ArraysOnly(io.BytesIO(tar.extractfile(member).read()), encoding="latin1").load()
            for name, image in zip(batch["filenames"], batch["data"]):
                found[str(name)] = np.asarray(image, dtype=np.uint8).reshape(150, 150)
    return np.stack([np.repeat(found[name][..., None], 3, axis=2) for name in sorted(found)])


def galaxy_zoo_2():
    with zipfile.ZipFile(DATA / "galaxy-zoo-2-sample.zip") as archive:
        names = sorted(n for n in archive.namelist() if n.lower().endswith((".jpg", ".jpeg")))
        return np.stack([np.asarray(Image.open(io.BytesIO(archive.read(n))).convert("RGB")) for n in names])


def imagenet():
    """torchvision's ResNet-18 without its last layer, from the safetensors file."""
    raw = (DATA / "resnet18-imagenet.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    state = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        state[name] = torch.from_numpy(np.frombuffer(raw[start:end], "<f4").copy()).reshape(entry["shape"])
    net = torchvision.models.resnet18()
    net.load_state_dict(state, strict=False)
    net.fc = torch.nn.Identity()
    return net.eval()


def features(net, images):
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    out = []
    with torch.no_grad():
        for start in range(0, len(images), 64):
            x = (torch.from_numpy(images[start : start + 64]).float() / 255 - mean) / std
            out.append(net(x.permute(0, 3, 1, 2).contiguous()))
    return torch.cat(out).numpy()


def main():
    net = imagenet()
    maps = []
    for name, images in [("mirabest", mirabest()), ("galaxy-zoo-2", galaxy_zoo_2())]:
        x = features(net, images)
        scores = []
        for seed in range(3):
            picture = umap.UMAP(n_neighbors=15, min_dist=0.01, random_state=seed).fit_transform(x)
            scores.append(trustworthiness(x, picture, n_neighbors=15))
        maps.append({"name": name, "images": len(images), "trustworthiness": scores})
        print(maps[-1])
    versions = {
        "umap-learn": umap.__version__,
        "scikit-learn": sklearn.__version__,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "numpy": np.__version__,
    }
    out = Path(__file__).with_suffix(".json")
    out.write_text(json.dumps({"versions": versions, "maps": maps}, indent=1) + "\n")


main()
