#!/usr/bin/env python3
"""Prints the table of sim/analog/noise_field_body.hpp: the normal quantile, a polynomial per octave.

A word's low 31 bits, as a float f = 2^e t with 1 <= t < 2, are the probability f / 2^32 of a normal beyond z > 0.
z(t) is interpolated at Chebyshev nodes of [1, 2], which is within a fifth of the best polynomial. Needs Python alone.
    experiments/fit_normal_quantile.py [DEGREE]      the errors of all octaves on stderr
"""
import math
import sys
from statistics import NormalDist

degree = int(sys.argv[1]) if len(sys.argv) > 1 else 4
quantile = NormalDist().inv_cdf


def z_of(e, t):
    return -quantile(t * 2.0 ** (e - 32))


def interpolate(e):
    nodes = [1.5 + 0.5 * math.cos(math.pi * (2 * k + 1) / (2 * degree + 2)) for k in range(degree + 1)]
    divided = [z_of(e, t) for t in nodes]
    for level in range(1, degree + 1):
        for k in range(degree, level - 1, -1):
            divided[k] = (divided[k] - divided[k - 1]) / (nodes[k] - nodes[k - level])
    coefficients = [0.0] * (degree + 1)  # of t^k, by Horner's rule on Newton's form
    for k in range(degree, -1, -1):
        shifted = [0.0] + coefficients[:-1]
        coefficients = [s - nodes[k] * c for s, c in zip(shifted, coefficients)]
        coefficients[0] += divided[k]
    return coefficients


table, worst = [], 0.0
for e in range(31):
    c = interpolate(e)
    error = max(
        abs(sum(c[k] * t**k for k in range(degree + 1)) - z_of(e, t)) for t in (1 + i / 1000 for i in range(1001))
    )
    print(f"octave {e}: {error:.1e}", file=sys.stderr)
    worst = max(worst, error)
    table.append(c)
table.append([0.0] * (degree + 1))  # f = 2^31 itself: z = 0
print(f"largest error {worst:.1e}", file=sys.stderr)
for k in range(degree + 1):
    # Octave e stands at (e + 31) mod 32 = the low five bits of a float's biased exponent e + 127.
    row = [table[(i + 1) % 32][k] for i in range(32)]
    print("    {" + ", ".join(f"{v:.9g}f" if "." in f"{v:.9g}" or "e" in f"{v:.9g}" else f"{v:.9g}.0f" for v in row) + "},")
