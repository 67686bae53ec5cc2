"""Golden FITS files for test/data/images/fits.test.ts: small files written by astropy, and the values astropy reads back.

Run from the project's root: /usr/bin/python3 test/reference/data-fits.py
"""
import base64
import io
import json

import astropy
import numpy as np
from astropy.io import fits

rng = np.random.default_rng(7)


def pack(hdus):
    out = io.BytesIO()
    fits.HDUList(hdus).writeto(out)
    return out.getvalue()


def case(name, raw, unit=None):
    with fits.open(io.BytesIO(raw)) as f:
        hdu = next(h for h in f if h.data is not None) if unit is None else f[unit]
        data = np.asarray(hdu.data, dtype=np.float64)
    flat = [None if np.isnan(v) else float(v) for v in data.ravel()]
    return {"name": name, "unit": unit, "file": base64.b64encode(raw).decode(), "shape": list(data.shape), "values": flat}


def image(dtype, low, high):
    return rng.integers(low, high, size=(4, 5)).astype(dtype)


cases = [
    case("bitpix 8", pack([fits.PrimaryHDU(image(np.uint8, 0, 255))])),
    case("bitpix 16", pack([fits.PrimaryHDU(image(np.int16, -30000, 30000))])),
    case("bitpix 16 unsigned through BZERO", pack([fits.PrimaryHDU(image(np.uint16, 0, 65535))])),
    case("bitpix 32", pack([fits.PrimaryHDU(image(np.int32, -(2**30), 2**30))])),
    case("bitpix 64", pack([fits.PrimaryHDU(image(np.int64, -(2**40), 2**40))])),
    case("bitpix -64", pack([fits.PrimaryHDU(rng.normal(size=(4, 5)))])),
]
floats = rng.normal(size=(4, 5)).astype(np.float32)
floats[1, 2] = np.nan
cases.append(case("bitpix -32 with NaN", pack([fits.PrimaryHDU(floats)])))

scaled = fits.PrimaryHDU(rng.normal(100, 20, size=(4, 5)).astype(np.float32))
scaled.scale("int16", bscale=0.01, bzero=100)
cases.append(case("BSCALE and BZERO", pack([scaled])))

blank = fits.PrimaryHDU(image(np.int16, 0, 100))
blank.data[2, 3] = -999
blank.header["BLANK"] = -999
cases.append(case("BLANK", pack([blank])))

cube = rng.normal(size=(3, 4, 5)).astype(np.float32)
cases.append(case("three planes", pack([fits.PrimaryHDU(cube)])))
cases.append(case("degenerate axes", pack([fits.PrimaryHDU(cube[:1][None])])))

table = fits.BinTableHDU.from_columns([fits.Column("x", "D", array=np.arange(3.0))])
several = pack(
    [
        fits.PrimaryHDU(),
        table,
        fits.ImageHDU(image(np.int16, 0, 100), name="SCI"),
        fits.ImageHDU(image(np.int32, 0, 100), name="ERR"),
    ]
)
cases.append(case("first image of several units", several, 2) | {"unit": None})
cases.append(case("unit by name", several, "ERR"))
cases.append(case("unit by index", several, 3))

with open("test/reference/data-fits.json", "w") as f:
    json.dump({"astropy": astropy.__version__, "numpy": np.__version__, "cases": cases}, f)
