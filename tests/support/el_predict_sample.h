/* SPDX-License-Identifier: Apache-2.0 */
/* A fit of a made-up model in a file, and a predictor of it. One include a
 * program. */
#ifndef EL_PREDICT_SAMPLE_H
#define EL_PREDICT_SAMPLE_H
#include "el_fit_sample.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/predict.h"
#include "energylens/files.h"
#include "model/table.h"

static char el_predict_path[] = "/tmp/el_test_predict_XXXXXX";

static inline int el_predict_setup(void **state)
{
    el_fit_set set;
    int fd = mkstemp(el_predict_path);

    (void)state;
    set = el_sample_fits(8);
    if (fd < 0 || el_fit_set_save(&set, el_predict_path, NULL) != EL_OK)
        return -1;
    el_fit_set_clear(&set);
    return close(fd);
}

static inline int el_predict_teardown(void **state)
{
    (void)state;
    return unlink(el_predict_path);
}

static inline el_predictor *el_predict_open(const char *fit,
                                            const el_boundary *boundary)
{
    el_predictor *p = NULL;
    el_error err = {0};

    if (el_predictor_open(fit, NULL, boundary, &p, &err) != EL_OK)
        fail_msg("%s", err.message);
    return p;
}

/* On two GPUs. */
static inline el_row el_predict_row(const char *model, const char *gpu,
                                    double batch, double isl, double osl)
{
    el_row r = el_row_blank();

    r.model = model;
    r.gpu = gpu;
    r.precision = "bfloat16";
    r.engine = "vLLM";
    r.tp = r.num_gpus = 2;
    r.batch_size = r.requests = batch;
    r.input_tokens = isl;
    r.output_tokens = osl;
    return r;
}

static inline el_answer el_predict_ask(const el_predictor *p, const el_row *row)
{
    el_answer a;
    el_error err = {0};

    if (el_predictor_rows(p, row, 1, NULL, &a, &err) != EL_OK)
        fail_msg("%s", err.message);
    return a;
}

#endif
