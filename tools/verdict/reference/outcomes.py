"""The interval of src/outcomes.ts, from the formulas and not from that code: exact moments, and sums of two passes.

Reads JSON from standard input: {"error": 0.05, "cases": [[{"live": [...], "canary": [...]}, ...], ...]}; each case is a list of parts.
Prints JSON: [[estimate, low, high], ...]; the scale is given by the first `fewest` of each variant in the first part.
"""

import json
import math
import sys
from fractions import Fraction as F

FEWEST = 100


def mean(values):
    return sum(map(F, values)) / len(values)


def variance(values):
    middle = mean(values)
    return sum((F(value) - middle) ** 2 for value in values) / (len(values) - 1)


def information(live, canary):
    larger = max(variance(live), variance(canary))
    return 1 / (larger / len(live) + larger / len(canary))


def interval(parts, error):
    scale = information(parts[0]["live"][:FEWEST], parts[0]["canary"][:FEWEST])
    known = [(information(p["live"], p["canary"]), mean(p["canary"]) - mean(p["live"])) for p in parts]
    total = sum(amount for amount, _ in known)
    estimate = sum(amount * difference for amount, difference in known) / total
    both = float(total + scale)
    radius = math.sqrt(both * math.log(both / (float(scale) * error**2))) / float(total)
    return [float(estimate), float(estimate) - radius, float(estimate) + radius]


asked = json.load(sys.stdin)
print(json.dumps([interval(parts, asked["error"]) for parts in asked["cases"]]))
