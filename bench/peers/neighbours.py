"""scikit-learn's and umap-learn's side of bench/neighbours.ts: tasks on stdin, one line of JSON each on stdout.

Arguments: PCA-like rows (f64, D 29), features (f32, D 512), their labels (int32), and
where to write the picture that umap-learn made (f32, [n, 2]).
"""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern, WhiteKernel
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

try:
    import umap
except ImportError:
    umap = None

warnings.filterwarnings("ignore")
rows = np.fromfile(sys.argv[1], np.float64).reshape(-1, 29)
features = np.fromfile(sys.argv[2], np.float32).reshape(-1, 512)
labels = np.fromfile(sys.argv[3], np.int32)
known = rows[:200]
scores = np.clip(np.round(2.5 + known[:, 0] / 2), 0, 5)


def kernel():
    return Matern(length_scale=10.0, nu=1.5) + WhiteKernel(0.5)


fixed = GaussianProcessRegressor(kernel=kernel(), alpha=1e-10, optimizer=None).fit(known, scores)


def gp_predict():
    mean, std = fixed.predict(rows, return_std=True)
    return {"mean": float(mean.sum()), "std": float(std.sum())}


def gp_fit():
    gp = GaussianProcessRegressor(kernel=kernel(), alpha=1e-10).fit(known, scores)
    return {"likelihood": float(gp.log_marginal_likelihood_value_)}


def knn():
    accuracies = []
    for seed in range(50):
        train, test = train_test_split(np.arange(len(labels)), test_size=0.25, random_state=seed)
        model = KNeighborsClassifier(5).fit(features[train], labels[train])
        accuracies.append(model.score(features[test], labels[test]))
    return {"accuracy": float(np.mean(accuracies))}


def embed(**options):
    if umap is None:
        return {"missing": "umap-learn"}
    picture = umap.UMAP(n_neighbors=15, min_dist=0.01, **options).fit_transform(rows)
    return {"picture": picture.astype(np.float32)}


tasks = {
    "gp-predict": gp_predict,
    "gp-fit": gp_fit,
    "knn": knn,
    "umap": lambda: embed(random_state=0),
    "umap-parallel": embed,
}
# numba compiles on the first call: not part of what is compared.
if umap is not None:
    umap.UMAP(n_neighbors=15, n_epochs=5, random_state=0).fit_transform(rows[:5000])
    umap.UMAP(n_neighbors=15, n_epochs=5).fit_transform(rows[:5000])
for line in sys.stdin:
    start = time.perf_counter()
    answer = tasks[line.strip()]()
    seconds = time.perf_counter() - start
    if "picture" in answer:
        with open(sys.argv[4], "wb") as file:
            file.write(answer.pop("picture").tobytes())
    print(json.dumps({"seconds": seconds, **answer}), flush=True)
