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
    el_row r = el_row_blank();

    r.line = 2;
    r.file = "t.csv";
    r.model = "made-up-7b";
    r.gpu = "card";
    r.precision = "bfloat16";
    r.engine = "vLLM";
    r.arch = "dense";
    r.tp = r.num_gpus = tp;
    r.batch_size = r.requests = batch;
    r.input_tokens = isl;
    r.output_tokens = osl;
    r.params = r.active_params = 7e9;
    r.energy_per_request_j = energy_j;
    r.latency_s = 10;
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
