/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "el_facts_sample.h"
#include "model/bootstrap_fit.h"
#include "model/identify.h"
#include "num/stats.h"

#define N 54

typedef struct sample {
    el_facts facts;
    el_point point[N];
    double y[N];
    el_fit_data data;
} sample;

/* Energies of the physical centres with 2 % scatter; P is always 1. */
static void make(sample *s, el_prior prior)
{
    static const double tp[] = {1, 2, 4}, batch[] = {1, 4, 8, 16, 32, 64};
    static const double tokens[] = {128, 512, 2048};
    const el_form *form = el_form_find("closed12");
    el_group_fit *truth = el_array(1, sizeof *truth);
    el_group_key key = {.model = "m"};
    uint64_t seed = 5;

    s->facts = el_sample_dense();
    assert_int_equal(el_fit_from_prior(form, &key, &s->facts, truth, NULL),
                     EL_OK);
    for (size_t i = 0; i < N; i++) {
        s->point[i] = (el_point){.tp = tp[i % 3],
                                 .pp = 1,
                                 .ep = 1,
                                 .dp = 1,
                                 .batch = batch[i / 3 % 6],
                                 .isl = tokens[i / 18],
                                 .osl = tokens[i / 18],
                                 .workload = -1};
    }
    el_model_predict(&truth->model[EL_TARGET_ENERGY], s->point, N, s->y);
    for (size_t i = 0; i < N; i++)
        s->y[i] *= exp(el_test_unif(&seed, -0.035, 0.035));
    s->data = (el_fit_data){.target = EL_TARGET_ENERGY,
                            .facts = &s->facts,
                            .point = s->point,
                            .y = s->y,
                            .n = N,
                            .prior = prior};
    el_free(truth);
}

static void test_intervals(void **state)
{
    sample s;
    el_model m;
    el_param_spec spec[EL_MAX_PARAMS];
    el_span one[EL_MAX_PARAMS], four[EL_MAX_PARAMS];
    el_task task = {.seed = 3, .threads = 1};
    size_t inside = 0;

    (void)state;
    make(&s, EL_PRIOR_PHYSICAL);
    assert_int_equal(el_form_fit(el_form_find("closed12"), &s.data, &m, NULL),
                     EL_OK);
    assert_int_equal(
        el_bootstrap_model(&s.data, &m, 200, 0.9, &task, one, NULL), EL_OK);
    task.threads = 4;
    assert_int_equal(
        el_bootstrap_model(&s.data, &m, 200, 0.9, &task, four, NULL), EL_OK);
    assert_memory_equal(one, four, m.n_param * sizeof *one);
    (void)el_model_specify(&m, spec);
    for (size_t j = 0; j < m.n_param; j++) {
        assert_true(one[j].lo < one[j].hi);
        inside += one[j].lo <= spec[j].centre && spec[j].centre <= one[j].hi;
    }
    assert_true(inside >= 9); /* of 12; the truth is the centre */
    /* P is 1 in all rows: its exponent is as uncertain as the prior, whose
     * 90 % interval is 1 -+ 1.645 sd */
    assert_true(one[11].hi - one[11].lo > 2.0 * 1.2 * spec[11].sd);
    assert_int_equal(el_mem_live(), 0);
}

static void test_without_prior(void **state)
{
    sample s;
    el_model m;
    el_span out[EL_MAX_PARAMS];

    (void)state;
    make(&s, EL_PRIOR_NONE);
    assert_int_equal(el_form_fit(el_form_find("powerlaw"), &s.data, &m, NULL),
                     EL_OK);
    assert_int_equal(el_bootstrap_model(&s.data, &m, 50, 0.9, NULL, out, NULL),
                     EL_OK);
    for (size_t j = 0; j < m.n_param; j++)
        assert_true(out[j].lo <= out[j].hi);
}

static bool stop(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_refused(void **state)
{
    sample s;
    el_model m;
    el_span out[EL_MAX_PARAMS] = {{-1, -2}};
    el_task task = {.cancelled = stop, .threads = 1};
    el_error err;

    (void)state;
    make(&s, EL_PRIOR_PHYSICAL);
    assert_int_equal(el_form_fit(el_form_find("closed12"), &s.data, &m, NULL),
                     EL_OK);
    assert_int_equal(el_bootstrap_model(&s.data, &m, 0, 0.9, NULL, out, &err),
                     EL_E_ARG);
    assert_int_equal(el_bootstrap_model(&s.data, &m, EL_BOOTSTRAP_MAX + 1, 0.9,
                                        NULL, out, &err),
                     EL_E_ARG);
    assert_int_equal(el_bootstrap_model(&s.data, &m, 9, 0.9, &task, out, &err),
                     EL_E_CANCELLED);
    assert_close(out[0].lo, -1, 0, 0);
    for (long k = 0; k < 40; k++) {
        el_status st;

        el_mem_fail_at(k);
        st = el_bootstrap_model(&s.data, &m, 3, 0.9, NULL, out, &err);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st == EL_OK)
            return;
        assert_int_equal(st, EL_E_NOMEM);
        assert_close(out[0].lo, -1, 0, 0);
    }
    fail_msg("allocations without end");
}

static void test_rules_have_none(void **state)
{
    sample s;
    el_model m = {0};
    el_span out[EL_MAX_PARAMS];
    el_weak_direction d[EL_MAX_PARAMS];
    size_t n = 9;

    (void)state;
    make(&s, EL_PRIOR_NONE);
    assert_int_equal(
        el_form_fit(el_form_find("smallest-tp"), &s.data, &m, NULL), EL_OK);
    assert_int_equal(el_bootstrap_model(&s.data, &m, 5, 0.9, NULL, out, NULL),
                     EL_OK);
    assert_int_equal(el_identify(&m, d, &n, NULL), EL_OK);
    assert_int_equal(n, 0);
}

static void test_identify(void **state)
{
    sample s;
    el_model m;
    el_weak_direction d[EL_MAX_PARAMS];
    size_t n = 0;

    (void)state;
    make(&s, EL_PRIOR_PHYSICAL);
    assert_int_equal(el_form_fit(el_form_find("closed12"), &s.data, &m, NULL),
                     EL_OK);
    assert_int_equal(el_identify(&m, d, &n, NULL), EL_OK);
    assert_true(n >= 1 && n < 12);
    /* the weakest direction is the exponent of P, which never varies */
    assert_close(d[0].loading[11], 1.0, 1e-6, 0);
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;

        for (size_t j = 0; j < m.n_param; j++)
            sum += d[i].loading[j] * d[i].loading[j];
        assert_close(sum, 1.0, 1e-9, 0);
        assert_true(i == 0 || d[i].share <= d[i - 1].share);
        assert_true(d[i].share >= EL_WEAK_SHARE);
    }
    m.cov[1] = m.cov[m.n_param] = NAN;
    assert_int_not_equal(el_identify(&m, d, &n, NULL), EL_OK);
}

static void test_normal_interval(void **state)
{
    el_model m = {.n_param = 2, .param = {1, 2}, .cov = {4, 0, 0, 9}};
    el_span i = el_param_interval(&m, 1);

    (void)state;
    assert_close(i.lo, 2.0 - 3.0 * 1.6448536269514722, 1e-9, 0);
    assert_close(i.hi, 2.0 + 3.0 * 1.6448536269514722, 1e-9, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_without_prior),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_rules_have_none),
        cmocka_unit_test(test_identify),
        cmocka_unit_test(test_normal_interval),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
