"""Golden values for lib/data/cutouts: astropy's all_world2pix and Cutout2D on four overlapping tiles, and Lupton's RGB.

Run from the project root: /usr/bin/python3 test/reference/data-cutouts.py
The pixels of tile t are (13 x + 7 y + 101 t) mod 1009, which the test writes for itself.
"""

import json
import warnings

import astropy
import numpy as np
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.nddata.utils import NoOverlapError
from astropy.visualization import make_lupton_rgb
from astropy.wcs import WCS

warnings.filterwarnings("ignore")
rng = np.random.default_rng(11)
WIDTH, HEIGHT = 400, 380
SCALE = 0.5 / 3600

tiles = []
for t, (dra, ddec, angle) in enumerate([(-0.025, -0.022, 8.0), (0.025, -0.022, -95.0), (-0.025, 0.022, 181.0), (0.025, 0.022, 33.0)]):
    a = np.deg2rad(angle)
    cards = {
        "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP",
        "CRVAL1": 149.9 + dra / np.cos(np.deg2rad(2.3)), "CRVAL2": 2.3 + ddec, "CRPIX1": 200.5, "CRPIX2": 190.5,
        "CD1_1": -SCALE * np.cos(a), "CD1_2": SCALE * np.sin(a), "CD2_1": SCALE * np.sin(a), "CD2_2": SCALE * np.cos(a),
        "A_ORDER": 3, "B_ORDER": 3,
    }
    for letter in "AB":
        for p in range(4):
            for q in range(4 - p):
                if p + q >= 2:
                    cards[f"{letter}_{p}_{q}"] = float(rng.uniform(-3, 3) / 200 ** (p + q))
    tiles.append(cards)

sources = np.column_stack([149.9 + rng.uniform(-0.062, 0.062, 120), 2.3 + rng.uniform(-0.055, 0.055, 120)]).round(7)
sides = rng.integers(9, 60, 120)
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
expected = []
for s, ((ra, dec), side) in enumerate(zip(sources, sides)):
    on = []
    for t, cards in enumerate(tiles):
        wcs = WCS(fits.Header(list(cards.items())))
        try:
            px, py = (float(v) for v in wcs.all_world2pix(ra, dec, 0, tolerance=1e-9, maxiter=50, quiet=True))
        except Exception:
            continue
        if not (-0.5 <= px <= WIDTH - 0.5 and -0.5 <= py <= HEIGHT - 0.5):
            continue
        data = ((13 * x + 7 * y + 101 * t) % 1009).astype(float)
        try:
            cut = Cutout2D(data, (px, py), int(side), mode="partial", fill_value=np.nan)
        except NoOverlapError:
            continue
        top = cut.data[::-1]  # rows from the top
        weights = np.arange(top.size).reshape(top.shape) % 97 + 1
        on.append({
            "tile": t, "x": px, "y": py, "empty": int(np.isnan(top).sum()),
            "sum": float(np.nansum(top * weights)), "corner": None if np.isnan(top[0, 0]) else float(top[0, 0]),
        })
    expected.append(on)

rgb = rng.normal(2, 30, (3, 6, 7)).round(3)
rgb[:, 0, 0] = [900, 500, 20]
rgb[:, 0, 1] = [-5, 3, -2]
lupton = []
for minimum, stretch, q in [(0, 5, 8), ([0.5, -1, 2], 20, 10), (1, 0.5, 0)]:
    image = make_lupton_rgb(*rgb, minimum=minimum, stretch=stretch, Q=q)
    lupton.append({"minimum": minimum, "stretch": stretch, "Q": q, "bytes": image.reshape(-1).tolist()})

out = {
    "made by": {"astropy": astropy.__version__, "numpy": np.__version__},
    "width": WIDTH, "height": HEIGHT, "tiles": [[[k, v] for k, v in c.items()] for c in tiles],
    "sources": [{"ra": float(r), "dec": float(d), "side": int(s), "on": o} for (r, d), s, o in zip(sources, sides, expected)],
    "lupton": {"bands": rgb.reshape(3, -1).tolist(), "width": 7, "height": 6, "cases": lupton},
}
with open("test/reference/data-cutouts.json", "w") as f:
    json.dump(out, f)
    f.write("\n")
print(sum(len(o) for o in expected), "placings,", sum(len(o) > 1 for o in expected), "in overlaps,", sum(not o for o in expected), "outside")
