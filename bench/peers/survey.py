"""Cutouts with astropy: every source of a catalogue from its tile, one process a core, tiles opened once each.

"cutouts" gives Cutout2D the position on the sky, as its documentation does; "pixels" turns all positions of a tile into
pixels at once first, which few scripts do.

    python3 bench/peers/survey.py FOLDER

Reads a task a line and answers with a line of JSON: seconds, cutouts, and their sum.
"""

import glob
import json
import multiprocessing
import os
import sys
import time
import warnings

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS

warnings.filterwarnings("ignore")
folder = sys.argv[1]
SIDE = 64
tiles = sorted(glob.glob(os.path.join(folder, "tiles", "*.fits")))
catalogue = np.loadtxt(os.path.join(folder, "catalogue.csv"), delimiter=",", skiprows=1)


def one_tile(job):
    """All sources of the tile."""
    path, by_sky = job
    with fits.open(path, memmap=True) as hdus:
        data, header = hdus[0].data, hdus[0].header
        wcs = WCS(header)
        height, width = data.shape
        ra, dec = catalogue[:, 1], catalogue[:, 2]
        centre = wcs.all_pix2world([[width / 2, height / 2]], 0)[0]
        near = np.flatnonzero(np.hypot((ra - centre[0]) * np.cos(np.deg2rad(dec)), dec - centre[1]) < 0.8 * width * 0.262 / 3600)
        x, y = wcs.all_world2pix(ra[near], dec[near], 0, quiet=True)
        count, total = 0, 0.0
        for s, (px, py) in enumerate(zip(x, y)):
            if not (0 <= px < width and 0 <= py < height):
                continue
            position = SkyCoord(ra[near[s]], dec[near[s]], unit="deg") if by_sky else (px, py)
            cut = Cutout2D(data, position, SIDE, wcs=wcs if by_sky else None, mode="partial", fill_value=np.nan)
            total += float(np.nansum(np.asarray(cut.data, dtype=np.float32)))
            count += 1
    return count, total


if __name__ == "__main__":
    cores = len(os.sched_getaffinity(0))
    with multiprocessing.Pool(cores) as pool:
        for line in sys.stdin:
            start = time.perf_counter()
            found = pool.map(one_tile, [(t, line.strip() == "cutouts") for t in tiles], chunksize=1)
            seconds = time.perf_counter() - start
            print(json.dumps({"seconds": seconds, "cutouts": sum(c for c, _ in found), "sum": sum(t for _, t in found), "cores": cores}), flush=True)
