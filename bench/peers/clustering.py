"""scikit-learn's side of bench/clustering.ts: tasks on stdin, one line of JSON each on stdout.

Arguments: a file of mixture rows (f64, D 29) and a file of features (f32, D 512).
"""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import BayesianGaussianMixture

warnings.filterwarnings("ignore")
rows = np.fromfile(sys.argv[1], np.float64).reshape(-1, 29)
features = np.fromfile(sys.argv[2], np.float32).reshape(-1, 512)
features64 = features.astype(np.float64)


def mixture():
    model = BayesianGaussianMixture(
        n_components=20, weight_concentration_prior=0.5, max_iter=100, tol=0, n_init=1, random_state=0
    ).fit(rows)
    return {"bound": model.lower_bound_, "iterations": model.n_iter_}


def pca(x):
    model = PCA(n_components=0.95, svd_solver="full")
    model.fit_transform(x)
    return {"components": int(model.n_components_), "first": float(model.explained_variance_[0])}


tasks = {"mixture": mixture, "pca-f64": lambda: pca(features64), "pca-f32": lambda: pca(features)}
for line in sys.stdin:
    start = time.perf_counter()
    answer = tasks[line.strip()]()
    print(json.dumps({"seconds": time.perf_counter() - start, **answer}), flush=True)
