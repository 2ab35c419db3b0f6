/* SPDX-License-Identifier: Apache-2.0 */
/* Groups made from closed12 at its centres, for tests of the protocol. */
#ifndef EL_TEST_EVALUATE_DATA_H
#define EL_TEST_EVALUATE_DATA_H
#include <string.h>

#include "el_test.h"
#include "energylens/evaluate.h"
#include "model/forms.h"

#define EL_TEST_MAX_SAMPLES 96

typedef struct el_test_data {
    el_groups groups;
    el_group group[8];
    el_sample sample[8][EL_TEST_MAX_SAMPLES];
    el_row row;
} el_test_data;

static inline el_facts el_test_facts(double params)
{
    const el_gpu gpu = {.slug = "a",
                        .name = "a",
                        .vendor = "",
                        .arch = "",
                        .form = "",
                        .memory_type = "",
                        .link = "",
                        .memory_bytes = 40.0 * 0x1p30,
                        .mem_bw_bytes_s = 1.555e12,
                        .fp16_flop_s = 312e12,
                        .fp8_flop_s = EL_UNKNOWN,
                        .int8_op_s = EL_UNKNOWN,
                        .fp4_flop_s = EL_UNKNOWN,
                        .tdp_w = 400.0,
                        .idle_w = 50.0,
                        .idle_context_w = EL_UNKNOWN};
    const el_facts_hint hint = {params, params, "dense"};
    el_facts facts;

    assert_int_equal(el_facts_make(NULL, &gpu, "bfloat16", &hint, &facts, NULL),
                     EL_OK);
    return facts;
}

/* Prior centres as a model. */
static inline el_model el_test_centre(const el_facts *facts, el_target target)
{
    el_param_spec spec[EL_MAX_PARAMS];
    el_fit_data data = {.target = target, .facts = facts};
    el_model m = {.form = &el_form_closed12, .target = target};

    m.facts = *facts;
    m.n_param = el_form_closed12.specify(&data, spec);
    for (size_t j = 0; j < m.n_param; j++)
        m.param[j] = spec[j].centre;
    return m;
}

static inline el_sample *el_test_add(el_test_data *d, size_t g, double tp,
                                     double batch, double isl, double osl)
{
    el_group *group = &d->group[g];
    el_sample *s = &d->sample[g][group->n++];

    assert_true(group->n <= EL_TEST_MAX_SAMPLES);
    memset(s, 0, sizeof *s);
    s->point = (el_point){.tp = tp,
                          .pp = 1,
                          .ep = 1,
                          .dp = 1,
                          .batch = batch,
                          .isl = isl,
                          .osl = osl};
    s->batch_size = batch;
    s->num_gpus = tp;
    s->n_repeats = 1;
    s->row = &d->row;
    s->latency_s = s->ttft_s = s->itl_s = s->run_s = EL_UNKNOWN;
    s->energy_node_j = EL_UNKNOWN;
    return s;
}

/* Energies and latencies of closed12 at its centres, times e^(sd z). */
static inline void el_test_measure(el_test_data *d, size_t g, double sd,
                                   uint64_t *seed)
{
    el_group *group = &d->group[g];
    el_model energy = el_test_centre(&group->facts, EL_TARGET_ENERGY);
    el_model time = el_test_centre(&group->facts, EL_TARGET_LATENCY);

    for (size_t i = 0; i < group->n; i++) {
        el_sample *s = &d->sample[g][i];
        double z = el_test_unif(seed, -1.7, 1.7);
        el_model_predict(&energy, &s->point, 1, &s->energy_j);
        el_model_predict(&time, &s->point, 1, &s->latency_s);
        s->energy_j *= exp(sd * z);
        s->run_s = s->latency_s;
        s->energy_node_j =
            s->energy_j + (4.0 - s->num_gpus) * 50.0 * s->latency_s;
    }
}

/* n groups of tp 1 2 4, batch 1..64, three lengths, of different sizes. */
static inline void el_test_grid(el_test_data *d, size_t n, double sd)
{
    static const char *const name[] = {"one",  "two", "three", "four",
                                       "five", "six", "seven", "eight"};
    uint64_t seed = 7;

    memset(d, 0, sizeof *d);
    d->row.file = d->row.model = d->row.gpu = d->row.workload = "w,1";
    d->groups.n = n;
    d->groups.group = d->group;
    for (size_t g = 0; g < n; g++) {
        el_group *group = &d->group[g];
        (void)strcpy(group->key.model, name[g]); /* NOLINT: constants */
        (void)strcpy(group->key.gpu, "a");       /* NOLINT */
        group->facts = el_test_facts(3e9 * (double)(g + 1));
        group->sample = d->sample[g];
        group->n_workload = 1;
        for (int tp = 1; tp <= 4; tp *= 2) {
            for (int b = 1; b <= 64; b *= 2) {
                for (int len = 128; len <= 2048; len *= 4)
                    (void)el_test_add(d, g, tp, b, len, len);
            }
        }
        el_test_measure(d, g, sd, &seed);
        group->cleaning.rows = group->cleaning.kept = group->n;
    }
}

#endif
