/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rate of reading a measurement table, on one core. The rows are made up but
 * have the shape of real ones: 31 columns, about 380 bytes, numbers with 15 to
 * 17 digits. The file lies in /tmp and is read from the page cache.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/str.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/table_csv.h"

#define N_ROWS   300000u /* about 110 MB */
#define N_REPEAT 3

static const char header[] =
    "dataset,model,params_b,active_params_b,arch,gpu,num_gpus,tp,pp,ep,dp,"
    "precision,engine,batch_size,input_tokens,output_tokens,requests,energy_j,"
    "energy_per_output_token_j,energy_per_request_j,latency_s,ttft_s,itl_s,"
    "throughput_tok_s,avg_power_w,workload,quality_flag,energy_j_recorded,"
    "energy_node_gpus_j,global_batch_size,source_file\n";

static void add_row(el_buf *buf, el_rng *rng)
{
    unsigned tp = 1u << el_rng_below(rng, 3);
    unsigned batch = 1u << el_rng_below(rng, 7);
    unsigned tokens = 128u << el_rng_below(rng, 5);
    double e = 10 + 1000 * el_rng_unit(rng);

    el_buf_printf(buf,
                  "made_up,some-lab/Some-Model-8B,8.03,8.03,dense,"
                  "A100-SXM4-40GB,%u,%u,1,1,1,bfloat16,vLLM (eager),%u,%u,%u,"
                  "%u,%.16g,%.16g,%.16g,",
                  tp, tp, batch, tokens, tokens, batch, e * batch, e / tokens,
                  e);
    el_buf_printf(buf,
                  "%.16g,%.16g,%.16g,%.17g,%.8g,made_up_%u_%u,short_run_lt3s,"
                  "%.16g,%.16g,%u,made_up/results_of_some_bench.csv\n",
                  e / 300, e / 30000, e / 100000, 100 + e / 7, 200 + e / 9,
                  tokens, tokens, e * batch * 1.1, e * batch * 1.7, batch);
}

static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one pass; below 0 when it failed. */
static double time_table(const char *path)
{
    double start = now_s();
    el_table *table = NULL;
    size_t n;

    if (el_table_read(&path, 1, EL_TABLE_MEASURED, NULL, &table, NULL) != EL_OK)
        return -1;
    n = el_table_n_rows(table);
    start = now_s() - start;
    el_table_free(table);
    return n == N_ROWS ? start : -1;
}

static double time_split(const char *path)
{
    double start = now_s();
    el_csv *csv = NULL;

    if (el_csv_read(path, &csv, NULL) != EL_OK)
        return -1;
    start = now_s() - start;
    el_csv_free(csv);
    return start;
}

static int report(const char *name, double (*pass)(const char *),
                  const char *path, size_t bytes)
{
    double best = -1;
    int i;

    for (i = 0; i < N_REPEAT; i++) {
        double t = pass(path);

        if (t <= 0)
            return 1;
        if (best < 0 || t < best)
            best = t;
    }
    printf("%s %.0f MB/s\n", name, 1e-6 * (double)bytes / best);
    return 0;
}

int main(void)
{
    char path[64];
    el_buf buf = {0};
    el_rng rng;
    size_t i;
    int bad = 1;

    (void)snprintf(path, sizeof path, "/tmp/energylens-bench-%ld.csv",
                   (long)getpid());
    el_rng_init(&rng, 1, 0);
    el_buf_add(&buf, header);
    for (i = 0; i < N_ROWS; i++)
        add_row(&buf, &rng);
    if (el_buf_ok(&buf) &&
        el_file_write(path, el_buf_text(&buf), buf.len, NULL) == EL_OK)
        bad = report("csv_table_read", time_table, path, buf.len) ||
              report("csv_split", time_split, path, buf.len);
    (void)unlink(path);
    el_buf_clear(&buf);
    return bad;
}
