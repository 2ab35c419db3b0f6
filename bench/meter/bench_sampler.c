/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading 8 GPUs at 50 Hz costs: share of one core. On the double of NVML
 * beside this program, or on the library of EL_NVML_PATH (the real one waits
 * for the driver; its time counts too where it spins).
 *   bench_sampler [SECONDS]
 */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "meter/sampler.h"

#define MAX_GPUS 8u

static int measure(el_meter *meter, size_t n, double interval_s, double time_s)
{
    const size_t index[MAX_GPUS] = {0, 1, 2, 3, 4, 5, 6, 7};
    const struct timespec t = {(time_t)time_s, 0};
    el_sampler *s = NULL;
    el_sampler_cost cost;
    el_error err;

    if (el_sampler_start(meter, index, n, interval_s, &s, &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    (void)nanosleep(&t, NULL);
    if (el_sampler_stop(s, &err) != EL_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    el_sampler_cost_of(s, &cost);
    printf("%zu GPUs at %4.0f Hz: %.3f %% of a core, %.1f us a tick, "
           "%zu ticks, %zu missed\n",
           n, 1 / interval_s, 100 * cost.cpu_s / cost.wall_s,
           1e6 * cost.cpu_s / (double)cost.n_tick, cost.n_tick, cost.n_missed);
    el_sampler_free(s);
    return 0;
}

int main(int argc, char **argv)
{
    double time_s = argc > 1 ? strtod(argv[1], NULL) : 5;
    char path[512];
    el_meter *meter = NULL;
    el_error err;
    size_t n;
    int bad = 0;

    (void)snprintf(path, sizeof path, "%s/fake_nvml.so",
                   dirname(argv[0]));       /* NOLINT */
    (void)setenv("EL_NVML_PATH", path, 0);  /* NOLINT: no threads yet */
    (void)setenv("FAKE_NVML", "gpus=8", 0); /* NOLINT */
    if (el_meter_open("nvml", &meter, &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    n = el_meter_count(meter) < MAX_GPUS ? el_meter_count(meter) : MAX_GPUS;
    bad |= measure(meter, n, 0.02, time_s);
    bad |= measure(meter, n, 0.005, time_s);
    el_meter_close(meter);
    return bad;
}
