"""Golden TIFF files for test/data/images/tiff/read-tiff.test.ts: small files written by libtiff, and the values put in.

Run from the project's root: /usr/bin/python3 test/reference/data-tiff.py
"""
import base64
import ctypes
import gzip
import json
import os
import tempfile

import numpy as np

lib = ctypes.CDLL("libtiff.so.6")
lib.TIFFOpen.restype = ctypes.c_void_p
lib.TIFFGetVersion.restype = ctypes.c_char_p
for function in (lib.TIFFWriteEncodedStrip, lib.TIFFWriteEncodedTile):
    function.restype = ctypes.c_ssize_t
    function.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_ssize_t]
lib.TIFFWriteDirectory.argtypes = lib.TIFFClose.argtypes = [ctypes.c_void_p]

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, ROWS, PLANAR = 254, 256, 257, 258, 259, 262, 277, 278, 284
PREDICTOR, TILE_WIDTH, TILE_HEIGHT, EXTRA, FORMAT = 317, 322, 323, 338, 339
COMPRESSIONS = {"none": 1, "lzw": 5, "deflate": 8, "packbits": 32773, "zstd": 50000}
cases = []


def put(handle, tag, *values):
    assert lib.TIFFSetField(ctypes.c_void_p(handle), ctypes.c_uint32(tag), *values) == 1, tag


def write_page(handle, data, compression="none", predictor=1, tile=None, rows=3, planar=False, photometric=None, subfile=0, alpha=None, bits=None):
    """`data` is [height, width, samples]; what goes in is its bytes, which libtiff turns into the file's order."""
    height, width, samples = data.shape
    if predictor == 3 and lib.TIFFIsByteSwapped(ctypes.c_void_p(handle)):
        # libtiff 4.5 swaps bytes before this predictor and so does not read back what it wrote; swapped twice, it does.
        data = data.byteswap()
    put(handle, SUBFILE, ctypes.c_uint32(subfile))
    put(handle, WIDTH, ctypes.c_uint32(width))
    put(handle, HEIGHT, ctypes.c_uint32(height))
    put(handle, BITS, ctypes.c_int(bits or data.dtype.itemsize * 8))
    put(handle, FORMAT, ctypes.c_int({"u": 1, "i": 2, "f": 3}[data.dtype.kind]))
    put(handle, COMPRESSION, ctypes.c_int(COMPRESSIONS[compression]))
    if predictor != 1:
        put(handle, PREDICTOR, ctypes.c_int(predictor))
    put(handle, PHOTOMETRIC, ctypes.c_int(photometric if photometric is not None else 2 if samples >= 3 else 1))
    put(handle, SAMPLES, ctypes.c_int(samples))
    put(handle, PLANAR, ctypes.c_int(2 if planar else 1))
    extra = samples - (3 if (photometric if photometric is not None else samples >= 3 and 2) == 2 else 1)
    if extra > 0:
        kinds = (ctypes.c_uint16 * extra)(*([0] * extra if alpha is None else [alpha]))
        put(handle, EXTRA, ctypes.c_int(extra), kinds)
    if tile:
        put(handle, TILE_WIDTH, ctypes.c_uint32(tile))
        put(handle, TILE_HEIGHT, ctypes.c_uint32(tile))
    else:
        put(handle, ROWS, ctypes.c_uint32(rows))
    index = 0
    for plane in [data[:, :, s : s + 1] for s in range(samples)] if planar else [data]:
        if tile:
            for y in range(0, height, tile):
                for x in range(0, width, tile):
                    block = np.zeros((tile, tile, plane.shape[2]), data.dtype)
                    part = plane[y : y + tile, x : x + tile]
                    block[: part.shape[0], : part.shape[1]] = part
                    raw = block.tobytes()
                    assert lib.TIFFWriteEncodedTile(handle, index, raw, len(raw)) == len(raw)
                    index += 1
        else:
            for y in range(0, height, rows):
                raw = pack12(plane[y : y + rows]) if bits == 12 else plane[y : y + rows].tobytes()
                assert lib.TIFFWriteEncodedStrip(handle, index, raw, len(raw)) == len(raw)
                index += 1
    assert lib.TIFFWriteDirectory(handle) == 1


def pack12(rows):
    """Twelve bits a sample, rows at whole bytes."""
    out = b""
    for row in rows.reshape(rows.shape[0], -1):
        bits = "".join(f"{int(v):012b}" for v in row)
        bits += "0" * (-len(bits) % 8)
        out += bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    return out


def case(name, pages, mode="wl", want=None, refused=None, every=1, **options):
    """`want` is [height, width, channels]; default what was put in."""
    path = os.path.join(tempfile.mkdtemp(), "a.tif")
    handle = lib.TIFFOpen(path.encode(), mode.encode())
    for page in pages if isinstance(pages, list) else [pages]:
        data, own = page if isinstance(page, tuple) else (page, {})
        write_page(handle, data, **{**options, **own})
    lib.TIFFClose(handle)
    with open(path, "rb") as f:
        file = base64.b64encode(gzip.compress(f.read(), 9, mtime=0)).decode()
    if refused:
        cases.append({"name": name, "file": file, "refused": refused})
        return
    want = pages if want is None else want
    values = [float(v) if np.isfinite(v) else str(float(v)) for v in want.ravel()[::every]]
    cases.append({"name": name, "file": file, "shape": list(want.shape), "every": every, "values": values})


def ramp(dtype, samples=1, height=7, width=9):
    """Values to both ends of what the type holds."""
    n = height * width * samples
    kind = np.dtype(dtype)
    if kind.kind == "f":
        top = min(float(np.finfo(kind).max), 1e300) * 0.9
        v = np.linspace(-1, 1, n) ** 3 * top
        v[1:4] = [np.nan, np.inf, 0.1]
    else:
        info = np.iinfo(kind)
        # In steps of whole numbers: the ends of 64 bits are beyond what doubles step by one.
        step = (int(info.max) - int(info.min)) // (n - 1)
        v = np.array([int(info.min) + step * i for i in range(n)], dtype=object)
    return v.astype(kind).reshape(height, width, samples)


for order, mode in (("little-endian", "wl"), ("big-endian", "wb")):
    for dtype in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"):
        case(f"{np.dtype(dtype).name}, {order}", ramp(dtype), mode)
    for method in ("lzw", "deflate", "packbits", "zstd"):
        case(f"float32, {method}, {order}", ramp("f4"), mode, compression=method)
        case(f"uint16, {method}, {order}", ramp("u2"), mode, compression=method)
        if method != "packbits":
            for dtype in ("u1", "u2", "i4", "u8"):
                case(f"{np.dtype(dtype).name}, {method} with differences, {order}", ramp(dtype, 3), mode, compression=method, predictor=2)
            for dtype in ("f2", "f4", "f8"):
                case(f"{np.dtype(dtype).name}, {method} with the floating point predictor, {order}", ramp(dtype), mode, compression=method, predictor=3)
    case(f"float32 of three samples, tiles and the floating point predictor, {order}", ramp("f4", 3, 18, 21), mode, compression="deflate", predictor=3, tile=16, every=7)

for dtype in ("u1", "u2", "f4"):
    name = np.dtype(dtype).name
    case(f"{name}, three planes in strips", ramp(dtype, 3), planar=True)
    case(f"{name}, three planes in tiles", ramp(dtype, 3, 18, 21), planar=True, tile=16, every=5)
    case(f"{name}, three samples without a colour", ramp(dtype, 3), photometric=1)
    case(f"{name}, a colour and transparency", ramp(dtype, 4), want=ramp(dtype, 4)[:, :, :3], alpha=2)
    case(f"{name}, grey and transparency in planes", ramp(dtype, 2), want=ramp(dtype, 2)[:, :, :1], alpha=1, planar=True)
    case(f"{name}, five samples", ramp(dtype, 5), refused="5 samples", photometric=1)
    case(f"{name}, five planes", ramp(dtype, 5), refused="5 samples", photometric=1, planar=True)
    case(f"{name}, a colour and something else", ramp(dtype, 4), refused="4 samples")
    three = [ramp(dtype), ramp(dtype)[::-1], ramp(dtype)[:, ::-1]]
    case(f"{name}, three pages", three, want=np.concatenate(three, 2))
    case(f"{name}, two pages", three[:2], refused="2 pages")
    case(f"{name}, pages of two sizes", [ramp(dtype), ramp(dtype, 1, 3, 4)], refused="differ in size")
    small = (ramp(dtype, 1, 3, 4), {"subfile": 1})
    case(f"{name}, with a smaller copy of itself", [ramp(dtype), small], want=ramp(dtype))
case("three pages of two types", [ramp("u2"), ramp("f4"), ramp("f4")], refused="different kinds of numbers")
case("BigTIFF", ramp("f4", 3), "w8")
white = ramp("u2")
case("white is zero", white, want=65535 - white, photometric=0)
rng = np.random.default_rng(5)
case("long LZW", rng.integers(0, 4096, (64, 64, 1)).astype("u2"), compression="lzw", rows=64, every=11)
case("long repeats in LZW", (np.arange(96 * 96).reshape(96, 96, 1) // 700).astype("u2"), compression="lzw", rows=96, every=97)
twelve = rng.integers(0, 4096, (7, 9, 1)).astype("u2")
case("12 bits a sample", twelve, bits=12)
case("12 bits a sample, big-endian", twelve, "wb", bits=12)
case("uint8, one plane in tiles of its own", ramp("u1", 1, 18, 21), planar=True, tile=16)

with open("test/reference/data-tiff.json", "w") as f:
    json.dump({"libtiff": lib.TIFFGetVersion().decode().split("\n")[0], "cases": cases}, f)
print(len(cases), "cases")
