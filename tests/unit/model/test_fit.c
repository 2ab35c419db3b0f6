/* SPDX-License-Identifier: Apache-2.0 */
/* Fits of groups and what is predicted from them. */
#include "energylens/fit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "el_facts_sample.h"
#include "el_table_sample.h"

static el_point at(double tp, double batch, double isl, double osl)
{
    return (el_point){.tp = tp,
                      .pp = 1,
                      .ep = 1,
                      .dp = 1,
                      .batch = batch,
                      .isl = isl,
                      .osl = osl,
                      .workload = -1};
}

/* closed12 at its prior centres for the sample facts, as "the truth". */
static double truth_j(const el_group_fit *prior, double tp, double batch,
                      double isl, double osl)
{
    el_point p = at(tp, batch, isl, osl);
    double y;

    el_model_predict(&prior->model[EL_TARGET_ENERGY], &p, 1, &y);
    return y / batch;
}

static el_group_fit prior_fit(void)
{
    el_group_key key = {"made-up-7b", "", "card", "bfloat16", "vLLM"};
    el_facts facts;
    el_facts_hint hint = {7e9, 7e9, "dense"};
    el_group_fit fit;

    assert_int_equal(el_facts_make(NULL, NULL, "bfloat16", &hint, &facts, NULL),
                     EL_OK);
    assert_int_equal(
        el_fit_from_prior(el_form_find("closed12"), &key, &facts, &fit, NULL),
        EL_OK);
    return fit;
}

static el_table *truth_table(double scale, double scatter)
{
    el_table *t = el_sample_table();
    el_group_fit prior = prior_fit();
    uint64_t s = 7;

    for (int tp = 1; tp <= 4; tp *= 2) {
        for (int b = 1; b <= 64; b *= 4) {
            for (int tokens = 128; tokens <= 2048; tokens *= 4) {
                double l = tokens;
                double e = scale * truth_j(&prior, tp, b, l, l / 2);
                el_row r;
                e *= exp(el_test_unif(&s, -scatter, scatter));
                r = el_sample_row(tp, b, l, l / 2, e);
                r.latency_s = 20;
                r.ttft_s = 0.02 * l * b / 2048;
                r.itl_s = 0.01;
                el_sample_add(t, r);
            }
        }
    }
    return t;
}

static el_fit_set fit_table(el_table *t, const char *form)
{
    el_clean_options clean = {0};
    el_fit_options options = {.form = el_form_find(form),
                              .prior = EL_PRIOR_PHYSICAL,
                              .scope = EL_SCOPE_GPUS};
    el_groups g;
    el_fit_set set;

    assert_int_equal(el_groups_make(t, NULL, &clean, NULL, &g, NULL), EL_OK);
    assert_int_equal(el_fit_groups(&g, &options, NULL, &set, NULL), EL_OK);
    el_groups_clear(&g);
    return set;
}

static el_prediction predict(const el_group_fit *fit, el_point p)
{
    el_prediction out;

    assert_int_equal(
        el_fit_predict(fit, &fit->facts, &p, "", p.batch, &out, NULL), EL_OK);
    return out;
}

static void a_fit_finds_the_truth_and_its_interval(void **state)
{
    el_table *t = truth_table(1.3, 0.02);
    el_fit_set set = fit_table(t, "closed12");
    el_group_fit prior = prior_fit();
    el_point p = at(2, 8, 512, 256);
    el_prediction e = predict(&set.fit[0], p);
    double want = 1.3 * truth_j(&prior, 2, 8, 512, 256);

    (void)state;
    assert_close(e.energy_per_request_j, want, 0.03, 0);
    assert_true(e.energy_per_request_lo_j < want &&
                want < e.energy_per_request_hi_j);
    assert_true(e.energy_per_request_hi_j < 1.25 * want);
    assert_int_equal(e.source, EL_SOURCE_FITTED);
    assert_string_equal(e.note, "");
    assert_close(e.prefill_energy_j + e.decode_energy_j, e.energy_per_request_j,
                 1e-12, 0);
    assert_close(e.energy_per_output_token_j, e.energy_per_request_j / 256,
                 1e-15, 0);
    assert_close(e.energy_j, 8 * e.energy_per_request_j, 1e-15, 0);
    assert_close(e.tpot_s, 0.01, 0.1, 0);
    assert_true(set.fit[0].mape_pct < 2.5);
    assert_true(set.fit[0].n_slice >= 6);
    el_fit_set_clear(&set);
    el_table_free(t);
}

static void outside_the_rows_is_said(void **state)
{
    el_table *t = truth_table(1, 0.02);
    el_fit_set set = fit_table(t, "closed12");
    el_point p = at(2, 512, 512, 256);
    el_prediction inside, outside = predict(&set.fit[0], p);

    (void)state;
    p.batch = 64;
    inside = predict(&set.fit[0], p);
    assert_int_equal(inside.source, EL_SOURCE_FITTED);
    assert_int_equal(outside.source, EL_SOURCE_EXTRAPOLATED);
    assert_int_equal(outside.extrapolated_axes, 1u << EL_AXIS_BATCH);
    assert_non_null(strstr(outside.note, "batch_size 512 outside 1..64"));
    assert_true(outside.spread_ln > inside.spread_ln);
    el_fit_set_clear(&set);
    el_table_free(t);
}

static void the_nearest_group_answers(void **state)
{
    el_table *t = truth_table(1, 0.02);
    el_fit_set set = fit_table(t, "closed12");
    el_group_key key = set.fit[0].key;
    el_match m = el_fit_match(&set, &key);

    (void)state;
    assert_ptr_equal(m.fit, &set.fit[0]);
    assert_int_equal(m.source, EL_SOURCE_FITTED);
    strcpy(key.precision, "fp8");
    m = el_fit_match(&set, &key);
    assert_int_equal(m.source, EL_SOURCE_EXTRAPOLATED);
    assert_string_equal(m.note, "precision: fitted on bfloat16");
    strcpy(key.precision, "bfloat16");
    strcpy(key.engine, "SGLang");
    assert_string_equal(el_fit_match(&set, &key).note,
                        "engine: fitted on vLLM");
    strcpy(key.gpu, "another");
    assert_null(el_fit_match(&set, &key).fit);
    el_fit_set_clear(&set);
    el_table_free(t);
}

/* Half the weight bytes: decode at batch 1 is streaming, so near half. */
static void other_precision_moves_with_its_bytes(void **state)
{
    el_group_fit fit = prior_fit();
    el_facts fp8 = fit.facts;
    el_point p = at(1, 1, 16, 512);
    el_prediction a, b;

    (void)state;
    fit.model[EL_TARGET_ENERGY].n_rows = 50;
    fp8.dense_bytes /= 2;
    a = predict(&fit, p);
    assert_int_equal(el_fit_predict(&fit, &fp8, &p, "", 1, &b, NULL), EL_OK);
    assert_true(b.energy_per_request_j < 0.75 * a.energy_per_request_j);
    assert_true(b.energy_per_request_j > 0.45 * a.energy_per_request_j);
    assert_true(b.spread_ln > a.spread_ln);
}

static void a_prior_is_modelled_and_wide(void **state)
{
    el_group_fit fit = prior_fit();
    el_point p = at(1, 8, 512, 256);
    el_prediction e = predict(&fit, p);

    (void)state;
    assert_int_equal(e.source, EL_SOURCE_MODELLED);
    assert_true(e.energy_per_request_hi_j > 1.4 * e.energy_per_request_j);
    assert_true(e.ttft_s > 0 && e.tpot_s > 0 && e.avg_power_w > 50 &&
                e.avg_power_w < 500);
}

/* No prompt lengths: a total, but no prefill share and never a zero. */
static void unknown_prompts_leave_phases_blank(void **state)
{
    el_table *t = el_sample_table();
    el_fit_set set;
    el_point p = at(1, 32, EL_UNKNOWN, 300);
    el_prediction e;

    (void)state;
    for (int b = 8; b <= 128; b *= 2) {
        el_row r = el_sample_row(1, b, EL_UNKNOWN, 300, 2000.0 / b + 20);
        r.workload = "chat";
        r.avg_batch = b;
        el_sample_add(t, r);
    }
    set = fit_table(t, "closed12");
    assert_true(set.fit[0].leaned_on_prior);
    assert_int_equal(el_fit_predict(&set.fit[0], &set.fit[0].facts, &p, "chat",
                                    32, &e, NULL),
                     EL_OK);
    assert_false(el_is_known(e.prefill_energy_j));
    assert_false(el_is_known(e.decode_energy_j));
    assert_close(e.energy_per_request_j, 2000 / 32.0 + 20, 0.15, 0);
    el_fit_set_clear(&set);
    el_table_free(t);
}

static void nothing_left_says_why(void **state)
{
    el_table *t = el_sample_table();
    el_clean_options clean = {.min_latency_s = 60};
    el_fit_options options = {
        .form = NULL, .prior = EL_PRIOR_PHYSICAL, .scope = EL_SCOPE_GPUS};
    el_groups g;
    el_fit_set set;
    el_error e;

    (void)state;
    el_sample_add(t, el_sample_row(1, 1, 128, 128, 100));
    assert_int_equal(el_groups_make(t, NULL, &clean, NULL, &g, NULL), EL_OK);
    assert_int_equal(el_fit_groups(&g, &options, NULL, &set, &e), EL_E_DATA);
    assert_non_null(strstr(e.message, "1 read"));
    assert_non_null(strstr(e.message, "1 shorter than the limit"));
    el_groups_clear(&g);
    assert_int_equal(el_fit_groups(&g, &options, NULL, &set, &e), EL_E_DATA);
    el_table_free(t);
}

static void same_bits_for_any_number_of_threads(void **state)
{
    el_table *t = truth_table(1.1, 0.05);
    el_clean_options clean = {0};
    el_fit_options options = {
        .form = NULL, .prior = EL_PRIOR_PHYSICAL, .scope = EL_SCOPE_GPUS};
    el_groups g;
    el_fit_set a, b;
    el_task one = {.threads = 1}, four = {.threads = 4};

    (void)state;
    assert_int_equal(el_groups_make(t, NULL, &clean, NULL, &g, NULL), EL_OK);
    assert_int_equal(el_fit_groups(&g, &options, &one, &a, NULL), EL_OK);
    assert_int_equal(el_fit_groups(&g, &options, &four, &b, NULL), EL_OK);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.fit, b.fit, a.n * sizeof *a.fit);
    el_fit_set_clear(&a);
    el_fit_set_clear(&b);
    el_groups_clear(&g);
    el_table_free(t);
}

static void every_allocation_may_fail(void **state)
{
    el_table *t = truth_table(1, 0.02);
    el_clean_options clean = {0};
    el_fit_options options = {
        .form = NULL, .prior = EL_PRIOR_PHYSICAL, .scope = EL_SCOPE_GPUS};
    el_task one = {.threads = 1};
    el_groups g;
    long k = 0, live;
    el_status st;

    (void)state;
    assert_int_equal(el_groups_make(t, NULL, &clean, NULL, &g, NULL), EL_OK);
    live = el_mem_live();
    do {
        el_fit_set set = {0};
        el_mem_fail_at(k);
        st = el_fit_groups(&g, &options, &one, &set, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_null(set.fit);
        }
        el_fit_set_clear(&set);
        assert_int_equal(el_mem_live(), live);
    } while (st != EL_OK && ++k < 200);
    assert_int_equal(st, EL_OK);
    el_groups_clear(&g);
    el_table_free(t);
}

static el_status fit_rows(const el_form *form, el_fit_data *data)
{
    el_model m;

    return el_form_fit(form, data, &m, NULL);
}

static void bad_rows_are_refused(void **state)
{
    el_facts facts = el_sample_dense();
    el_point p = at(1, 1, 128, 128);
    double y = 100, bad[] = {0, -1, NAN, INFINITY};
    el_fit_data data = {.facts = &facts, .point = &p, .y = &y, .n = 1};
    const el_form *closed12 = el_form_find("closed12");

    (void)state;
    assert_int_equal(fit_rows(closed12, &data), EL_OK);
    for (size_t i = 0; i < 4; i++) {
        y = bad[i];
        assert_int_equal(fit_rows(closed12, &data), EL_E_DATA);
    }
    y = 100;
    data.target = EL_TARGET_ITL;
    assert_int_equal(fit_rows(el_form_find("serving8"), &data), EL_E_ARG);
    data.target = EL_TARGET_ENERGY;
    assert_int_equal(fit_rows(el_form_find("latency-proxy"), &data), EL_E_DATA);
    data.n = 0;
    assert_int_equal(fit_rows(closed12, &data), EL_E_ARG);
    assert_int_equal(fit_rows(NULL, &data), EL_E_ARG);
    assert_null(el_form_find("closed13"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_finds_the_truth_and_its_interval),
        cmocka_unit_test(outside_the_rows_is_said),
        cmocka_unit_test(the_nearest_group_answers),
        cmocka_unit_test(other_precision_moves_with_its_bytes),
        cmocka_unit_test(a_prior_is_modelled_and_wide),
        cmocka_unit_test(unknown_prompts_leave_phases_blank),
        cmocka_unit_test(nothing_left_says_why),
        cmocka_unit_test(same_bits_for_any_number_of_threads),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(bad_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
