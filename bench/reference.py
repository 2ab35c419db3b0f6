"""What closed12 costs in NumPy and SciPy: the yardstick of `make bench`.

Same formula and sizes as bench/model/bench_closed12.c. Prints rates only.
"""

import time

import numpy as np
from scipy.optimize import least_squares

N_POINTS, N_ROWS = 65536, 50
CENTRE = np.array([np.log(0.025), np.log(1e-6), np.log(2.9), np.log(0.38),
                   np.log(0.031), np.log(3.5e-5), np.log(64.0), 0.0,
                   0.25, 1.0, 0.1, 1.0])
SD = np.array([0.3, 1.5, 0.4, 0.7, 0.2, 0.8, 0.7, 0.2, 0.15, 0.25, 0.15, 0.5])


def energy(p, t, pp, b, i, o):
    f1, f2, w, a, k, c, f, kappa = np.exp(p[:8])
    r, s, u, pi = p[8:]
    cap = (36.86e9 * t * pp - 14e9) / 131072
    x = kappa * b * (i + o) / np.where(cap > 0, cap, i + o)
    wave = (1 + x**12) ** (1 / 12)
    e = (b * i * (f1 + f2 * i) * t**r
         + o * (wave * (w + a * t**s * pp**pi)
                + b * (k + c * (i + o / 2)) * t**u))
    return e / (1 + f * t * pp / e)


def columns(n, rng):
    return (2.0 ** rng.integers(0, 4, n), np.ones(n),
            rng.integers(1, 257, n).astype(float),
            rng.integers(16, 4112, n).astype(float),
            rng.integers(16, 2064, n).astype(float))


def best_rate(items, call, seconds=1.0):
    best, start = 0.0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        t0 = time.perf_counter()
        call()
        best = max(best, items / (time.perf_counter() - t0))
    return best


def main():
    rng = np.random.default_rng(1)
    cols = columns(N_POINTS, rng)
    truth = CENTRE + 0.5 * SD
    rate = best_rate(N_POINTS, lambda: energy(truth, *cols))
    print(f"{'numpy_closed12_predict':32s} {rate:12.4g} predictions/s")

    rows = columns(N_ROWS, rng)
    y = energy(truth, *rows) * (1 + 0.04 * rng.standard_normal(N_ROWS))

    def residual(p):
        data = np.log(energy(p, *rows) / y) / 0.04
        robust = data * np.sqrt(2 / (1 + np.sqrt(1 + data**2)))
        return np.concatenate([robust, (p - CENTRE) / SD])

    def fit():
        least_squares(residual, CENTRE, method="trf",
                      bounds=(CENTRE - 6 * SD, CENTRE + 6 * SD))

    print(f"{'scipy_trf_fit_50_rows':32s} {best_rate(1, fit):12.4g} fits/s")


if __name__ == "__main__":
    main()
