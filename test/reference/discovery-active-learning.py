"""Golden run of the search of section 7.1 with scikit-learn's Gaussian process.

    /usr/bin/python3 test/reference/discovery-active-learning.py

Writes discovery-active-learning.json: features, scores, every round's queries, expected improvements and
hyperparameters, and the final ranking. The kernel is Matern(nu=1.5) + WhiteKernel, alpha 1e-10, no target scaling.
scikit-learn's default optimiser can stop short of the optimum, so here it is started again from where it stopped
until the gradient vanishes: then "the optimum" means one number to 1e-6. "defaultOptimiser" keeps, for comparison,
what the default makes of the very same labels.
"""
import json
import sys
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern, WhiteKernel

N, D, BATCH, BUDGET, ETA = 400, 6, 10, 80, 0.5
rng = np.random.default_rng(7)
features = np.round(rng.normal(size=(N, D)) * np.array([2.0, 1.5, 1.2, 1.0, 0.8, 0.6]), 6)
centre = np.array([1.5, -0.8, 0.5, 0.3, 0.0, 0.0])
interest = 6.0 * np.exp(-0.5 * ((features - centre) ** 2).sum(1) / 1.6**2) + rng.normal(size=N) * 0.35
scores = np.clip(np.round(interest), 0, 5)


def to_the_end(objective, start, bounds):
    """L-BFGS-B from where it last stopped, until the gradient is nowhere above 1e-7: a single run may give up early."""
    x = np.asarray(start)
    for _ in range(50):
        found = minimize(objective, x, method="L-BFGS-B", jac=True, bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-8})
        x = found.x
        if np.abs(found.jac).max() < 1e-7:
            return found.x, found.fun
    raise RuntimeError(f"no optimum: gradient {found.jac} at {found.x}, {found.message}")


def regression(optimizer):
    return GaussianProcessRegressor(Matern(nu=1.5) + WhiteKernel(), alpha=1e-10, optimizer=optimizer)


def improvement(mean, std, best):
    gain = mean - best - ETA
    z = gain / std
    return gain * norm.cdf(z) + std * norm.pdf(z)


def hyperparameters(gp):
    return {"lengthScale": float(gp.kernel_.k1.length_scale), "noiseLevel": float(gp.kernel_.k2.noise_level),
            "lml": float(gp.log_marginal_likelihood_value_)}


order = np.argsort(features[:, 0], kind="stable")
queried = [int(order[i * N // BATCH]) for i in range(BATCH)]
labelled, rounds = [], []
while queried:
    labelled += queried
    y = scores[labelled]
    gp = regression(to_the_end).fit(features[labelled], y)
    mean, std = gp.predict(features, return_std=True)
    ei = improvement(mean, std, y.max())
    default = regression("fmin_l_bfgs_b").fit(features[labelled], y)
    m2, s2 = default.predict(features, return_std=True)
    rounds.append({"queried": queried, **hyperparameters(gp), "ei": ei[:: N // 40].tolist(),
                   "mean": mean[:: N // 40].tolist(), "std": std[:: N // 40].tolist(),
                   "defaultOptimiser": {**hyperparameters(default),
                                        "maxEiDifference": float(np.abs(improvement(m2, s2, y.max()) - ei).max())}})
    open_ = [i for i in range(N) if i not in set(labelled)]
    queried = sorted(open_, key=lambda i: (-ei[i], i))[: min(BATCH, BUDGET - len(labelled))]

golden = {
    "madeBy": "test/reference/discovery-active-learning.py",
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__,
                 "sklearn": sklearn.__version__},
    "settings": {"batch": BATCH, "budget": BUDGET, "eta": ETA, "every": N // 40},
    "shape": [N, D],
    "features": features.ravel().tolist(),
    "scores": scores.astype(int).tolist(),
    "rounds": rounds,
    "ranking": [int(i) for i in np.lexsort((np.arange(N), -mean))],
    "normalCdf": {str(z): float(norm.cdf(z)) for z in [-12.0, -6.0, -2.9, -2.5, -1.0, 0.0, 0.3, 1.7, 2.9, 5.0]},
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden) + "\n")
for r, g in enumerate(rounds):
    print(r, len(g["queried"]), g["lengthScale"], g["noiseLevel"], g["lml"], g["defaultOptimiser"]["maxEiDifference"],
          [int(scores[i]) for i in g["queried"]])
print(path, path.stat().st_size, "bytes;", int((scores >= 3).sum()), "of interest")
