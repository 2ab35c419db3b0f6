/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of closed12: array predictions, 50-row fits, bootstrap refits. */
#include "energylens/closed12.h"

#include <stdlib.h>

#include "../../tests/support/el_facts_sample.h"
#include "../support/el_bench.h"
#include "base/rng.h"

#define N_POINTS 65536u
#define N_ROWS   50u

typedef struct bench {
    el_facts facts;
    el_model model;
    double *column[6]; /* tp pp batch isl osl energy */
    el_point row[N_ROWS];
    double y[N_ROWS], run_s[N_ROWS], weight[N_ROWS];
    el_fit_data data;
    el_rng rng;
} bench;

/* Half of the loads run in waves, all powers of two and odd ones. */
static void fill(bench *b)
{
    for (size_t i = 0; i < N_POINTS; i++) {
        b->column[0][i] = (double)(1u << el_rng_below(&b->rng, 4));
        b->column[1][i] = 1.0;
        b->column[2][i] = 1.0 + (double)el_rng_below(&b->rng, 256);
        b->column[3][i] = 16.0 + (double)el_rng_below(&b->rng, 4096);
        b->column[4][i] = 16.0 + (double)el_rng_below(&b->rng, 2048);
    }
    for (size_t i = 0; i < N_ROWS; i++) {
        b->row[i] = (el_point){.tp = b->column[0][i],
                               .pp = 1,
                               .ep = 1,
                               .dp = 1,
                               .batch = b->column[2][i],
                               .isl = b->column[3][i],
                               .osl = b->column[4][i],
                               .workload = -1};
        b->weight[i] = 1.0;
    }
}

static double predict_round(void *ctx)
{
    bench *b = ctx;

    el_closed12_energy(&b->model, N_POINTS, b->column[0], b->column[1],
                       b->column[2], b->column[3], b->column[4], b->column[5]);
    return N_POINTS;
}

static double fit_round(void *ctx)
{
    bench *b = ctx;
    el_model m;

    for (int k = 0; k < 20; k++) {
        if (el_form_fit(b->model.form, &b->data, &m, NULL) != EL_OK)
            abort();
    }
    return 20;
}

static double bootstrap_round(void *ctx)
{
    bench *b = ctx;
    el_fit_data data = b->data;
    el_model m;

    data.weight = b->weight;
    data.start = b->model.param;
    for (int k = 0; k < 20; k++) {
        for (size_t i = 0; i < N_ROWS; i++)
            b->weight[i] = 0.0;
        for (size_t i = 0; i < N_ROWS; i++)
            b->weight[el_rng_below(&b->rng, N_ROWS)] += 1.0;
        if (el_form_fit(b->model.form, &data, &m, NULL) != EL_OK)
            abort();
    }
    return 20;
}

int main(void)
{
    static bench b;
    el_param_spec spec[EL_MAX_PARAMS];

    b.facts = el_sample_dense();
    el_rng_init(&b.rng, 1, 0);
    for (int k = 0; k < 6; k++)
        b.column[k] = calloc(N_POINTS, sizeof(double));
    fill(&b);
    b.model.form = el_form_find("closed12");
    b.model.facts = b.facts;
    b.model.n_param = el_model_specify(&b.model, spec);
    for (size_t j = 0; j < b.model.n_param; j++)
        b.model.param[j] = spec[j].centre + 0.5 * spec[j].sd;
    el_bench_print("closed12_predict", el_bench_rate(predict_round, &b),
                   "predictions/s");

    el_model_predict(&b.model, b.row, N_ROWS, b.y);
    for (size_t i = 0; i < N_ROWS; i++) { /* 4 % scatter */
        b.y[i] *= 1.0 + 0.04 * el_rng_normal(&b.rng);
        b.run_s[i] = b.y[i] / 300.0;
    }
    b.data = (el_fit_data){.target = EL_TARGET_ENERGY,
                           .facts = &b.facts,
                           .point = b.row,
                           .y = b.y,
                           .run_s = b.run_s,
                           .n = N_ROWS,
                           .prior = EL_PRIOR_PHYSICAL};
    el_bench_print("closed12_fit_50_rows", el_bench_rate(fit_round, &b),
                   "fits/s");
    if (el_form_fit(b.model.form, &b.data, &b.model, NULL) != EL_OK)
        return 1;
    el_bench_print("closed12_bootstrap_50_rows",
                   el_bench_rate(bootstrap_round, &b), "refits/s");
    for (int k = 0; k < 6; k++)
        free(b.column[k]);
    return 0;
}
