"""Reference values for lib/preprocess: astropy's clipped statistics, OpenCV's outer contours, Pillow's Lanczos.

    LATENT_SKY_DATA=<folder> python3 test/reference/preprocess-reference.py

Writes preprocess-sigma-clip.json, preprocess-boxes.json and preprocess-resize.json beside itself. The images are not
stored: the boxes are keyed by archive and file name, the clipped statistics and the resize by a seed for the same
generator in the test.
"""

import io
import json
import os
import warnings
import zipfile

import astropy
import cv2
import numpy as np
import PIL
from astropy.stats import sigma_clipped_stats
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
versions = {
    "astropy": astropy.__version__,
    "opencv": cv2.__version__,
    "numpy": np.__version__,
    "pillow": PIL.__version__,
}
warnings.filterwarnings("ignore")


def write(name, content):
    with open(os.path.join(here, name), "w") as f:
        json.dump({"versions": versions, **content}, f, separators=(",", ":"))
        f.write("\n")


def lcg(seed, n):
    """Numbers in [0, 1) from Knuth's MMIX generator, upper 32 bits; repeated bit for bit in the test."""
    state = seed
    out = np.empty(n)
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 32) / 2**32
    return out


def sample(case):
    u = lcg(case, 2 * 900)
    a, b = u[:900], u[900:]
    kind = case % 10
    # -log keeps a long tail to clip; every value is exact to the last bit only for the four basic operations,
    # so the transcendental-free forms below are what the test repeats.
    v = (a + b - 1) * 10
    if kind == 1:
        v = v + 200 * (a > 0.93)
    if kind == 2:
        v = v / (b + 0.01)
    if kind == 3:
        v = np.floor(a * 256)
    if kind == 4:
        v = np.where(b < 0.2, np.nan, v + 50 * (a > 0.9))
    if kind == 5:
        v = np.full(900, 3.25)
    if kind == 6:
        v = v[:1]
    if kind == 7:
        v = np.where(a < 0.1, np.inf, np.where(a < 0.2, -np.inf, v * v))
    if kind == 8:
        v = v[: 2 + case % 7]
    if kind == 9:
        v = 1e6 + v * v * v
    return v


def number(x):
    x = float(x)
    return x if np.isfinite(x) else str(x)


clip = []
for case in range(1, 51):
    sigma = [4, 3, 2, 4, 4][case % 5]
    maxiters = 5 if case % 3 else 1
    mean, median, std = sigma_clipped_stats(sample(case), sigma=sigma, maxiters=maxiters)
    clip.append(
        {
            "case": case,
            "sigma": sigma,
            "maxIters": maxiters,
            "mean": number(mean),
            "median": number(median),
            "std": number(std),
        }
    )
every_nan = sigma_clipped_stats(np.full(9, np.nan), sigma=4)
write("preprocess-sigma-clip.json", {"cases": clip, "everyNan": [number(v) for v in every_nan]})


def central_box(rgb, threshold, sigma=4):
    im = np.nan_to_num(rgb[:, :, 0])
    _, median, std = sigma_clipped_stats(im, sigma=sigma)
    level = median + (sigma if threshold == "paper" else 1) * std
    mask = (im > level).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    centre = (im.shape[1] // 2, im.shape[0] // 2)
    boxes = [cv2.boundingRect(c) for c in contours]
    # The order of OpenCV's list differs from a scan from the top: a checksum that does not depend on order.
    total = [int(v) for v in np.sum(np.array(boxes, dtype=np.int64).reshape(-1, 4) ** 2, axis=0)]
    for c, box in zip(contours, boxes):
        if cv2.pointPolygonTest(c, centre, False) == 1:
            return len(contours), total, list(box)
    return len(contours), total, None


boxes = {}
data = os.environ["LATENT_SKY_DATA"]
for archive, pick in (("decals-examples.zip", 1), ("galaxy-zoo-2-sample.zip", 7)):
    with zipfile.ZipFile(os.path.join(data, archive)) as z:
        names = sorted(n for n in z.namelist() if n.lower().endswith((".jpg", ".jpeg")))[::pick]
        for name in names:
            rgb = np.asarray(Image.open(io.BytesIO(z.read(name))).convert("RGB"))
            boxes[f"{archive}/{name}"] = {
                "sum": int(rgb.sum(dtype=np.int64)),
                **{
                    t: dict(zip(("contours", "squares", "box"), central_box(rgb, t)))
                    for t in ("paper", "astronomaly")
                },
            }
write("preprocess-boxes.json", {"images": boxes})

rng_image = np.floor(lcg(7, 97 * 83 * 3) * 120).reshape(83, 97, 3)
yy, xx = np.mgrid[:83, :97]
rng_image += np.floor(30000 / (200 + (xx - 40) * (xx - 40) + 3 * (yy - 50) * (yy - 50)))[..., None]
rng_image = np.minimum(rng_image, 255).astype(np.uint8)
resized = np.asarray(Image.fromarray(rng_image).resize((300, 300), Image.LANCZOS))
small = np.asarray(Image.fromarray(rng_image).resize((40, 40), Image.LANCZOS))
real = {}
with zipfile.ZipFile(os.path.join(data, "decals-examples.zip")) as z:
    for name in sorted(n for n in z.namelist() if n.endswith(".jpg"))[::40]:
        im = Image.open(io.BytesIO(z.read(name))).convert("RGB").crop((112, 102, 332, 312))
        out = np.asarray(im.resize((300, 300), Image.LANCZOS))
        # Every 29th pixel: enough to compare, too little to be the image.
        real[name] = out.reshape(-1, 3)[::29].ravel().tolist()[:900]
write(
    "preprocess-resize.json",
    {"enlarged": resized.ravel()[::17].tolist(), "shrunk": small.ravel().tolist(), "real": real},
)
