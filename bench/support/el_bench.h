/* SPDX-License-Identifier: Apache-2.0 */
/* Timing for bench programs: best of several rounds, one line a figure. */
#ifndef EL_BENCH_H
#define EL_BENCH_H
#include <stdio.h>
#include <time.h>

static inline double el_bench_now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline void el_bench_print(const char *name, double value,
                                  const char *unit)
{
    printf("%-32s %12.4g %s\n", name, value, unit);
}

/* Best rate [items/s] of `round` over about a second. */
static inline double el_bench_rate(double (*round)(void *ctx), void *ctx)
{
    double start = el_bench_now_s(), best = 0.0;

    do {
        double t0 = el_bench_now_s();
        double items = round(ctx);
        double rate = items / (el_bench_now_s() - t0);
        best = rate > best ? rate : best;
    } while (el_bench_now_s() - start < 1.0);
    return best;
}

#endif
