/* SPDX-License-Identifier: Apache-2.0 */
/* Llama-3-70B on an H100, and measured rows of it that a test makes up. */
#ifndef EL_CALIBRATE_SAMPLE_H
#define EL_CALIBRATE_SAMPLE_H
#include "el_analytic_sample.h"

#include <stdlib.h>

#include "energylens/calibrate.h"
#include "model/analytic_terms.h"
#include "model/table.h"

#define EL_MAX_RUNS 64u

typedef struct el_runs_sample {
    el_arch_desc arch;
    el_analytic_sample s;
    el_row row[EL_MAX_RUNS];
    const el_row *list[EL_MAX_RUNS];
    size_t n;
} el_runs_sample;

static inline el_runs_sample *el_runs_sample_open(void)
{
    el_runs_sample *b = calloc(1, sizeof *b);

    assert_non_null(b);
    b->arch = el_sample_arch(80);
    b->s = el_sample_analytic(el_llama, &b->arch, el_sample_h100(), "vLLM");
    return b;
}

static inline void el_runs_sample_close(el_runs_sample *b)
{
    el_sample_close(&b->s);
    free(b);
}

static inline el_row el_sample_row(double tp, double batch, double isl,
                                   double osl)
{
    el_row r = el_row_blank();

    r.tp = r.num_gpus = tp;
    r.batch_size = r.requests = batch;
    r.input_tokens = isl;
    r.output_tokens = osl;
    return r;
}

static inline el_prediction el_runs_sample_ask(el_runs_sample *b,
                                               const el_row *row)
{
    el_point point = el_row_point(row);
    el_shard shard = el_point_shard(&point);
    el_prediction p;

    assert_int_equal(el_analytic_prepare(b->s.analytic, &shard, NULL), EL_OK);
    assert_int_equal(el_analytic_predict(b->s.analytic, &point, row->workload,
                                         row->batch_size, &p, NULL),
                     EL_OK);
    return p;
}

/* One more run, `energy` and `time` times what the model says; model not yet
 * calibrated. */
static inline el_row *el_runs_sample_add(el_runs_sample *b, el_row row,
                                         double energy, double time)
{
    el_prediction p = el_runs_sample_ask(b, &row);

    row.energy_per_request_j = p.energy_per_request_j * energy;
    row.ttft_s = p.ttft_s * time;
    row.itl_s = p.tpot_s * time;
    row.latency_s = p.latency_s * time;
    b->row[b->n] = row;
    b->list[b->n] = &b->row[b->n];
    return &b->row[b->n++];
}

static inline el_calibrated el_runs_sample_calibrate(el_runs_sample *b)
{
    el_calibrated done;
    el_error err = {0};

    assert_int_equal(
        el_analytic_calibrate(b->s.analytic, b->list, b->n, &done, &err),
        EL_OK);
    return done;
}

static inline void el_runs_sample_six(el_runs_sample *b, double energy,
                                      double time)
{
    static const double batch[] = {1, 8, 64};

    for (size_t i = 0; i < 6; i++)
        el_runs_sample_add(
            b, el_sample_row(i < 3 ? 2 : 4, batch[i % 3], 1024, 256), energy,
            time);
}

#endif
