/* SPDX-License-Identifier: Apache-2.0 */
/* Measurement tables made in memory for tests. */
#ifndef EL_TABLE_SAMPLE_H
#define EL_TABLE_SAMPLE_H
#include <string.h>

#include "el_test.h"
#include "energylens/known.h"
#include "model/table.h"

/* A plain row of a 7 B model: change what the test is about. */
static inline el_row el_sample_row(double tp, double batch, double isl,
                                   double osl, double energy_j)
{
    const double na = EL_UNKNOWN;
    el_row r = {.line = 2,
                .file = "t.csv",
                .model = "made-up-7b",
                .gpu = "card",
                .precision = "bfloat16",
                .engine = "vLLM",
                .workload = "",
                .arch = "dense",
                .dataset = "",
                .config_note = "",
                .source_file = "",
                .quality_flag = "",
                .tp = tp,
                .pp = 1,
                .ep = 1,
                .dp = 1,
                .num_gpus = tp,
                .batch_size = batch,
                .avg_batch = na,
                .input_tokens = isl,
                .output_tokens = osl,
                .vision_tokens = na,
                .requests = batch,
                .params = 7e9,
                .active_params = 7e9,
                .energy_per_request_j = energy_j,
                .energy_node_per_request_j = na,
                .prefill_energy_per_request_j = na,
                .decode_energy_per_request_j = na,
                .latency_s = 10,
                .ttft_s = na,
                .itl_s = na,
                .avg_power_w = na,
                .throughput_tok_s = na};
    return r;
}

/* Copies the row; its strings become the table's. */
static inline void el_sample_add(el_table *t, el_row r)
{
    const char **text[] = {&r.file,        &r.model,       &r.gpu,
                           &r.precision,   &r.engine,      &r.workload,
                           &r.arch,        &r.dataset,     &r.config_note,
                           &r.source_file, &r.quality_flag};

    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        *text[i] = el_table_intern(t, *text[i], strlen(*text[i]));
        assert_non_null(*text[i]);
    }
    r.line = el_table_n_rows(t) + 2;
    assert_int_equal(el_table_add(t, &r, NULL), EL_OK);
}

static inline el_table *el_sample_table(void)
{
    el_table *t = NULL;

    assert_int_equal(el_table_new(&t, NULL), EL_OK);
    return t;
}

#endif
