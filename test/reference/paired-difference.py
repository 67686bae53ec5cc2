"""Golden values for pairedDifference, studentP, holm and regularisedBeta.

Run from the project root: /usr/bin/python3 test/reference/paired-difference.py
The sum of two variances with the degrees of freedom of Welch and Satterthwaite is scipy's Welch test of two samples
whose standard errors are those two.
"""

import json

import numpy as np
import scipy
import scipy.special
import scipy.stats

rng = np.random.default_rng(2003)


def one(seeds, shift, noise, between, share=0.25, splits=50):
    runs = np.round(shift + between * rng.normal(size=(seeds, 1)) + noise * rng.normal(size=(seeds, splits)), 4)
    means = runs.mean(axis=1)
    part = (1 / splits + share / (1 - share)) * runs.var(axis=1, ddof=1).mean()
    if seeds == 1:
        t = means[0] / np.sqrt(part)
        p = 2 * scipy.stats.t.sf(abs(t), splits - 1)
        error = np.sqrt(part)
    else:
        other = means.std(ddof=1)
        t, p = scipy.stats.ttest_ind_from_stats(
            means.mean(), np.sqrt(part * splits), splits, 0, other, seeds, equal_var=False
        )
        error = means.mean() / t
    return {"runs": runs.tolist(), "share": share, "mean": means.mean(), "error": error, "p": p}


def holm(p):
    order = np.argsort(p, kind="stable")
    steps = (len(p) - np.arange(len(p))) * np.asarray(p)[order]
    out = np.empty(len(p))
    out[order] = np.minimum(1, np.maximum.accumulate(steps))
    return out.tolist()


p = [0.01, 0.04, 0.03, 0.005, 0.6, 0.6]
beta = [[x, a, b] for x in (0, 1e-9, 0.01, 0.3, 0.5, 0.9, 0.999, 1) for a in (0.5, 1, 24.5, 5e3) for b in (0.5, 3, 700)]
golden = {
    "madeBy": "test/reference/paired-difference.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
    "cases": [one(1, 0.03, 0.02, 0), one(1, 0, 0.02, 0), one(3, 0.04, 0.03, 0.01), one(5, 0.01, 0.02, 0.03, 0.4)],
    "student": [[t, f, 2 * float(scipy.stats.t.sf(t, f))] for t in (0, 0.3, 2, 4.3, 12) for f in (1, 2, 2.7, 49, 2000)],
    "beta": [[*v, float(scipy.special.betainc(v[1], v[2], v[0]))] for v in beta],
    "holm": {"p": p, "corrected": holm(p)},
}
with open("test/reference/paired-difference.json", "w") as file:
    json.dump(golden, file)
    file.write("\n")
