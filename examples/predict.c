/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a request cost as the batch grows? Every row from a fit, in one
 * call. With a config.json and a GPU in place of the fit, the analytic model
 * answers:
 *
 *   predict h100.fit.json llama-3.1-8b
 *   predict - ./config.json h100
 */
#include <energylens/predictor.h>
#include <stdio.h>
#include <string.h>

#define N 8

static void show_warning(const char *line, void *ctx)
{
    (void)ctx;
    (void)fprintf(stderr, "warning: %s\n", line);
}

static int predict(const el_predictor *predictor, const el_subject *subject)
{
    const double isl = 1000, osl = 250; /* the same on all rows: step 0 */
    double batch[N], energy_j[N], lo_j[N], hi_j[N], source[N];
    const el_input input[] = {{"batch_size", batch, 1},
                              {"input_tokens", &isl, 0},
                              {"output_tokens", &osl, 0}};
    const el_output output[] = {{"energy_per_request_j", energy_j, 1},
                                {"energy_per_request_lo_j", lo_j, 1},
                                {"energy_per_request_hi_j", hi_j, 1},
                                {"source", source, 1}};
    const el_column_set columns = {N, 3, input, 4, output};
    const el_task task = {.warn = show_warning};
    el_error err;

    for (int i = 0; i < N; i++)
        batch[i] = 1 << i;
    if (el_predictor_columns(predictor, subject, &columns, &task, &err) !=
        EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    (void)printf("batch  J/request  90 %% range\n");
    for (int i = 0; i < N; i++)
        if (source[i] == source[i]) /* NaN: it cannot be predicted */
            (void)printf("%5.0f  %9.1f  %.1f to %.1f  %s\n", batch[i],
                         energy_j[i], lo_j[i], hi_j[i],
                         el_source_name((el_source)source[i]));
    return 0;
}

int main(int argc, char **argv)
{
    el_subject subject = {NULL, NULL, NULL, NULL, NULL};
    el_predictor *predictor = NULL;
    el_error err;
    int code;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: predict FIT.json|- MODEL [GPU]\n");
        return 2;
    }
    subject.model = argv[2];
    subject.gpu = argc > 3 ? argv[3] : NULL;
    if (el_predictor_open(strcmp(argv[1], "-") == 0 ? NULL : argv[1], NULL,
                          NULL, &predictor, &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    code = predict(predictor, &subject);
    el_predictor_close(predictor);
    return code;
}
