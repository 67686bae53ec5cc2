"""Golden values for lib/data/cutouts/wcs.ts and the cutouts: astropy's pixels, positions and Cutout2D.

Run from the project root: /usr/bin/python3 test/reference/data-wcs.py
Headers are written as lists of [keyword, value], positions in degrees, pixels counted from 0.
"""

import json
import warnings

import astropy
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

warnings.filterwarnings("ignore")
rng = np.random.default_rng(16)


def base(ra, dec, scale, angle=0.0, parity=-1, ctype="TAN", crpix=(1024.5, 1000.25)):
    a = np.deg2rad(angle)
    return {
        "NAXIS": 2, "NAXIS1": 2048, "NAXIS2": 2000,
        "CTYPE1": f"RA---{ctype}", "CTYPE2": f"DEC--{ctype}", "CUNIT1": "deg", "CUNIT2": "deg",
        "CRVAL1": ra, "CRVAL2": dec, "CRPIX1": crpix[0], "CRPIX2": crpix[1],
        "CD1_1": parity * scale * np.cos(a), "CD1_2": -scale * np.sin(a),
        "CD2_1": parity * scale * np.sin(a), "CD2_2": scale * np.cos(a),
    }


def sip(order, size):
    out = {"A_ORDER": order, "B_ORDER": order}
    for letter in "AB":
        for p in range(order + 1):
            for q in range(order + 1 - p):
                if p + q >= 2:
                    # A few pixels of distortion at the corners, 1000 pixels out.
                    out[f"{letter}_{p}_{q}"] = float(rng.uniform(-size, size) / 1000 ** (p + q))
    return out


def tpv(size, terms):
    out = {}
    for axis in (1, 2):
        out[f"PV{axis}_0"] = float(rng.uniform(-1e-4, 1e-4))
        out[f"PV{axis}_1"] = 1 + float(rng.uniform(-1e-3, 1e-3))
        for m in range(2, terms):
            out[f"PV{axis}_{m}"] = float(rng.uniform(-size, size))
    return out


cases = {
    "plain": base(150.1, 2.2, 0.262 / 3600),
    "rotated": base(219.8, -35.4, 0.6 / 3600, angle=37.0),
    "mirrored": base(33.0, 61.0, 0.4 / 3600, angle=-110.0, parity=1),
    "acrossZero": base(0.02, 10.0, 0.5 / 3600, angle=5.0),
    "nearPole": base(200.0, 89.8, 0.4 / 3600, angle=12.0),
    "atPole": base(20.0, 90.0, 0.4 / 3600),
    "farReference": base(75.0, -68.0, 0.2 / 3600, crpix=(-9000.0, 14000.0)),
    "sip": {**base(12.3, -8.5, 0.5 / 3600, angle=20.0, ctype="TAN-SIP"), **sip(4, 4.0)},
    "sipFiveth": {**base(300.0, 45.0, 1.2 / 3600, angle=-64.0, ctype="TAN-SIP"), **sip(5, 8.0)},
    "tpv": {**base(53.1, -27.8, 0.263 / 3600, angle=91.0, ctype="TPV"), **tpv(1e-3, 40)},
    "scamp": {**base(53.1, -27.8, 0.263 / 3600, angle=91.0), **tpv(1e-3, 17)},
    "lonpole": {**base(120.0, 20.0, 0.3 / 3600), "LONPOLE": 150.0},
}
pc = base(181.0, 33.0, 0.3 / 3600)
for key in ("CD1_1", "CD1_2", "CD2_1", "CD2_2"):
    del pc[key]
cases["pc"] = {**pc, "CDELT1": -0.3 / 3600, "CDELT2": 0.31 / 3600, "PC1_1": 0.8, "PC1_2": -0.6, "PC2_1": 0.6, "PC2_2": 0.8}
cases["crota"] = {**pc, "CDELT1": -0.3 / 3600, "CDELT2": 0.31 / 3600, "CROTA2": 25.0}
swap = base(81.0, -5.0, 0.3 / 3600, angle=10.0)
cases["swapped"] = {
    **swap, "CTYPE1": swap["CTYPE2"], "CTYPE2": swap["CTYPE1"], "CRVAL1": -5.0, "CRVAL2": 81.0,
    "CD1_1": swap["CD2_1"], "CD1_2": swap["CD2_2"], "CD2_1": swap["CD1_1"], "CD2_2": swap["CD1_2"],
}
# The rotation is that of the latitude's axis, here the first.
turned = {**pc, "CTYPE1": pc["CTYPE2"], "CTYPE2": pc["CTYPE1"], "CRVAL1": 33.0, "CRVAL2": 181.0}
cases["swappedCrota"] = {**turned, "CDELT1": 0.3 / 3600, "CDELT2": -0.31 / 3600, "CROTA1": 25.0}
# Without CDELT the matrix PC is in degrees.
cases["pcAlone"] = {**pc, "PC1_1": -0.3 / 3600, "PC1_2": 1e-5, "PC2_1": 2e-5, "PC2_2": 0.31 / 3600}

out = {"made by": {"astropy": astropy.__version__, "numpy": np.__version__}, "cases": {}}
for name, cards in cases.items():
    # SCAMP wrote TPV under the name of TAN; wcslib knows the polynomial by its own name only.
    proper = {k: v.replace("TAN", "TPV") if name == "scamp" and k.startswith("CTYPE") else v for k, v in cards.items()}
    wcs = WCS(fits.Header(list(proper.items())))
    pixels = np.vstack([[0, 0], [2047, 0], [0, 1999], [2047, 1999], rng.uniform(-30, 2070, (12, 2))])
    sky = wcs.all_pix2world(pixels, 0)
    back = wcs.all_world2pix(sky, 0, tolerance=1e-9, maxiter=60)
    assert np.abs(back - pixels).max() < 1e-5, (name, np.abs(back - pixels).max())
    if name.startswith("swapped"):
        sky = sky[:, ::-1]
    out["cases"][name] = {
        "header": [[k, v] for k, v in cards.items()],
        "pixels": pixels.round(9).tolist(),
        "sky": sky.tolist(),
    }

with open("test/reference/data-wcs.json", "w") as f:
    json.dump(out, f)
    f.write("\n")
print({k: len(v["pixels"]) for k, v in out["cases"].items()})
