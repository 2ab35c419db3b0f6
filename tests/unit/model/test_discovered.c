/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "el_facts_sample.h"
#include "model/forms.h"
#include "model/law_feature.h"
#include "model/law_score.h"

#define N 48u

static el_point point[N];
static double y[N];

/* y = 2.5 O T + 0.02 B I + 0.5 B O on a grid of degrees and loads. */
static int setup(void **state)
{
    size_t n = 0;

    (void)state;
    for (unsigned tp = 1; tp <= 4; tp *= 2)
        for (unsigned b = 1; b <= 64; b *= 4)
            for (int k = 0; k < 4; k++) {
                static const double isl[] = {128, 512, 2048, 300};
                static const double osl[] = {256, 128, 512, 2000};

                point[n] = (el_point){.tp = tp,
                                      .pp = 1,
                                      .ep = 1,
                                      .dp = 1,
                                      .batch = b,
                                      .isl = isl[k],
                                      .osl = osl[k],
                                      .workload = -1};
                y[n++] =
                    2.5 * osl[k] * tp + 0.02 * b * isl[k] + 0.5 * b * osl[k];
            }
    return n == N ? 0 : -1;
}

static el_fit_data rows(const el_facts *facts, const el_expr *law)
{
    return (el_fit_data){.target = EL_TARGET_ENERGY,
                         .facts = facts,
                         .point = point,
                         .y = y,
                         .n = N,
                         .law = law};
}

static void test_features(void **state)
{
    const el_facts facts = el_sample_moe();

    (void)state;
    assert_true(el_law_n_features() <= EL_EXPR_MAX_COLS);
    for (el_axis a = 0; a < EL_N_AXES; a++) {
        assert_string_equal(el_law_feature_at(a)->name, el_axis_name(a));
        assert_close(el_law_feature_value(a, &point[7], &facts),
                     el_point_axis(&point[7], a), 0, 0);
    }
    for (size_t i = 0; i < el_law_n_features(); i++)
        assert_int_equal(el_law_feature_find(el_law_feature_at(i)->name), i);
    assert_int_equal(el_law_feature_find("no such"), (size_t)-1);
    assert_close(
        el_law_feature_value(el_law_feature_find("layers"), &point[0], &facts),
        facts.layers, 0, 0);
    /* B (I + O) over what el_facts_kv_capacity says */
    assert_close(
        el_law_feature_value(el_law_feature_find("kv_fill"), &point[5], &facts),
        point[5].batch * (point[5].isl + point[5].osl) /
            el_facts_kv_capacity(&facts, 1, 1),
        1e-14, 0);
}

/* One wave while the cache holds all, as many as it takes when it does not. */
static void test_waves(void **state)
{
    const size_t f = el_law_feature_find("kv_waves");
    el_facts facts = el_sample_moe();
    const double cap = el_facts_kv_capacity(&facts, 1, 1);
    el_point p = {.tp = 1, .pp = 1, .ep = 1, .dp = 1, .isl = 100, .osl = 300};

    (void)state;
    p.batch = .5 * cap / 400;
    assert_close(el_law_feature_value(f, &p, &facts), 1, 1e-3, 0);
    p.batch = 7 * cap / 400;
    assert_close(el_law_feature_value(f, &p, &facts), 7, 1e-3, 0);
    p.isl = EL_UNKNOWN;
    assert_true(isnan(el_law_feature_value(f, &p, &facts)));
    p.isl = 100;
    facts.gpu_memory_bytes = 1e9; /* no room for the weights */
    assert_close(el_law_feature_value(f, &p, &facts), p.batch, 1e-3, 0);
    facts.kv_bytes_per_token = 0;
    assert_close(el_law_feature_value(f, &p, &facts), 1, 0, 0);
}

/* A run shorter than the law's offset has no joules by it. */
static void test_too_short(void **state)
{
    const el_facts facts = el_sample_moe();
    el_model m = {.form = &el_form_discovered, .facts = facts};
    el_point p = {.tp = 4, .pp = 1, .ep = 1, .dp = 1, .batch = 1, .osl = 10};
    double joules;

    (void)state;
    assert_int_equal(el_law_parse("2.5*output_tokens - 60.5*tp", &m.law, NULL),
                     EL_OK);
    el_form_discovered.predict(&m, &p, 1, &joules, NULL);
    assert_true(isnan(joules));
    p.osl = 1000;
    m.n_param = 2;
    m.param[0] = log(2.5);
    m.param[1] = log(60.5);
    el_form_discovered.predict(&m, &p, 1, &joules, NULL);
    assert_close(joules, 2500 - 242, 1e-12, 0);
}

/* The numbers of a skeleton from the rows, whatever they were. */
static void test_given_law(void **state)
{
    const el_facts facts = el_sample_moe();
    el_fit_data data;
    el_param_spec spec[EL_MAX_PARAMS];
    el_expr law;
    el_model m = {0};
    double got[N], grad[N * EL_MAX_PARAMS];

    (void)state;
    assert_int_equal(el_law_parse("1.1*output_tokens*tp + 1.1*batch_size*"
                                  "input_tokens + 1.1*batch_size*output_tokens",
                                  &law, NULL),
                     EL_OK);
    data = rows(&facts, &law);
    assert_int_equal(el_form_fit(&el_form_discovered, &data, &m, NULL), EL_OK);
    assert_true(m.converged);
    assert_int_equal(m.n_param, 3);
    assert_int_equal(el_model_specify(&m, spec), 3);
    assert_string_equal(spec[2].name, "ln_c3");
    assert_close(exp(m.param[0]), 2.5, 1e-6, 0);
    assert_close(exp(m.param[1]), 0.02, 1e-6, 0);
    assert_close(exp(m.param[2]), 0.5, 1e-6, 0);
    el_form_discovered.predict(&m, point, N, got, grad);
    for (size_t i = 0; i < N; i++) {
        assert_close(got[i], y[i], 1e-6, 0);
        /* d ln f / d ln c1 is the share of its term */
        assert_close(grad[i * 3], 2.5 * point[i].osl * point[i].tp / y[i], 1e-6,
                     0);
    }
}

/* Without a law one is sought. */
static void test_sought(void **state)
{
    const el_facts facts = el_sample_moe();
    el_fit_data data = rows(&facts, NULL);
    el_model m = {0};
    double got[N];

    (void)state;
    assert_int_equal(el_form_fit(&el_form_discovered, &data, &m, NULL), EL_OK);
    el_model_predict(&m, point, N, got);
    assert_true(el_law_score_make(got, y, N).worst_error < 1e-3);
}

/* 3 s a token is a measurement, however round: fitted to each group. */
static void test_seconds_are_not_round(void **state)
{
    const el_facts facts = el_sample_moe();
    el_fit_data data = rows(&facts, NULL);
    double latency[N];
    el_model m = {0};

    (void)state;
    for (size_t i = 0; i < N; i++)
        latency[i] = 3 * point[i].osl / point[i].tp;
    data.target = EL_TARGET_LATENCY;
    data.y = latency;
    assert_int_equal(el_form_fit(&el_form_discovered, &data, &m, NULL), EL_OK);
    assert_int_equal(m.n_param, 1);
    assert_close(exp(m.param[0]), 3, 1e-9, 0);
}

static void test_bad(void **state)
{
    const el_facts facts = el_sample_moe();
    el_fit_data data = rows(&facts, NULL);
    el_model m = {.n_rows = 7}, none = {.form = &el_form_discovered};
    double got[2];
    el_expr law;

    (void)state;
    assert_int_equal(el_law_parse("tp*speed", &law, NULL), EL_E_DATA);
    data.n = 1;
    assert_int_equal(el_form_fit(&el_form_discovered, &data, &m, NULL),
                     EL_E_DATA);
    assert_int_equal(m.n_rows, 7);
    el_model_predict(&none, point, 2, got);
    assert_true(isnan(got[0]) && isnan(got[1]));
}

static void test_out_of_memory(void **state)
{
    const el_facts facts = el_sample_moe();
    el_fit_data data;
    el_expr law;
    el_status st;
    long k = 0;

    (void)state;
    assert_int_equal(el_law_parse("1.1*output_tokens*tp^0.3 + 1.5", &law, NULL),
                     EL_OK);
    data = rows(&facts, &law);
    do {
        el_model m = {.n_rows = 7};

        el_mem_fail_at(k);
        st = el_form_fit(&el_form_discovered, &data, &m, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(m.n_rows, 7);
    } while (st != EL_OK && ++k < 100000);
    assert_int_equal(st, EL_OK);
}

static void test_score(void **state)
{
    static const double f[] = {1, 2, 4}, v[] = {1, 2, 2}, zero[] = {0, 1, 2};
    el_law_score s = el_law_score_make(f, v, 3);

    (void)state;
    assert_close(s.mean_error, 1.0 / 3, 1e-15, 0);
    assert_close(s.worst_error, 1, 1e-15, 0);
    assert_close(s.log_rmse, log(2) / sqrt(3), 1e-14, 0);
    assert_close(s.unexplained, 4 / (2.0 / 3), 1e-14, 0);
    s = el_law_score_make(f, zero, 3);
    assert_true(isnan(s.mean_error) && isnan(s.worst_error));
    assert_true(isnan(s.log_rmse));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_waves),
        cmocka_unit_test(test_too_short),
        cmocka_unit_test(test_given_law),
        cmocka_unit_test(test_sought),
        cmocka_unit_test(test_seconds_are_not_round),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_score),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
