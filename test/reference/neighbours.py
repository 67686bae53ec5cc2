"""Golden values for the Gaussian process, k-NN and UMAP: python3 test/reference/neighbours.py

Writes neighbours.json beside this file: inputs and what scikit-learn and umap-learn make of them.
"""

import base64
import json
import pathlib
import platform
import warnings

import numpy as np
import scipy
import sklearn
import umap
from sklearn.datasets import load_breast_cancer, load_digits, make_blobs
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, RationalQuadratic, WhiteKernel
from sklearn.manifold import trustworthiness
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from threadpoolctl import threadpool_limits
from umap.umap_ import find_ab_params, fuzzy_simplicial_set

warnings.filterwarnings("ignore")
rng = np.random.RandomState(42)


def packed(x, dtype):
    x = np.ascontiguousarray(x, dtype=dtype)
    return {"shape": list(x.shape), "dtype": dtype, "base64": base64.b64encode(x.tobytes()).decode()}


def gaussian_processes():
    def smooth(x):
        return np.sin(3 * x[:, 0]) + 0.5 * np.cos(x).sum(1)

    one = rng.uniform(-3, 3, (25, 1))
    five = rng.normal(size=(60, 5))
    pairs = rng.normal(size=(20, 3))
    pairs = np.vstack([pairs, pairs + 1e-7 * rng.normal(size=(20, 3))])
    two = rng.uniform(0, 10, (30, 2))
    features = rng.normal(size=(100, 29)) * np.linspace(8, 0.5, 29)
    scores = np.clip(np.round(2.5 + features[:, 0] / 4 + rng.normal(size=100)), 0, 5)
    rough = np.sort(rng.uniform(0, 1, (20, 1)), 0)
    cases = [
        ("one-dimensional", "matern15+white", one, smooth(one) + 0.1 * rng.normal(size=25)),
        ("five-dimensional", "constant*rbf+white", five, smooth(five) + 0.05 * rng.normal(size=60)),
        ("near-duplicates", "matern25+white", pairs, smooth(pairs) + 0.2 * rng.normal(size=40)),
        ("rational-quadratic", "constant*rq+white", two, smooth(two) + 0.1 * rng.normal(size=30)),
        ("paper-like", "matern15+white", features, scores),
        ("rough", "constant*matern05+white", rough, np.cumsum(rng.normal(size=20))),
    ]
    kernels = {
        "matern15+white": lambda: Matern(nu=1.5) + WhiteKernel(),
        "constant*rbf+white": lambda: ConstantKernel() * RBF() + WhiteKernel(),
        "matern25+white": lambda: Matern(nu=2.5) + WhiteKernel(),
        "constant*rq+white": lambda: ConstantKernel() * RationalQuadratic() + WhiteKernel(),
        "constant*matern05+white": lambda: ConstantKernel() * Matern(nu=0.5) + WhiteKernel(),
    }
    for name, kernel, x, y in cases:
        x, y = np.round(x, 9), np.round(y, 6)
        gp = GaussianProcessRegressor(kernel=kernels[kernel](), alpha=1e-10, random_state=0).fit(x, y)
        thetas = [np.zeros(len(gp.kernel_.theta)), gp.kernel_.theta + 0.3 * rng.normal(size=len(gp.kernel_.theta))]
        at = [gp.log_marginal_likelihood(t, eval_gradient=True) for t in thetas]
        test = np.vstack([x[:4], x[:6] + 0.3 * rng.normal(size=(6, x.shape[1]))])
        test = np.round(test, 9)
        mean, std = gp.predict(test, return_std=True)
        yield {
            "name": name,
            "kernel": kernel,
            "x": x.tolist(),
            "y": y.tolist(),
            "likelihoods": [
                {"theta": list(t), "value": v, "gradient": list(g)} for t, (v, g) in zip(thetas, at)
            ],
            "theta": list(gp.kernel_.theta),
            "value": gp.log_marginal_likelihood_value_,
            "test": test.tolist(),
            "mean": list(mean),
            "std": list(std),
        }


def neighbour_classifiers():
    def case(name, x, y, q, k, **options):
        # One thread: with several, scikit-learn itself keeps other neighbours of several equally distant ones.
        with threadpool_limits(1):
            model = KNeighborsClassifier(k, **options).fit(x, y)
            predicted = model.predict(q)
        kind = "u1" if np.all(x == x.astype("u1")) else "f8"
        return {
            "name": name,
            "k": k,
            "x": packed(x, kind),
            "y": y.tolist(),
            "queries": packed(q, kind),
            "predicted": predicted.tolist(),
        }

    generic = rng.normal(size=(400, 20))
    labels = np.array(["elliptical", "spiral", "edge-on"])[rng.randint(0, 3, 400)]
    yield case("generic", generic[:300], labels[:300], generic[300:], 5)
    yield case("equal votes", generic[:300], labels[:300], generic[300:], 4)
    lattice = rng.randint(0, 3, (500, 4)).astype(float)
    classes = rng.randint(0, 4, 500)
    yield case("lattice, mostly ties", lattice[:400], classes[:400], lattice[400:], 5, algorithm="brute")
    yield case("lattice, k 8", lattice[:400], classes[:400], lattice[400:], 8, algorithm="brute")
    wide = rng.randint(0, 2, (700, 18)).astype(float)
    twos = rng.randint(0, 2, 700)
    yield case("binary in 18 dimensions", wide[:600], twos[:600], wide[600:], 5)
    copies = np.repeat(rng.randint(0, 9, (30, 16)), 10, axis=0).astype(float)
    yield case("ten copies of each", copies, rng.randint(0, 3, 300), copies[::7] + 1, 5, algorithm="brute")
    x, y = load_digits(return_X_y=True)
    yield case("digits", x[:500], y[:500], x[500:700], 5)


def knn_splits():
    x, y = load_digits(return_X_y=True)
    x, y = x[:400], y[:400]
    splits = []
    total = np.zeros((10, 10), int)
    for seed in range(6):
        train, test = train_test_split(np.arange(400), test_size=0.25, random_state=seed)
        with threadpool_limits(1):
            predicted = KNeighborsClassifier(5).fit(x[train], y[train]).predict(x[test])
        total += confusion_matrix(y[test], predicted, labels=range(10))
        splits.append({"train": train.tolist(), "test": test.tolist(), "accuracy": np.mean(predicted == y[test])})
    return {"x": packed(x, "u1"), "y": y.tolist(), "splits": splits, "confusion": total.tolist()}


def maps():
    digits = load_digits().data[:1000]
    cancer = load_breast_cancer().data
    cancer = ((cancer - cancer.mean(0)) / cancer.std(0)).astype("f4")
    blobs = make_blobs(1000, 10, centers=12, cluster_std=2.0, random_state=3)[0].astype("f4")
    for name, x, kind in [("digits", digits, "u1"), ("breast cancer", cancer, "f4"), ("blobs", blobs, "f4")]:
        scores = []
        for seed in range(3):
            picture = umap.UMAP(n_neighbors=15, min_dist=0.01, random_state=seed).fit_transform(x)
            scores.append(trustworthiness(x, picture, n_neighbors=15))
        # Distances to the other rows; the row itself first, at exactly 0, as umap-learn has it.
        distances, indices = NearestNeighbors(n_neighbors=14, algorithm="brute").fit(np.float64(x)).kneighbors()
        distances = np.hstack([np.zeros((len(x), 1)), distances])
        indices = np.hstack([np.arange(len(x))[:, None], indices])
        graph = fuzzy_simplicial_set(
            x, 15, np.random.RandomState(0), "euclidean", knn_indices=indices, knn_dists=distances
        )[0]
        angles = np.arange(x.shape[1])
        flat = np.float64(x) @ np.stack([np.cos(angles), np.sin(2 * angles)], 1)
        yield {
            "name": name,
            "x": packed(x, kind),
            "trustworthiness": scores,
            "graphEntries": int(graph.nnz),
            "graphRowSums": np.asarray(graph.sum(1)).ravel().round(6).tolist(),
            "flatTrustworthiness": trustworthiness(np.float64(x), flat, n_neighbors=15),
        }


golden = {
    "versions": {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "umap-learn": umap.__version__,
    },
    "gaussianProcesses": list(gaussian_processes()),
    "classifiers": list(neighbour_classifiers()),
    "splits": knn_splits(),
    "curves": [
        {"spread": s, "minDist": d, "a": a, "b": b}
        for s, d in [(1, 0.01), (1, 0.1), (1, 0.5), (2, 0.25)]
        for a, b in [find_ab_params(s, d)]
    ],
    "maps": list(maps()),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden) + "\n")
print(path, path.stat().st_size)
