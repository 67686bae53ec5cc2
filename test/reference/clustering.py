"""Golden values for Pca, BayesianGaussianMixture, KMeans, gaussianKde and the special functions.

Run from the project root: /usr/bin/python3 test/reference/clustering.py
Data are rounded to a few decimals, so that the JSON holds exactly what both sides compute from.
"""

import json
import warnings

import numpy as np
import scipy
import scipy.special
import scipy.stats
import sklearn
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import BayesianGaussianMixture

warnings.filterwarnings("ignore")
rng = np.random.default_rng(2023)


def blobs(centers, n_each, spread):
    centers = np.asarray(centers, float)
    return np.vstack([c + spread * rng.normal(size=(n_each, len(c))) for c in centers])


def mixture_data():
    separated = blobs([[0, 0, 0], [8, 0, 1], [0, 9, -2], [-7, -7, 4]], 50, 1.0)
    overlapping = blobs([[0, 0], [1.5, 0], [0.5, 1.5]], 70, 1.0)
    few = blobs([[0, 0], [3, 3], [6, -2]], 12, 0.7)
    degenerate = np.repeat(np.column_stack([few, np.full(len(few), 2.5)]), 4, axis=0)  # duplicates, constant column
    tiny = np.array([[0.0, 0.1], [0.2, -0.1], [3.0, 3.2], [3.1, 2.8], [-4.0, 1.0], [-4.2, 1.3]])
    mix = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    # Distinct along the long axis: there best-of-ten is no matter of luck (of either library's random numbers).
    anisotropic = (blobs([[-6, 0, 3, 0], [0, 3, 0, -3], [6, -3, 0, 3]], 80, 1.0) * [100.0, 1.0, 0.1, 0.01]) @ mix
    heavy = rng.standard_t(1.5, size=(300, 3)) * [1.0, 2.0, 0.5]
    return {
        "separated": (separated, 6, 4),
        "overlapping": (overlapping, 8, 4),
        "degenerate": (degenerate, 3, 4),
        "tiny": (tiny, 3, 4),
        "anisotropic": (anisotropic, 4, 6),
        "heavyTailed": (heavy, 6, 4),
    }


class FromResponsibilities(BayesianGaussianMixture):
    """Starts from given responsibilities and records the bound of every iteration."""

    def _initialize_parameters(self, X, random_state):
        self.bounds = []
        self._initialize(X, self.start)

    def _compute_lower_bound(self, log_resp, log_prob_norm):
        bound = super()._compute_lower_bound(log_resp, log_prob_norm)
        self.bounds.append(bound)
        return bound


def mixture_case(x, k, decimals, iterations=20):
    x = np.round(x, decimals)
    d = x.shape[1]
    # Per mille, so that the stored start is exact.
    share = rng.dirichlet(np.full(k, 0.3), size=len(x))
    mille = np.floor(share * 1000).astype(int)
    mille[np.arange(len(x)), mille.argmax(1)] += 1000 - mille.sum(1)
    model = FromResponsibilities(n_components=k, weight_concentration_prior=0.5, max_iter=iterations, tol=0)
    model.start = mille / 1000
    model.fit(x)
    best = BayesianGaussianMixture(
        n_components=k, weight_concentration_prior=0.5, n_init=10, max_iter=1000, tol=1e-3, random_state=0
    ).fit(x)
    return {
        "x": x.ravel().tolist(),
        "shape": list(x.shape),
        "nComponents": k,
        "perMille": mille.ravel().tolist(),
        "iterations": iterations,
        "bounds": model.bounds,
        "weights": model.weights_.tolist(),
        "means": model.means_.ravel().tolist(),
        "covariances": model.covariances_.reshape(k, d * d).tolist(),
        "labels": model.predict(x).tolist(),
        "probaOfFirstRows": model.predict_proba(x[:10]).ravel().tolist(),
        "bestOfTenBound": best.lower_bound_,
    }


def pca_case(x, **options):
    x = np.round(x, 4)
    argument = options.get("variance", options.get("nComponents"))
    model = PCA(n_components=argument, svd_solver="full")
    scores = model.fit_transform(x)
    return {
        "x": x.ravel().tolist(),
        "shape": list(x.shape),
        "options": options,
        "mean": model.mean_.tolist(),
        "components": model.components_.ravel().tolist(),
        "explainedVariance": model.explained_variance_.tolist(),
        "explainedVarianceRatio": model.explained_variance_ratio_.tolist(),
        "scores": scores.ravel().tolist(),
    }


def pca_cases():
    mix = rng.normal(size=(5, 12))
    low_rank = rng.normal(size=(80, 5)) @ mix + 0.05 * rng.normal(size=(80, 12)) + 100
    return {
        "variance": pca_case(low_rank, variance=0.95),
        "fixed": pca_case(low_rank, nComponents=7),
        "fewerRowsThanColumns": pca_case(rng.normal(size=(9, 20)), variance=0.9),
        "constantColumn": pca_case(np.column_stack([low_rank[:30, :4], np.full(30, 7.0)]), nComponents=4),
        "all": pca_case(rng.normal(size=(40, 6)) * [1, 2, 3, 4, 5, 6]),
    }


def k_means_case(x, centers):
    x, centers = np.round(x, 4), np.asarray(centers, float)
    model = KMeans(n_clusters=len(centers), init=centers, n_init=1).fit(x)
    return {
        "x": x.ravel().tolist(),
        "shape": list(x.shape),
        "initialCenters": centers.ravel().tolist(),
        "nClusters": len(centers),
        "centers": model.cluster_centers_.ravel().tolist(),
        "labels": model.labels_.tolist(),
        "inertia": model.inertia_,
        "nIter": model.n_iter_,
    }


def k_means_cases():
    x = blobs([[0, 0], [3, 1], [1, 4]], 40, 1.2)
    return {
        "plain": k_means_case(x, [[0, 0], [1, 1], [2, 2]]),
        "emptyCluster": k_means_case(x, [[0, 0], [1, 1], [500, 500]]),
    }


def kde_cases():
    cases = {}
    for name, values in {
        "normal": rng.normal(size=80),
        "votes": np.clip(rng.beta(0.4, 0.6, size=120), 0, 1),
        "two": np.array([0.25, 0.75]),
        "farApart": np.concatenate([rng.normal(-50, 1, 20), rng.normal(1000, 3, 20)]),
    }.items():
        values = np.round(values, 4)
        kde = scipy.stats.gaussian_kde(values)
        bandwidth = float(np.sqrt(kde.covariance[0, 0]))
        grid = np.linspace(values.min() - 2 * bandwidth, values.max() + 2 * bandwidth, 100)
        cases[name] = {
            "values": values.tolist(),
            "bandwidth": bandwidth,
            "grid": grid.tolist(),
            "density": kde(grid).tolist(),
        }
    return cases


x = np.concatenate([10.0 ** np.arange(-6, 8), np.arange(0.5, 30, 0.5), [1.4616321449683622, 9.999999, 1e-300]])
golden = {
    "madeBy": "test/reference/clustering.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    "special": {
        "x": x.tolist(),
        "digamma": scipy.special.digamma(x).tolist(),
        "logGamma": scipy.special.gammaln(x).tolist(),
    },
    "mixtures": {name: mixture_case(*case) for name, case in mixture_data().items()},
    "pca": pca_cases(),
    "kMeans": k_means_cases(),
    "kde": kde_cases(),
}
with open("test/reference/clustering.json", "w") as file:
    json.dump(golden, file)
