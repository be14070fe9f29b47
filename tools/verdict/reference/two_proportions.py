"""The evidence of src/two-proportions.ts and src/bound.ts in exact fractions, written from the formulas and not from that code.

Reads JSON from standard input: {"cases": [[[live requests, live events, canary requests, canary events], ...], ...], "bound": "1/50"}
Prints JSON: [{"twoProportions": ..., "bound": ...}, ...]
"""

import json
import sys
from fractions import Fraction as F


def with_odds(chance, ratio):
    return ratio * chance / (1 - chance + ratio * chance)


def likelihood(chance, requests, events):
    return chance**events * (1 - chance) ** (requests - events)


def alternatives():
    rates = [F(3, 10000), F(1, 1000), F(3, 1000), F(1, 100), F(3, 100), F(1, 10), F(3, 10)]
    odds = [F(13, 10), F(8, 5), F(2), F(3), F(5), F(10), F(50)]
    for live in rates:
        for ratio in odds:
            yield F(3, 4) / (len(rates) * len(odds)), live, with_odds(live, ratio)
    yield F(1, 4), F(1, 1000), F(999, 1000)


def two_proportions(blocks):
    total = F(0)
    for prior, a, b in alternatives():
        evidence = prior
        for n, k, m, l in blocks:
            if n == 0 or m == 0:
                continue
            common = (n * a + m * b) / (n + m)
            evidence *= likelihood(a, n, k) * likelihood(b, m, l) / likelihood(common, n + m, k + l)
        total += evidence
    return total


def bound(blocks, p):
    ratios = [F(6, 5), F(3, 2), F(2), F(4), F(10), F(1000)]
    total = F(0)
    for ratio in ratios:
        evidence = F(1, len(ratios))
        for _, _, m, l in blocks:
            evidence *= likelihood(with_odds(p, ratio), m, l) / likelihood(p, m, l)
        total += evidence
    return total


asked = json.load(sys.stdin)
print(json.dumps([
    {"twoProportions": float(two_proportions(blocks)), "bound": float(bound(blocks, F(asked["bound"])))}
    for blocks in asked["cases"]
]))
