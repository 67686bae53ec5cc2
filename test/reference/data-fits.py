"""Golden FITS files for test/data/images/fits/read-fits.test.ts: small files written by astropy, and the values it reads.

Run from the project's root: /usr/bin/python3 test/reference/data-fits.py
"""
import base64
import gzip
import io
import json

import astropy
import numpy as np
from astropy.io import fits

rng = np.random.default_rng(7)
cases = []


def pack(hdus):
    out = io.BytesIO()
    fits.HDUList(hdus).writeto(out, output_verify="silentfix")
    return out.getvalue()


def number(v):
    return None if np.isnan(v) else float(v) if np.isfinite(v) else str(v)


def case(name, raw, unit=None, read=None, every=1):
    """`unit` is what the reader is asked for, `read` the unit that astropy reads; default the first with data."""
    if isinstance(raw, list):
        raw = pack(raw)
    with fits.open(io.BytesIO(raw)) as f:
        at = read if read is not None else unit
        data = np.asarray((next(h for h in f if h.is_image and h.data is not None) if at is None else f[at]).data)
        values = [number(v) for v in data.ravel()[::every]]
    file = base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()
    cases.append({"name": name, "unit": unit, "file": file, "shape": list(data.shape), "every": every, "values": values})


def image(dtype, low, high, shape=(4, 5)):
    return rng.integers(low, high, size=shape).astype(dtype)


def with_keys(hdu, **keys):
    for key, value in keys.items():
        hdu.header[key] = value
    return hdu


primary = fits.PrimaryHDU

# ---- how numbers are stored
case("bitpix 8", [primary(image(np.uint8, 0, 255))])
case("bitpix 8 signed through BZERO", [primary(image(np.int8, -128, 127))])
case("bitpix 16", [primary(image(np.int16, -30000, 30000))])
case("bitpix 16 unsigned through BZERO", [primary(image(np.uint16, 0, 65535))])
case("bitpix 32", [primary(image(np.int32, -(2**30), 2**30))])
case("bitpix 32 unsigned through BZERO", [primary(image(np.uint32, 0, 2**32 - 1))])
case("bitpix 64", [primary(image(np.int64, -(2**40), 2**40))])
unsigned = image(np.uint64, 0, 2**62)
unsigned[0, :3] = [5, 6, 7]
case("bitpix 64 unsigned through BZERO, small values kept apart", [primary(unsigned)])
case("bitpix -64", [primary(rng.normal(size=(4, 5)))])
case("bitpix -64 beyond 32-bit floats", [primary(np.arange(1.0, 21).reshape(4, 5) * 1e60)])
case("bitpix -64 below 32-bit floats", [primary(np.arange(1.0, 21).reshape(4, 5) * 1e-60)])
case("bitpix 32 that 32-bit floats round together", [primary(2**30 + np.arange(20, dtype=np.int32).reshape(4, 5))])
floats = rng.normal(size=(4, 5)).astype(np.float32)
floats[1, 2] = np.nan
floats[0, 1] = np.inf
case("bitpix -32 with NaN and infinity", [primary(floats)])

# ---- scaling and BLANK
scaled = primary(rng.normal(100, 20, size=(4, 5)).astype(np.float32))
scaled.scale("int16", bscale=0.01, bzero=100)
case("BSCALE and BZERO of 16 bits", [scaled])
scaled = primary(rng.normal(1e5, 200, size=(4, 5)))
scaled.scale("int32", bscale=0.001, bzero=1e5)
case("BSCALE and BZERO of 32 bits", [scaled])
stored = primary(rng.normal(size=(4, 5)))
raw = pack([stored]).replace(b"EXTEND  =                    T", b"BSCALE  =                2.5D0", 1)
case("BSCALE of floats, with a D exponent", raw)
for dtype, blank in [(np.uint8, 7), (np.int16, -999), (np.int32, -(2**31))]:
    data = image(dtype, 10, 100)
    data[2, 3] = blank
    case(f"BLANK of {np.dtype(dtype).name}", [with_keys(primary(data), BLANK=blank)])
data = image(np.int16, 0, 100)
data[2, 3] = -999
case("BLANK is of the stored number, before BSCALE", [with_keys(primary(data), BLANK=-999, BSCALE=0.5, BZERO=7.0)])

# ---- axes
cube = rng.normal(size=(3, 4, 5)).astype(np.float32)
case("three planes", [primary(cube)])
case("degenerate axes", [primary(cube[:1][None])])
case("three planes and a degenerate axis", [primary(cube[None])])
case("one row", [primary(cube[:1, :1].reshape(1, 5))])

# ---- units
table = fits.BinTableHDU.from_columns([fits.Column("x", "D", array=np.arange(3.0))])
sci, err = image(np.int16, 0, 100), image(np.int32, 0, 100)
several = pack([primary(), table, fits.ImageHDU(sci, name="SCI"), fits.ImageHDU(err, name="ERR")])
case("first image of several units", several, read=2)
case("unit by name", several, "ERR")
case("unit by index", several, 3)
weight = fits.ImageHDU(np.ones((4, 5), np.float32), name="WHT")
second = fits.ImageHDU(err, name="SCI", ver=2)
ordered = pack([primary(), weight, fits.ImageHDU(sci, name="SCI"), second])
case("SCI behind its weight map", ordered, read=2)
case("SCI by name, in another case", ordered, "sci", read=2)
case("unit by name and EXTVER", ordered, "SCI,2", read=3)
case("SCI in an extension, a preview in the primary unit", [primary(err), fits.ImageHDU(sci, name="SCI")], read=1)
case("no SCI: what is not named as a mask", [primary(), fits.ImageHDU(err, name="MASK"), fits.ImageHDU(sci)], read=2)
case("Euclid's names", [primary(), fits.ImageHDU(err, name="VIS.RMS"), fits.ImageHDU(sci, name="VIS.SCI")], read=2)
wordy = primary(sci)
wordy.header["LONGTEXT"] = "a sentence of more than sixty-eight letters that goes on over CONTINUE cards " * 3
wordy.header["HIERARCH ESO DET CHIP1 NAME"] = "BZERO = 5"
wordy.header["COMMENT"] = "BSCALE  = 3"
for k in range(120):
    wordy.header[f"KEY{k}"] = k
case("a header of several blocks, CONTINUE, HIERARCH and COMMENT", [wordy])


# ---- tile compression
def tiled(name, data, tile=None, keys=None, **options):
    hdu = fits.CompImageHDU(data, tile_size=tile, **options)
    case(f"tiles: {name}", [primary(), with_keys(hdu, **(keys or {}))])


shape = (11, 13)
smooth = (np.add.outer(np.arange(11), np.arange(13)) * 3 + rng.integers(0, 4, shape)).astype(np.int16)
sky = rng.normal(1000, 8, shape).astype(np.float32)
holes = sky.copy()
holes[3, 4:9] = np.nan
zeros = rng.normal(0, 8, shape).astype(np.float32)
zeros[5, 2:6] = 0
tiled("Rice, 16 bits", smooth, compression_type="RICE_1")
tiled("Rice, 32 bits", smooth.astype(np.int32) * 70000, compression_type="RICE_1")
tiled("Rice, 8 bits", smooth.astype(np.uint8), compression_type="RICE_1")
tiled("Rice, noise that is stored as it is", image(np.int32, -(2**31), 2**31 - 1, shape), compression_type="RICE_1")
tiled("Rice, unsigned 16 bits", smooth.astype(np.uint16) + 40000, compression_type="RICE_1")
tiled("Rice, constant", np.full(shape, 42, np.int16), compression_type="RICE_1")
tiled("Rice, square tiles that are cut at the edges", smooth, (5, 4), compression_type="RICE_1")
gaps = np.where(smooth == smooth[2, 2], -999, smooth).astype(np.int16)
tiled("Rice, BLANK", gaps, keys={"BLANK": -999}, compression_type="RICE_1")
# astropy 5.2 leaves BLANK in compressed integers alone; the standard says NaN, as it reads in the plain image.
cases[-1]["values"] = [None if v == -999 else float(v) for v in gaps.ravel()]
tiled("Rice, three planes", np.stack([smooth, smooth + 1, smooth * 2]), compression_type="RICE_1")
tiled("Rice, three planes in one tile", np.stack([smooth, smooth + 1, smooth * 2]), (13, 11, 3), compression_type="RICE_1")
tiled("gzip 1, 16 bits", smooth, compression_type="GZIP_1")
tiled("gzip 2, 16 bits", smooth, compression_type="GZIP_2")
tiled("gzip 1, 32 bits", smooth.astype(np.int32) * 70000, compression_type="GZIP_1")
tiled("gzip 2, 32 bits", smooth.astype(np.int32) * 70000, compression_type="GZIP_2")
for method in ("RICE_1", "GZIP_1", "GZIP_2"):
    tiled(f"{method}, floats without dither", sky, compression_type=method, quantize_method=-1)
    tiled(f"{method}, floats with dither 1", sky, compression_type=method, quantize_method=1, dither_seed=42)
    tiled(f"{method}, NaN under dither 1", holes, (13, 11), compression_type=method, quantize_method=1, dither_seed=9999)
    tiled(f"{method}, zeros under dither 2", zeros, compression_type=method, quantize_method=2, dither_seed=7)
tiled("doubles with dither 1", sky.astype(np.float64), compression_type="RICE_1", quantize_method=1, dither_seed=1)
tiled("gzip 1, floats as they are", holes, compression_type="GZIP_1", quantize_level=0)
tiled("gzip 2, floats as they are", holes, compression_type="GZIP_2", quantize_level=0)
tiled("gzip 2, doubles as they are", holes.astype(np.float64) / 3, compression_type="GZIP_2", quantize_level=0)
partly = sky.copy()
partly[4] = 5.5
tiled("a constant row among floats, which is gzipped", partly, compression_type="RICE_1", quantize_method=1, dither_seed=3)
long = rng.normal(50, 3, (2, 11000)).astype(np.float32)
wide = fits.CompImageHDU(long, compression_type="RICE_1", quantize_method=1, quantize_level=2, dither_seed=9999)
case("tiles: more pixels than the table has random numbers", [primary(), wide], every=97)
sci = fits.CompImageHDU(smooth, name="SCI", compression_type="RICE_1")
case("tiles: SCI beside a plain weight map", [primary(), fits.ImageHDU(np.ones(shape, np.float32), name="WHT"), sci], read=2)

tiled("floats at an absolute step, which is no whole number", sky, compression_type="RICE_1", quantize_level=-0.25, quantize_method=1, dither_seed=5)

data = np.arange(20, dtype=np.int64).reshape(4, 5)
data[1, 2:4] = np.iinfo(np.int64).min
case("BLANK is the smallest of 64 bits", [with_keys(primary(data), BLANK=int(np.iinfo(np.int64).min))])

# ---- compression that is not read here
refused = []
for method in ("HCOMPRESS_1", "PLIO_1"):
    raw = pack([primary(), fits.CompImageHDU(smooth, tile_size=(13, 11), compression_type=method)])
    refused.append({"name": method, "file": base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()})

with open("test/reference/data-fits.json", "w") as f:
    json.dump({"astropy": astropy.__version__, "numpy": np.__version__, "cases": cases, "refused": refused}, f)
print(len(cases), "cases")
