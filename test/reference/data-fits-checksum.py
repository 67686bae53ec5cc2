"""FITS files that astropy sealed with DATASUM, for test/data/images/fits/check-datasum.test.ts.

Run from the project's root: /usr/bin/python3 test/reference/data-fits-checksum.py
"""
import base64
import gzip
import io
import json

import astropy
import numpy as np
from astropy.io import fits

rng = np.random.default_rng(4)


def sealed(*hdus):
    out = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(out, checksum=True)
    return base64.b64encode(gzip.compress(out.getvalue(), 9, mtime=0)).decode()


noise = rng.normal(size=(13, 7))
sky = fits.ImageHDU(rng.integers(0, 60000, (9, 11)).astype(np.uint16), name="SCI")
columns = [fits.Column("id", "5A", array=["a", "b", "c"]), fits.Column("mag", "E", array=[1.5, 2.5, 3.5])]
images = {
    "bytes": sealed(fits.PrimaryHDU(rng.integers(0, 255, (3, 5)).astype(np.uint8))),
    "16 bits": sealed(fits.PrimaryHDU(rng.integers(-3000, 3000, (9, 11)).astype(np.int16))),
    "floats": sealed(fits.PrimaryHDU(noise.astype(np.float32))),
    "doubles": sealed(fits.PrimaryHDU(noise)),
    "zeros": sealed(fits.PrimaryHDU(np.zeros((4, 4), np.int32))),
    "an extension behind a mask": sealed(fits.PrimaryHDU(), fits.ImageHDU(np.ones((9, 11), np.int16), name="DQ"), sky),
    "tiles": sealed(fits.PrimaryHDU(), fits.CompImageHDU(noise.astype(np.float32), compression_type="RICE_1")),
    "more words than carry once": sealed(fits.PrimaryHDU(np.full((300, 300), -1.5, np.float32))),
}
table = sealed(fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns))
out = {"astropy": astropy.__version__, "images": images, "table": table}
with open("test/reference/data-fits-checksum.json", "w") as f:
    json.dump(out, f)
