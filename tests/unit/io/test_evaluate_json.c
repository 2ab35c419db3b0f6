/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "evaluate_data.h"
#include "io/evaluate_csv.h"
#include "io/evaluate_json.h"
#include "io/json.h"

static el_test_data data;
static const el_form *const forms[] = {&el_form_closed12, &el_form_smallest_tp};

static el_evaluate_options usual(void)
{
    el_evaluate_options o = {.form = forms,
                             .n_form = 2,
                             .splits = 1u << EL_SPLIT_ALL,
                             .samples = 3,
                             .seeds = 1,
                             .prior = EL_PRIOR_PHYSICAL,
                             .keep_predictions = true};

    return o;
}

static void evaluate(const el_evaluate_options *o, el_evaluation *e)
{
    el_test_grid(&data, 2, 0.0);
    data.group[1].n = 6; /* few lines */
    data.group[0].n = 6;
    assert_int_equal(el_evaluate(&data.groups, o, NULL, e, NULL), EL_OK);
}

static void test_json(void **state)
{
    static const char *const key[] = {"form",
                                      "split",
                                      "samples",
                                      "samples_unit",
                                      "seeds",
                                      "scope",
                                      "mape_pct",
                                      "mape_pct_lo",
                                      "mape_pct_hi",
                                      "top1_pct",
                                      "median_ape_pct",
                                      "top1_within3_pct",
                                      "mean_regret_pct",
                                      "r2_log",
                                      "pairwise_pct",
                                      "ceiling_top1_pct",
                                      "coverage_pct",
                                      "scenarios",
                                      "rows",
                                      "groups"};
    el_evaluate_options o = usual();
    el_evaluation e;
    json_t *doc, *results, *data_part;

    (void)state;
    evaluate(&o, &e);
    doc = el_evaluation_json(&e, &o, &data.groups);
    results = json_object_get(doc, "results");
    assert_int_equal(json_array_size(results), 2);
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
        assert_non_null(json_object_get(json_array_get(results, 0), key[i]));
    assert_true(
        json_is_real(json_object_get(json_array_get(results, 0), "mape_pct")));
    assert_true(
        json_is_null(json_object_get(json_array_get(results, 1), "mape_pct")));
    data_part = json_object_get(doc, "data");
    assert_int_equal(json_integer_value(json_object_get(data_part, "rows")),
                     126);
    assert_int_equal(json_integer_value(json_object_get(data_part, "groups")),
                     2);
    assert_int_equal(json_array_size(json_object_get(doc, "notes")), 1);
    json_decref(doc);
    o.percent = true;
    e.score[0].split = EL_SPLIT_MODEL;
    e.score[0].samples = 0.0;
    doc = el_evaluation_json(&e, &o, &data.groups);
    results = json_array_get(json_object_get(doc, "results"), 0);
    assert_close(json_number_value(json_object_get(results, "samples")), 0.0, 0,
                 0);
    assert_string_equal(
        json_string_value(json_object_get(results, "samples_unit")), "percent");
    json_decref(doc);
    el_evaluation_clear(&e);
}

static void test_csv(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;
    el_buf text = {0};
    size_t lines = 0;

    (void)state;
    evaluate(&o, &e);
    el_evaluation_predictions_csv(&e, &o, &data.groups, &text);
    for (const char *p = el_buf_text(&text); *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 1 + e.n_tried);
    assert_int_equal(e.n_tried, 24);
    assert_int_equal(
        strncmp(el_buf_text(&text), "model,gpu,precision,engine,tp,pp,", 33),
        0);
    assert_non_null(strstr(el_buf_text(&text), "\"w,1\",all,3,0,closed12,"));
    assert_non_null(strstr(el_buf_text(&text), ",\n")); /* a rule: blank */
    el_buf_clear(&text);
    el_evaluation_clear(&e);
}

static void test_scores_csv(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;
    el_buf text = {0};
    size_t commas = 0, lines = 0;

    (void)state;
    evaluate(&o, &e);
    (void)strcpy(e.score[0].label, "x, y"); /* NOLINT: a constant */
    el_evaluation_scores_csv(&e, &o, &text);
    for (const char *p = el_buf_text(&text); *p; p++) {
        lines += *p == '\n';
        commas += lines == 0 && *p == ',';
    }
    assert_int_equal(lines, 1 + e.n_score);
    assert_int_equal(commas, 10 + 3 * EL_N_FIGURES);
    assert_non_null(
        strstr(el_buf_text(&text), "\nclosed12,all,\"x, y\",3,rows,1,gpus,2,"));
    assert_non_null(strstr(el_buf_text(&text), "\nsmallest-tp,all,,3,rows,"));
    assert_null(strstr(el_buf_text(&text), "nan"));
    el_buf_clear(&text);
    el_evaluation_clear(&e);
}

static void test_out_of_memory(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;
    json_t *doc;
    long k = 0;

    (void)state;
    evaluate(&o, &e);
    el_json_init();
    do {
        el_mem_fail_at(k);
        doc = el_evaluation_json(&e, &o, &data.groups);
        el_mem_fail_at(-1);
    } while (!doc && ++k < 2000);
    assert_non_null(doc);
    json_decref(doc);
    el_evaluation_clear(&e);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_scores_csv),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
