"""Expected values of dev.thirteen.core.statistics, by other means than Thirteen's.

  python scripts/golden_statistics.py > core/src/test/resources/golden/statistics.json

Needs numpy, scipy, statsmodels and rouge-score (PyPI). Where each value is from:
- any: the estimator printed in HumanEval's human_eval/evaluation.py (Chen et al. 2021), and every subset counted;
- all, share, meanShare: scipy.stats.hypergeom as in OpenCompass' GPassKEvaluator (Liu et al. 2024), and subsets counted;
- majority: every subset of k answers listed with itertools, exact in fractions;
- clustered: statsmodels' cluster-robust covariance of a regression on a constant, without its correction for few clusters;
- bootstrap: the exact distribution over all N^N resamples of small N;
- holm: statsmodels.stats.multitest; mcnemar: scipy.stats.binomtest; rouge: Google's rouge_score.
"""
import itertools
import json
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import statsmodels.api as sm
from rouge_score import rouge_scorer
from scipy.stats import binomtest, hypergeom
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(13)


def human_eval(n, c, k):
    if n - c < k:
        return 1.0
    return float(1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))


def subsets():
    out = []
    for n, c, k in [(5, 2, 1), (5, 2, 3), (10, 0, 4), (10, 10, 4), (10, 3, 10), (16, 7, 8), (200, 31, 100), (1000, 17, 64)]:
        row = {"n": n, "c": c, "k": k, "any": human_eval(n, c, k), "all": float(hypergeom.sf(k - 1, n, c, k)), "share": {}}
        for tau in (0.25, 0.5, 0.75, 1.0):
            row["share"][str(tau)] = float(hypergeom.sf(math.ceil(tau * k) - 1, n, c, k))
        least = range(math.ceil(k * 0.5) + 1, k + 1)
        row["meanShare"] = float(2 * sum(hypergeom.sf(i - 1, n, c, k) for i in least) / k)
        if n <= 16:
            right = [1] * c + [0] * (n - c)
            counted = [sum(s) for s in itertools.combinations(right, k)]
            assert math.isclose(row["any"], np.mean([x > 0 for x in counted]), abs_tol=1e-12)
            assert math.isclose(row["all"], np.mean([x == k for x in counted]), abs_tol=1e-12)
            for tau, value in row["share"].items():
                assert math.isclose(value, np.mean([x >= math.ceil(float(tau) * k) for x in counted]), abs_tol=1e-12)
        out.append(row)
    return out


def majority():
    out = []
    for right, wrong, silent in [(1, [1], 0), (3, [2, 2], 1), (4, [3, 1, 1], 2), (2, [5, 3], 0), (0, [2, 2], 3), (6, [], 4),
                                 (5, [4, 4, 2, 1], 0), (3, [3, 3, 3], 2)]:
        answers = [0] * right + [i + 1 for i, w in enumerate(wrong) for _ in range(w)] + [None] * silent
        for k in range(1, len(answers) + 1):
            total, count = Fraction(0), 0
            for subset in itertools.combinations(answers, k):
                count += 1
                votes = Counter(a for a in subset if a is not None)
                if not votes:
                    continue
                most = max(votes.values())
                if votes[0] == most:
                    total += Fraction(1, sum(v == most for v in votes.values()))
            out.append({"right": right, "wrong": wrong, "silent": silent, "k": k, "value": float(total / count)})
    return out


def clustered():
    out = []
    for sizes in ([1] * 12, [4] * 9, [1, 2, 3, 4, 5, 6]):
        groups = [rng.integers(0, 2, s).tolist() for s in sizes]
        y = np.concatenate(groups).astype(float)
        ids = np.repeat(np.arange(len(sizes)), sizes)
        fit = sm.OLS(y, np.ones_like(y)).fit(
            cov_type="cluster", cov_kwds={"groups": ids, "use_correction": False, "df_correction": False})
        out.append({"clusters": groups, "mean": float(fit.params[0]), "standardError": float(fit.bse[0])})
    return out


def bootstrap():
    out = []
    for differences in ([1.0, 0.0, -1.0, 1.0, 0.5, 0.0], [0.25, 0.25, 0.0, 1.0, -0.5, 0.75]):
        means = np.array([np.mean(s) for s in itertools.product(differences, repeat=len(differences))])
        out.append({"differences": differences, "difference": float(np.mean(differences)),
                    "low": float(np.quantile(means, 0.025)), "high": float(np.quantile(means, 0.975)),
                    "pValue": float(2 * min(np.mean(means <= 1e-12), np.mean(means >= -1e-12)))})
    return out


def holm():
    out = []
    for p in ([0.01, 0.02, 0.03, 0.04, 0.05], [0.04, 0.001, 0.2, 0.001], [0.5, 0.9], [0.03]):
        out.append({"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()})
    return out


def mcnemar():
    return [{"won": w, "lost": l, "p": float(binomtest(w, w + l).pvalue)} for w, l in [(5, 0), (10, 2), (102, 78), (37, 61)]]


def rouge():
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    pairs = [("the cat sat on the mat", "the cat lay on a mat"), ("How many km, in 3.5 hours?", "in 3 hours: how many?"),
             ("a b c", "x y"), ("$9$-kilometer-long walk", "9 kilometer walk"), ("one", "")]
    return [{"reference": r, "text": t, "f1": scorer.score(r, t)["rougeL"].fmeasure} for r, t in pairs]


print(json.dumps({"subsets": subsets(), "majority": majority(), "clustered": clustered(), "bootstrap": bootstrap(),
                  "holm": holm(), "mcnemar": mcnemar(), "rouge": rouge()}, indent=1))
