/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A million rows from a fit through el_predictor_columns(), on one thread and
 * on all; bench/python_columns.py asks the same of the Python module.
 */
#include <stdlib.h>

#include "../support/el_bench.h"
#include "base/mem.h"
#include "energylens/predictor.h"

#define N_ROW 1000000u
#define FIT   "data/fits/a100-sxm4-40gb.fit.json"

typedef struct bench {
    const el_predictor *predictor;
    el_task task;
    el_column_set columns;
} bench;

static double predict_all(void *ctx)
{
    static const el_subject subject = {"llama-3-8b", NULL, NULL, NULL, NULL};
    const bench *b = ctx;
    el_error err;

    if (el_predictor_columns(b->predictor, &subject, &b->columns, &b->task,
                             &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
    return (double)b->columns.n_row;
}

int main(int argc, char **argv)
{
    static const double isl = 1000.0, osl = 250.0;
    double *batch = el_array(N_ROW, sizeof *batch);
    double *energy_j = el_array(N_ROW, sizeof *energy_j);
    double *source = el_array(N_ROW, sizeof *source);
    const el_input input[] = {{"batch_size", batch, 1},
                              {"input_tokens", &isl, 0},
                              {"output_tokens", &osl, 0}};
    const el_output output[] = {{"energy_per_request_j", energy_j, 1},
                                {"source", source, 1}};
    bench b = {.columns = {N_ROW, 3, input, 2, output}};
    el_predictor *predictor = NULL;
    el_error err;

    if (!batch || !energy_j || !source ||
        el_predictor_open(argc > 1 ? argv[1] : FIT, NULL, NULL, &predictor,
                          &err) != EL_OK)
        return 1; /* not run from the repository */
    b.predictor = predictor;
    for (size_t i = 0; i < N_ROW; i++)
        batch[i] = 1.0 + (double)(i % 127);
    b.task.threads = 1;
    el_bench_print("columns_one_thread", el_bench_rate(predict_all, &b),
                   "rows/s");
    b.task.threads = 0;
    el_bench_print("columns_all_threads", el_bench_rate(predict_all, &b),
                   "rows/s");
    el_predictor_close(predictor);
    el_free(batch);
    el_free(energy_j);
    el_free(source);
    return 0;
}
