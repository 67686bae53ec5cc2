"""Section 2.1 with astropy, OpenCV and Pillow: JPEG folder -> 300 x 300 crops, on one process and on one a core.

    python3 bench/peers/preprocess.py FOLDER

Reads a task a line, "serial" or "parallel", and answers each with a line of JSON: seconds for all images.
"""

import glob
import json
import multiprocessing
import os
import sys
import time
import warnings

import astropy
import cv2
import numpy as np
import PIL
from astropy.stats import sigma_clipped_stats
from PIL import Image

warnings.filterwarnings("ignore")
cv2.setNumThreads(1)


def preprocess(path):
    image = Image.open(path).convert("RGB")
    rgb = np.asarray(image)
    plane = np.nan_to_num(rgb[:, :, 0])
    _, median, std = sigma_clipped_stats(plane, sigma=4)
    mask = (plane > median + 4 * std).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    height, width = plane.shape
    for c in contours:
        if cv2.pointPolygonTest(c, (width // 2, height // 2), False) == 1:
            x, y, w, h = cv2.boundingRect(c)
            box = (max(0, x - w // 2), max(0, y - h // 2), min(width, x + w + w // 2), min(height, y + h + h // 2))
            image = image.crop(box)
            break
    return np.asarray(image.resize((300, 300), Image.LANCZOS))


def checksum(path):
    """What a pool sends back: the pixels are made in the worker, as a data loader would keep them there."""
    return int(preprocess(path)[::50, ::50].sum())


def main():
    files = sorted(glob.glob(os.path.join(sys.argv[1], "*.jpg")))
    cores = len(os.sched_getaffinity(0))
    versions = {"astropy": astropy.__version__, "opencv": cv2.__version__, "pillow": PIL.__version__}
    with multiprocessing.Pool(cores) as pool:
        pool.map(checksum, files[: 4 * cores], chunksize=2)
        checksum(files[0])
        for line in sys.stdin:
            start = time.perf_counter()
            if line.strip() == "serial":
                for f in files:
                    checksum(f)
            else:
                pool.map(checksum, files, chunksize=8)
            answer = {"seconds": time.perf_counter() - start, "cores": cores, "versions": versions}
            print(json.dumps(answer), flush=True)


main()
