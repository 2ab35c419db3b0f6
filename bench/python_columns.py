#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python adds to the library: a million rows against the C call alone,
seconds of processor time on one thread, the best of several; and the memory
that 100,000 calls leave behind.

    ENERGYLENS_LIBRARY=build/release/libenergylens.so PYTHONPATH=python \
        python3 bench/python_columns.py data/fits/a100-sxm4-40gb.fit.json
"""

import sys
import time

import numpy as np

import energylens
from energylens import _library, _predict

N_ROW = 1_000_000
N_CALL = 100_000


def cpu_s(function):
    start = time.process_time()
    function()
    return time.process_time() - start


def rss_kib():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0


def c_call(predictor, batch, names):
    """The call of predict(), everything made ready before."""
    single = [("input_tokens", np.array(1e3)), ("output_tokens", np.array(250.0))]
    inputs = [("batch_size", batch)] + single
    room = [(name, np.empty(len(batch))) for name in names]
    together = _library.ColumnSet(
        len(batch), 3, _predict._columns(inputs),
        len(room), _predict._columns(room),
    )
    subject = _library.Subject(model=b"llama-3-8b")
    task = _library.Task(threads=1)
    error = _library.Error()

    def call():
        assert 0 == _library.lib.el_predictor_columns(
            predictor._handle, subject, together, task, error
        )
        return room

    return call


def ratio(predictor):
    batch = 1.0 + np.arange(N_ROW) % 127
    names = energylens.OUTPUTS
    by_c = c_call(predictor, batch, names)

    def by_python():
        predictor.predict(
            model="llama-3-8b", batch_size=batch, input_tokens=1000,
            output_tokens=250, threads=1,
        )

    times = [(cpu_s(by_c), cpu_s(by_python)) for _ in range(3)]
    c_s, python_s = (min(column) for column in zip(*times))
    print(f"{'c_million_rows':32s} {c_s:12.4g} s")
    print(f"{'python_million_rows':32s} {python_s:12.4g} s")
    print(f"{'python_over_c':32s} {python_s / c_s:12.4g}")


def leak(predictor):
    def calls(n):
        for _ in range(n):
            predictor.predict(
                model="llama-3-8b", batch_size=8, input_tokens=1000,
                output_tokens=250, threads=1,
            )

    calls(1000)
    before = rss_kib()
    seconds = cpu_s(lambda: calls(N_CALL))
    print(f"{'python_call':32s} {1e6 * seconds / N_CALL:12.4g} us")
    print(f"{'rss_growth_100000_calls':32s} {rss_kib() - before:12d} KiB")
    before = rss_kib()
    for _ in range(N_CALL // 10):
        energylens.run("catalog", "gpus", "h100", json=True)
    print(f"{'rss_growth_10000_verbs':32s} {rss_kib() - before:12d} KiB")


if __name__ == "__main__":
    with energylens.Predictor(sys.argv[1]) as fitted:
        ratio(fitted)
        leak(fitted)
