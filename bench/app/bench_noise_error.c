/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of closed12's error on rows that it was not fitted to is noise of
 * the rows that it was fitted to and scored on? closed12 fitted to all rows of
 * a group stands for the truth, and every row is that truth times noise of the
 * size which the fit left. What evaluate finds then, with the same splits and
 * seeds, is what closed12 would miss if it were the truth.
 *
 *   bench_noise_error
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/evaluate.h"
#include "app/evaluate_label.h"
#include "base/rng.h"
#include "energylens/fit.h"
#include "model/forms.h"

#define N_DRAW 8u

static void must(el_status st, const el_error *err)
{
    if (st == EL_OK)
        return;
    (void)fprintf(stderr, "bench_noise_error: %s\n", err->message);
    exit(1); /* one thread: NOLINT(concurrency-mt-unsafe) */
}

/* Joules of every sample: of the fit, with noise of this draw. */
static void pretend(el_groups *groups, const el_fit_set *fits, uint64_t draw)
{
    el_rng rng;

    el_rng_init(&rng, 0, draw);
    for (size_t i = 0; i < fits->n; i++) {
        const el_model *m = &fits->fit[i].model[EL_TARGET_ENERGY];

        for (size_t g = 0; g < groups->n; g++) {
            el_group *group = &groups->group[g];

            if (!el_group_key_equal(&group->key, &fits->fit[i].key))
                continue;
            for (size_t k = 0; k < group->n; k++) {
                el_sample *s = &group->sample[k];
                double sd = el_noise_sd(&m->noise, s->run_s);

                if (!(s->energy_j > 0.0))
                    continue;
                el_model_predict(m, &s->point, 1, &s->energy_j);
                s->energy_j *= exp(sd * el_rng_normal(&rng));
            }
        }
    }
}

static void print_table(const char *name, const el_evaluation *seen,
                        const el_evaluation *made)
{
    printf("\n%s, closed12, half of each group's rows, MAPE %%\n"
           "| split | part | measured | if it were the truth (%u draws) |\n"
           "|---|---|---|---|\n",
           name, N_DRAW);
    for (size_t k = 0; k < seen->n_score; k++) {
        const el_score *s = &seen->score[k];
        double sum = 0.0, lo = INFINITY, hi = 0.0;

        for (size_t d = 0; d < N_DRAW; d++) {
            double v = made[d].score[k].figure[EL_FIGURE_MAPE].value;

            sum += v / N_DRAW;
            lo = fmin(lo, v);
            hi = fmax(hi, v);
        }
        printf("| %s | %s | %.1f | %.1f (%.1f to %.1f) |\n",
               el_split_name(s->split), *s->label ? s->label : "all",
               s->figure[EL_FIGURE_MAPE].value, sum, lo, hi);
    }
}

static void one_table(const char *name, const char *path)
{
    static const el_form *const form[1] = {&el_form_closed12};
    const el_fit_options fit = {.prior = EL_PRIOR_PHYSICAL};
    el_evaluate_args args = {
        .path = &path,
        .n_path = 1,
        .min_latency_s = 1.5,
        .sessions = true,
        .options = {.form = form,
                    .n_form = 1,
                    .splits = 1u << EL_SPLIT_ALL | 1u << EL_SPLIT_BATCH,
                    .samples = 50,
                    .percent = true,
                    .seeds = 20,
                    .prior = EL_PRIOR_PHYSICAL},
        .by = 1u << EL_BY_ARCH};
    el_evaluation made[N_DRAW];
    el_evaluate_options o = args.options;
    el_task task = {.threads = 2};
    el_evaluate_result seen;
    el_labels labels = {0};
    el_fit_set fits;
    el_error err;

    if (el_app_evaluate(&args, &task, &seen, &err) != EL_OK) {
        printf("%s: skipped (%s)\n", name, err.message);
        return;
    }
    must(el_evaluate_labels(args.by, NULL, &seen.groups, &labels, &err), &err);
    must(el_fit_groups(&seen.groups, &fit, &task, &fits, &err), &err);
    o.label = labels.label;
    for (uint64_t d = 0; d < N_DRAW; d++) {
        pretend(&seen.groups, &fits, d);
        must(el_evaluate(&seen.groups, &o, &task, &made[d], &err), &err);
    }
    print_table(name, &seen.evaluation, made);
    for (size_t d = 0; d < N_DRAW; d++)
        el_evaluation_clear(&made[d]);
    el_fit_set_clear(&fits);
    el_labels_clear(&labels);
    el_evaluate_result_clear(&seen);
}

int main(void)
{
    one_table("ML.ENERGY v3", EL_SHARED "/data/measurements/"
                                        "mlenergy_v3_h100.csv");
    one_table("ML.ENERGY v2", EL_SHARED "/data/measurements/mlenergy_v2.csv");
    return 0;
}
