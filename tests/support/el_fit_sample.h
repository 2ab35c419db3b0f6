/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up set of fits for tests: plausible, not measured. */
#ifndef EL_FIT_SAMPLE_H
#define EL_FIT_SAMPLE_H
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "el_facts_sample.h"
#include "el_test.h"
#include "energylens/fit.h"

/* Moves parameters off their centres; a covariance a a' / k that is full. */
static inline void el_sample_disturb(el_model *m, uint64_t *seed)
{
    size_t k = m->n_param;
    double a[EL_MAX_PARAMS * EL_MAX_PARAMS] = {0};

    for (size_t i = 0; i < k * k; i++)
        a[i] = el_test_unif(seed, -0.05, 0.05);
    for (size_t i = 0; i < k; i++) {
        m->param[i] += el_test_unif(seed, -0.1, 0.1);
        for (size_t j = 0; j <= i; j++) {
            double sum = 0.0;

            for (size_t l = 0; l < k; l++)
                sum += a[i * k + l] * a[j * k + l];
            m->cov[i * k + j] = m->cov[j * k + i] = sum;
        }
    }
    m->noise.floor_sd = el_test_unif(seed, 0.01, 0.05);
    m->noise.jitter_sd = el_test_unif(seed, 0.05, 0.1);
    m->noise_df = 42.5;
    m->n_rows = 50;
    m->iterations = 11;
    m->loss = el_test_unif(seed, 20, 60);
    for (el_axis x = 0; x < EL_N_AXES; x++) {
        m->lo[x] = 1.0;
        m->hi[x] = x < EL_AXIS_BATCH ? 4.0 : 2048.0;
    }
}

/* Prompt lengths nobody recorded: two workloads, two more parameters. */
static inline void el_sample_prompts(el_model *m)
{
    el_param_spec spec[EL_MAX_PARAMS];

    m->prompts_unknown = true;
    m->n_workload = 2;
    el_str_copy(m->workload[0], EL_LABEL_LEN, "lm-arena-chat");
    el_str_copy(m->workload[1], EL_LABEL_LEN, "image \"chat\"");
    m->n_param = el_model_specify(m, spec);
    for (size_t j = 0; j < m->n_param; j++)
        m->param[j] = spec[j].centre;
}

static inline void el_sample_group(el_group_fit *fit, const char *model,
                                   bool prompts_unknown, uint64_t *seed)
{
    el_group_key key = {.gpu = "a100-sxm4-40gb", .precision = "bfloat16"};
    el_facts facts = prompts_unknown ? el_sample_moe() : el_sample_dense();
    el_error err = {0};

    el_str_copy(key.model, sizeof key.model, model);
    el_str_copy(key.model_slug, sizeof key.model_slug, model);
    el_str_copy(key.engine, sizeof key.engine, "vLLM");
    facts.gpu_idle_w = prompts_unknown ? EL_UNKNOWN : 55.0;
    if (el_fit_from_prior(el_form_find("closed12"), &key, &facts, fit, &err) !=
        EL_OK)
        fail_msg("%s", err.message);
    for (el_target t = 0; t < EL_N_TARGETS; t++) {
        if (prompts_unknown)
            el_sample_prompts(&fit->model[t]);
        el_sample_disturb(&fit->model[t], seed);
    }
    if (prompts_unknown) { /* steady tables have no TTFT */
        fit->has[EL_TARGET_TTFT] = fit->has[EL_TARGET_LATENCY] = false;
        memset(&fit->model[EL_TARGET_TTFT], 0, sizeof fit->model[0]);
        memset(&fit->model[EL_TARGET_LATENCY], 0, sizeof fit->model[0]);
        fit->model[EL_TARGET_ENERGY].lo[EL_AXIS_ISL] = EL_UNKNOWN;
        fit->model[EL_TARGET_ENERGY].hi[EL_AXIS_ISL] = EL_UNKNOWN;
    }
    fit->cleaning = (el_cleaning){60, 1, 2, 3, 0, 4, 50, 5, 6, 7};
    fit->mape_pct = 3.25;
    fit->n_slice = 1;
    fit->slice[0] = (el_residual_slice){EL_AXIS_TP, 1.0, 2.0, 30, 0.001, 0.034};
    fit->leaned_on_prior = prompts_unknown;
}

/* Two groups: recorded prompts, and not. Free with el_fit_set_clear. */
static inline el_fit_set el_sample_fits(uint64_t seed)
{
    el_fit_set set = {.n = 2,
                      .form = "closed12",
                      .source = "made-up.csv",
                      .data_hash = "0123456789abcdef",
                      .made_by = EL_VERSION,
                      .prior = EL_PRIOR_PHYSICAL,
                      .scope = EL_SCOPE_GPUS,
                      .min_latency_s = 1.5,
                      .seed = 7};

    set.fit = el_array(2, sizeof *set.fit);
    assert_non_null(set.fit);
    if (!set.fit) /* for the analyzer: the line above does not return then */
        return set;
    el_sample_group(&set.fit[0], "sample-7b", false, &seed);
    el_sample_group(&set.fit[1], "sample-moe", true, &seed);
    return set;
}

#endif
