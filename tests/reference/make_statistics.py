#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/reference/statistics.json: tests of paired and unpaired shares, of several at
once, how many pictures they need, exact intervals of shares, score intervals of differences, how
alike two are, and four made-up models compared, by scipy and numpy. With --check it only says whether the file holds what it would
write.

    tools/debian --with reference python3 tests/reference/make_statistics.py
"""
import itertools
import math
import pathlib

import numpy
import scipy.optimize
import scipy.special
import scipy.stats

import fixture
from make_scores import draws
from seeded import stream

OUTPUT = (pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "reference" /
          "statistics.json")
DISCORDANT = [(0, 0), (0, 1), (5, 0), (0, 6), (3, 9), (9, 3), (10, 10), (12, 13), (121, 59),
              (59, 121), (212, 178), (1500, 1400), (0, 400), (40000, 39000)]
DROPS = [(8, 10, 9, 10), (1, 10, 9, 10), (0, 5, 5, 5), (5, 5, 0, 5), (1613, 1981, 1652, 1981),
         (1577, 1981, 1652, 1981), (60, 100, 1577, 1981), (20000, 30000, 20400, 30000)]
FAMILIES = [[0.03], [0.01, 0.04, 0.03], [0.2, 0.001, 0.02, 0.02, 0.9, 0.013],
            [1, 1, 1], [1e-9, 0.5, 0.5, 1e-9]]
TABLES = [(1667, 32, 44, 238), (10, 10, 10, 10), (3, 1, 2, 4), (1, 5, 6, 1), (0, 3, 4, 5),
          (7, 0, 2, 1), (700000, 90000, 80000, 600000)]
SHARES = [(0.10, 0.20, 0.05, 0.8), (0.07, 0.05, 0.05, 0.8), (0.062, 0.108, 0.05 / 6, 0.8),
          (0.3, 0.05, 0.01, 0.9), (0.0, 0.02, 0.05, 0.8)]

EXACT = [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (1, 29), (17, 29), (28, 29), (29, 29), (0, 100),
         (100, 100), (1981, 1981)]

# Pictures that one alone has right, and all: few, none, all, and many.
PAIRED = [(0, 0, 1), (0, 0, 4), (0, 0, 1981), (1, 0, 1), (0, 1, 2), (1, 7, 21), (3, 9, 100),
          (5, 0, 60), (0, 29, 1981), (14, 15, 1981), (40, 20, 160), (12, 17, 29), (6, 0, 6)]
FEW = 30  # of pictures that tell two models apart: their interval is not the bootstrap's


def exact(right, count):
    return list(scipy.stats.binomtest(right, count).proportion_ci(0.95, method="exact"))


def score_interval(first, second, pictures):
    """The differences that a score test does not reject, the nuisance share by maximising the
    likelihood itself, not by its closed form: right to about 1e-8."""
    neither = pictures - first - second

    def surprise(share, difference):
        shares = numpy.maximum([share + difference, share, 1 - difference - 2 * share], 0)
        return -scipy.special.xlogy([first, second, neither], shares).sum()

    def statistic(difference):
        ends = max(0.0, -difference), (1 - difference) / 2
        inner = scipy.optimize.minimize_scalar(surprise, bounds=ends, args=(difference,),
                                               method="bounded", options={"xatol": 1e-13}).x
        share = min(inner, *ends, key=lambda each: surprise(each, difference))
        variance = pictures * (2 * share + difference * (1 - difference))
        return (first - second - pictures * difference) / math.sqrt(variance)

    observed, limit = (first - second) / pictures, scipy.stats.norm.ppf(0.975)
    found = []
    for end in (-1, 1):
        if observed == end:
            found.append(float(end))
            continue
        # Not quite from the ends, where the variance may be 0.
        near, far = observed + end * 1e-11, end * (1 - 1e-11)
        rest = lambda each, end=end: -end * statistic(each) - limit
        found.append(scipy.optimize.brentq(rest, near, far, xtol=1e-13) if rest(far) > 0
                     else float(end))
    return found


def mcnemar(first, second):
    return scipy.stats.binomtest(first, first + second).pvalue if first + second else 1.0


def drop(right, pictures, right_before, pictures_before):
    table = [[right, pictures - right], [right_before, pictures_before - right_before]]
    return scipy.stats.fisher_exact(table, alternative="less").pvalue


def holm(values):
    """By the closure that it abbreviates: a hypothesis falls when all sets that hold it do."""
    adjusted = [0.0] * len(values)
    for size in range(1, len(values) + 1):
        for chosen in itertools.combinations(range(len(values)), size):
            value = min(1.0, size * min(values[i] for i in chosen))
            for i in chosen:
                adjusted[i] = max(adjusted[i], value)
    return adjusted


def yules_q(both, first, second, neither):
    """By the odds ratio, where there is one."""
    odds = scipy.stats.contingency.odds_ratio([[both, first], [second, neither]], kind="sample")
    return (odds.statistic - 1) / (odds.statistic + 1) if math.isfinite(odds.statistic) else 1.0


def pictures(first, second, level, power):
    """Connor 1987; then the exact test's power with so many, over all that could come."""
    discordant, difference = first + second, abs(first - second)
    root = (scipy.stats.norm.ppf(1 - level / 2) * math.sqrt(discordant) +
            scipy.stats.norm.ppf(power) * math.sqrt(discordant - difference ** 2))
    count = math.ceil((root / difference) ** 2)
    reached = 0.0
    for fewer in range(count + 1):
        weight = scipy.stats.binom.pmf(fewer, count, discordant)
        if weight < 1e-12:
            continue
        # The largest lesser count that is still significant, by the two-sided test.
        limit = int(scipy.stats.binom.ppf(level / 2, fewer, 0.5))
        while limit >= 0 and 2 * scipy.stats.binom.cdf(limit, fewer, 0.5) >= level:
            limit -= 1
        larger = max(first, second) / discordant
        reached += weight * scipy.stats.binom.cdf(limit, fewer, 1 - larger)
        reached += weight * scipy.stats.binom.sf(fewer - limit - 1, fewer, 1 - larger)
    return count, reached


def models():
    """Four models on 150 pictures: two alike, one a little better, one far worse."""
    count = 150
    hardness = stream("hardness", count)
    skills = [0.62, 0.58, 0.55, -0.4]
    right = numpy.array([hardness + 0.5 * stream(f"luck {i}", count) < skill
                         for i, skill in enumerate(skills)])
    two = list(itertools.combinations(range(len(skills)), 2))
    resampled = numpy.array([[right[a][p].mean() - right[b][p].mean() for a, b in two]
                             for p in draws(count)])
    alone = [(int((right[a] & ~right[b]).sum()), int((right[b] & ~right[a]).sum()))
             for a, b in two]
    values = [mcnemar(*each) for each in alone]
    intervals = numpy.quantile(resampled, [0.025, 0.975], axis=0).T.tolist()
    return {
        "models": len(skills),
        "pictures": count,
        "right": right.T.astype(int).ravel().tolist(),
        "alone": [list(each) for each in alone],
        "p": values,
        "adjusted": holm(values),
        "differences": [float(right[a].mean() - right[b].mean()) for a, b in two],
        "intervals": [score_interval(*each, count) if sum(each) < FEW else resampled
                      for each, resampled in zip(alone, intervals)],
    }


def make():
    needed = []
    for first, second, level, power in SHARES:
        count, reached = pictures(first, second, level, power)
        assert power - 0.06 < reached < power + 0.06, (first, second, count, reached)
        needed.append([first, second, level, power, count])
    return {
        "mcnemar": [[*each, float(mcnemar(*each))] for each in DISCORDANT],
        "drops": [[*each, float(drop(*each))] for each in DROPS],
        "holm": [{"values": each, "adjusted": holm(each)} for each in FAMILIES],
        "diversity": [[*each, float(yules_q(*each))] for each in TABLES],
        "needed": needed,
        "paired": [[*each, *score_interval(*each)] for each in PAIRED],
        "shares": [[*each, *map(float, exact(*each))] for each in EXACT],
        "comparison": models(),
    }


if __name__ == "__main__":
    fixture.write_or_check(OUTPUT, make(), rel_tol=1e-9, abs_tol=1e-300)
