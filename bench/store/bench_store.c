/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples into a store and out again, and the memory that takes.
 *   bench_store [SAMPLES [STORE]]
 * STORE: a file that is made and removed, or an empty PostgreSQL database.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../support/el_bench.h"
#include "base/mem.h"
#include "store/check.h"
#include "store/export.h"

#define N_DEVICE 8u
#define IN_RUN   100000u /* samples of a run: 8 GPUs at 50 Hz for 250 s */

static double peak_mib(void)
{
    struct rusage use;

    (void)getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_maxrss / 1024;
}

/* Of this process; a server's is its own. */
static double cpu_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static int fail(const el_error *err)
{
    (void)fprintf(stderr, "%s\n", err->message);
    return 1;
}

/* As a GPU has them: counter, power, clocks, temperature. */
static void make(el_reading *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (el_reading){.time_s = 0.02 * (double)i,
                            .energy_j = 1e6 + 6.123 * (double)i,
                            .power_w = 300 + (double)(i % 977) / 7,
                            .sm_clock_hz = 1.98e9,
                            .mem_clock_hz = 2.6e9,
                            .temp_c = 50 + (double)(i % 11),
                            .have = 0x3f};
}

static el_status write_run(el_store *store, int64_t campaign, size_t k,
                           const el_reading *v, el_error *err)
{
    el_store_device device[N_DEVICE];
    el_store_run run;
    bool is_new;
    el_status st;

    el_store_run_init(&run);
    run.configuration.model = "bench";
    run.configuration.batch_size = (double)k + 1;
    run.repeat = 1;
    run.energy_j = 1e5;
    for (size_t d = 0; d < N_DEVICE; d++)
        device[d] = (el_store_device){NULL, NULL, EL_UNKNOWN, EL_UNKNOWN};
    run.device = device;
    run.n_device = N_DEVICE;
    st = el_store_begin(store, campaign, &run, &is_new, err);
    for (size_t d = 0; d < N_DEVICE && st == EL_OK; d++)
        st = el_store_add_samples(store, d, v, IN_RUN / N_DEVICE, err);
    return st == EL_OK ? el_store_commit(store, err) : st;
}

static el_status fill(const char *where, size_t n_run, el_error *err)
{
    const el_store_campaign campaign = {"bench", NULL, EL_UNKNOWN, EL_UNKNOWN};
    el_reading *v = el_array(IN_RUN / N_DEVICE, sizeof *v);
    el_store *store = NULL;
    int64_t id = 0;
    double start_s, start_cpu;
    el_status st = el_store_open(where, EL_STORE_WRITE, &store, err);

    if (st == EL_OK)
        st = el_store_campaign_add(store, &campaign, &id, err);
    if (!v || st != EL_OK)
        return st;
    make(v, IN_RUN / N_DEVICE);
    start_s = el_bench_now_s();
    start_cpu = cpu_s();
    for (size_t k = 0; k < n_run && st == EL_OK; k++)
        st = write_run(store, id, k, v, err);
    start_s = el_bench_now_s() - start_s;
    el_store_close(store);
    el_free(v);
    if (st == EL_OK)
        printf("%-32s %12.4g samples/s, %.3g s of processor time, peak %.1f "
               "MiB\n",
               "store_insert", (double)(n_run * IN_RUN) / start_s,
               cpu_s() - start_cpu, peak_mib());
    return st;
}

static el_status discard(void *ctx, const char *text, size_t len, el_error *err)
{
    (void)text;
    (void)err;
    *(size_t *)ctx += len;
    return EL_OK;
}

static el_status nothing(void *ctx, const el_store_campaign_seen *c,
                         el_error *err)
{
    (void)ctx;
    (void)c;
    (void)err;
    return EL_OK;
}

static el_status read_back(const char *where, el_error *err)
{
    static const el_store_filter all = {.run = 0};
    double start_s = el_bench_now_s(), start_cpu;
    el_store *store = NULL;
    el_buf said = {0};
    size_t n = 0, bytes = 0;
    el_status st = el_store_open(where, EL_STORE_READ, &store, err);

    if (st == EL_OK)
        st = el_store_each_campaign(store, nothing, NULL, err);
    printf("%-32s %12.4g s, peak %.1f MiB\n", "store_open_and_ls",
           el_bench_now_s() - start_s, peak_mib());
    start_s = el_bench_now_s();
    start_cpu = cpu_s();
    if (st == EL_OK)
        st = el_store_export(store, EL_EXPORT_SAMPLES, &all, NULL, discard,
                             &bytes, &n, err);
    printf("%-32s %12.4g samples/s, %.3g s of processor time, %zu samples, "
           "%.4g MB, peak %.1f MiB\n",
           "store_export", (double)n / (el_bench_now_s() - start_s),
           cpu_s() - start_cpu, n, 1e-6 * (double)bytes, peak_mib());
    start_s = el_bench_now_s();
    start_cpu = cpu_s();
    if (st == EL_OK)
        st = el_store_check(store, NULL, &said, err);
    printf("%-32s %12.4g s, %.3g s of processor time, peak %.1f MiB%s\n",
           "store_check", el_bench_now_s() - start_s, cpu_s() - start_cpu,
           peak_mib(), said.len ? ": damaged" : "");
    el_buf_clear(&said);
    el_store_close(store);
    return st;
}

int main(int argc, char **argv)
{
    const double want = argc > 1 ? strtod(argv[1], NULL) : 1e6;
    const size_t n_run = (size_t)(want / IN_RUN) + (want < IN_RUN);
    const char *where = argc > 2 ? argv[2] : "bench_store.db";
    el_error err = {.status = EL_OK};
    int bad = 0;

    if (!strstr(where, "://") && access(where, F_OK) == 0) {
        (void)fprintf(stderr, "%s is there already\n", where);
        return 1;
    }
    if (fill(where, n_run, &err) != EL_OK || read_back(where, &err) != EL_OK)
        bad = fail(&err);
    if (!strstr(where, "://"))
        (void)unlink(where);
    return bad;
}
