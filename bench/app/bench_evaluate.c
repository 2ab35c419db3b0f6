/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate on the measured A100 groups: 5 forms, 3 splits, 20 seeds, 12
 * models. Goal: at most 15 s on two cores.
 */
#include <stdio.h>
#include <time.h>

#include "app/evaluate.h"
#include "model/forms.h"

#define N_FORM 5u

static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void)
{
    static const char *const path[] = {
        EL_SHARED "/data/measurements/argonne_synthetic.csv"};
    static const el_form *const form[N_FORM] = {
        &el_form_closed12, &el_form_el12r, &el_form_nnls12kv, &el_form_powerlaw,
        &el_form_serving8};
    el_evaluate_args args = {.path = path,
                             .n_path = 1,
                             .gpu = "a100-sxm4-40gb",
                             .engine = "vLLM (eager)",
                             .choices_only = true,
                             .min_latency_s = 1.5,
                             .sessions = true,
                             .options = {.form = form,
                                         .n_form = N_FORM,
                                         .splits = 1u << EL_SPLIT_ALL |
                                                   1u << EL_SPLIT_UNSEEN |
                                                   1u << EL_SPLIT_BATCH,
                                         .samples = 50,
                                         .seeds = 20,
                                         .prior = EL_PRIOR_PHYSICAL}};

    for (unsigned threads = 1; threads <= 2; threads++) {
        el_task task = {.threads = threads};
        el_evaluate_result r;
        el_error err;
        double start = now_s(), took;
        if (el_app_evaluate(&args, &task, &r, &err) != EL_OK) {
            printf("evaluate: skipped (%s)\n", err.message);
            return 0;
        }
        took = now_s() - start;
        printf("evaluate 5 forms x 3 splits x 20 seeds x %zu models, %u "
               "thread%s: %.2f s, %.0f fits/s\n",
               r.groups.n, threads, threads == 1 ? "" : "s", took,
               300.0 * (double)r.groups.n / took);
        el_evaluate_result_clear(&r);
    }
    return 0;
}
