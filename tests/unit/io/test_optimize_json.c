/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include "el_serving.h"

#include "base/mem.h"
#include "io/csv.h"
#include "io/json.h"
#include "io/optimize_json.h"

static el_facts facts;
static el_group_fit fit;

static int setup(void **state)
{
    (void)state;
    el_json_init();
    facts = el_test_facts();
    fit = el_test_fit(&facts);
    return 0;
}

static el_optimize_query small_query(void)
{
    el_optimize_query q = el_test_query(&fit);

    q.tp = (el_values){2, {1, 2}};
    q.batch = (el_values){3, {1, 8, 100000}}; /* the last does not fit */
    q.has_current = true;
    q.current = (el_config){8, 1, 1, 1, 64};
    q.scope = EL_SCOPE_FACILITY;
    q.dp = (el_values){1, {1}};
    return q;
}

static el_setup setup_of(void)
{
    el_setup s = {.key = fit.key, .hub_id = "org/model", .note = "a note"};

    el_str_copy(s.value[EL_SETUP_GPU], EL_NAME_LEN, fit.key.gpu);
    el_str_copy(s.value[EL_SETUP_CLOCK], EL_NAME_LEN, "1410");
    return s;
}

/* What was written, as a tree; clears it. */
static json_t *parsed(el_buf *text)
{
    json_t *json;

    assert_true(el_buf_ok(text));
    assert_int_equal(
        el_json_parse(text->text, text->len, "written", &json, NULL), EL_OK);
    el_buf_clear(text);
    return json;
}

static json_t *solve(const el_optimize_query *q, size_t misses)
{
    el_setup setup = setup_of();
    el_optimize_context context = {q, &setup, 1};
    el_optimize_result r;
    el_optimize_answer answer = {.result = &r, .max_infeasible = misses};
    el_buf text = {0};
    el_json_writer w = {.out = &text};

    assert_int_equal(el_optimize(q, 1, NULL, &r, NULL), EL_OK);
    el_optimize_write(&w, NULL, &context, &answer);
    el_optimize_result_clear(&r);
    return parsed(&text);
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_number(value))
        fail_msg("%s is no number", key);
    return json_number_value(value);
}

static double sum(json_t *object)
{
    double total = 0;
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) total += json_number_value(value);
    return total;
}

/* Keys that others script against. */
static void check_candidate(const json_t *c)
{
    static const char *const keys[] = {"tp",
                                       "pp",
                                       "ep",
                                       "dp",
                                       "batch_size",
                                       "num_gpus",
                                       "energy_per_request_j",
                                       "energy_per_request_lo_j",
                                       "energy_per_request_hi_j",
                                       "energy_per_output_token_j",
                                       "prefill_energy_j",
                                       "decode_energy_j",
                                       "energy_j",
                                       "ttft_s",
                                       "tpot_s",
                                       "avg_power_w",
                                       "level",
                                       "throughput_tok_s"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        (void)number(c, keys[i]);
    assert_true(number(c, "gpu_clock_mhz") == 1410);
    assert_true(json_is_null(json_object_get(c, "overlap")));
    assert_string_equal(json_string_value(json_object_get(c, "gpu")),
                        fit.key.gpu);
    assert_true(json_is_integer(json_object_get(c, "tp")));
    assert_true(json_is_boolean(json_object_get(c, "feasible")));
    assert_true(json_is_array(json_object_get(c, "reasons")));
    assert_true(json_is_array(json_object_get(c, "extrapolated_axes")));
    assert_true(json_is_string(json_object_get(c, "note")));
    assert_string_equal(json_string_value(json_object_get(c, "source")),
                        "MODELLED");
    assert_close(sum(json_object_get(c, "breakdown")),
                 number(c, "energy_per_request_j"), 1e-9, 0);
}

static void test_optimize(void **state)
{
    el_optimize_query q = small_query();
    json_t *json = solve(&q, 1), *list, *launch, *reason;

    (void)state;
    list = json_object_get(json, "candidates");
    assert_int_equal(json_array_size(list), 5); /* of two misses, one */
    assert_close(number(json, "n_candidates"), 6, 0, 0);
    assert_close(number(json, "n_feasible"), 4, 0, 0);
    for (size_t i = 0; i < 4; i++) {
        check_candidate(json_array_get(list, i));
        if (i)
            assert_true(
                number(json_array_get(list, i), "energy_per_request_j") >=
                number(json_array_get(list, i - 1), "energy_per_request_j"));
    }
    reason =
        json_array_get(json_object_get(json_array_get(list, 4), "reasons"), 0);
    assert_string_equal(json_string_value(json_object_get(reason, "limit")),
                        "kv_cache");
    assert_close(number(reason, "excess"),
                 number(reason, "value") / number(reason, "allowed") - 1, 1e-12,
                 0);
    assert_true(
        json_equal(json_object_get(json, "chosen"), json_array_get(list, 0)));
    assert_true(json_equal(json_object_get(json, "energy_optimal"),
                           json_array_get(list, 0)));
    check_candidate(json_object_get(json, "latency_optimal"));
    check_candidate(json_object_get(json, "current"));
    assert_true(json_is_null(json_object_get(json, "nearest_miss")));
    assert_true(json_is_null(json_object_get(json, "fitted_optimal")));
    assert_string_equal(json_string_value(json_object_get(json, "scope")),
                        "facility");
    assert_true(number(json, "saving") < 1);
    launch = json_object_get(json_object_get(json, "launch"), "vllm");
    assert_non_null(strstr(
        json_string_value(json_object_get(launch, "command")), "org/model"));
    json_decref(json);
    assert_int_equal(el_mem_live(), 0);
}

static void test_nothing(void **state)
{
    el_optimize_query q = small_query();
    json_t *json;

    (void)state;
    q.tpot_s = 1e-6;
    json = solve(&q, 100);
    assert_true(json_is_null(json_object_get(json, "chosen")));
    assert_true(json_is_null(json_object_get(json, "latency_optimal")));
    assert_true(json_is_null(json_object_get(json, "launch")));
    assert_true(json_is_null(json_object_get(json, "saving")));
    assert_true(
        json_equal(json_object_get(json, "nearest_miss"),
                   json_array_get(json_object_get(json, "candidates"), 0)));
    json_decref(json);
}

/* A grid and all its points. */
typedef struct grid {
    el_optimize_query base;
    el_explore_query query;
    el_setup setup;
    el_candidate point[16];
    el_explore_result result;
    el_buf csv;
} grid;

static el_status put_point(void *ctx, const el_explore_point *p, uint64_t *mark,
                           el_error *err)
{
    grid *g = ctx;

    (void)err;
    g->point[p->index] = *p->candidate;
    *mark = el_explore_csv_row(&g->setup, p->candidate, &g->csv);
    return EL_OK;
}

static void grid_make(grid *g)
{
    *g = (grid){.base = small_query(), .setup = setup_of()};
    g->query = (el_explore_query){.base = &g->base,
                                  .n_base = 1,
                                  .isl = {2, {100, 1000}},
                                  .osl = {1, {50}},
                                  .axis = EL_LATENCY_TTFT};
    el_explore_csv_header(&g->csv);
    assert_int_equal(
        el_explore(&g->query, NULL, put_point, g, &g->result, NULL), EL_OK);
}

static void grid_clear(grid *g)
{
    el_explore_result_clear(&g->result);
    el_buf_clear(&g->csv);
}

static size_t count_true(const json_t *list, const char *key)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(list); i++)
        n += json_is_true(json_object_get(json_array_get(list, i), key));
    return n;
}

static void explored(const grid *g, el_buf *text)
{
    el_optimize_context context = {&g->base, &g->setup, 1};
    el_json_writer w = {.out = text};

    el_explore_write(&w, NULL, &context, &g->query, &g->result, g->point);
}

static void test_explore(void **state)
{
    grid g;
    el_buf text = {0};
    json_t *json, *list;

    (void)state;
    grid_make(&g);
    explored(&g, &text);
    json = parsed(&text);
    list = json_object_get(json, "points");
    assert_int_equal(json_array_size(list), 12);
    check_candidate(json_array_get(list, 0));
    assert_int_equal(count_true(list, "on_front"),
                     g.result.front[EL_FRONT_REQUEST].n);
    assert_int_equal(count_true(list, "on_etft_front"),
                     g.result.front[EL_FRONT_ETFT].n);
    assert_int_equal(count_true(list, "on_epot_front"),
                     g.result.front[EL_FRONT_EPOT].n);
    assert_true(g.result.front[EL_FRONT_EPOT].n > 0);
    assert_string_equal(
        json_string_value(json_object_get(json, "front_latency")), "ttft");
    json_decref(json);
    grid_clear(&g);
    assert_int_equal(el_mem_live(), 0);
}

/* What was written reads back as a table with the same numbers. */
static void test_csv(void **state)
{
    grid g;
    el_csv *csv;
    size_t energy, front, clock;
    el_buf row = {0};

    (void)state;
    grid_make(&g);
    for (size_t i = 0; i < g.result.front[EL_FRONT_EPOT].n; i++) {
        char *flag =
            &g.csv.text[g.result.front[EL_FRONT_EPOT].point[i].mark + 4];
        assert_true(*flag == '0');
        *flag = '1';
    }
    assert_int_equal(el_csv_parse(g.csv.text, g.csv.len, "grid", &csv, NULL),
                     EL_OK);
    assert_int_equal(el_csv_n_records(csv), g.result.n);
    energy = el_csv_column(csv, "energy_per_request_j");
    front = el_csv_column(csv, "on_epot_front");
    clock = el_csv_column(csv, "gpu_clock_mhz");
    for (size_t i = 0; i < g.result.n; i++) {
        el_slice cell = el_csv_cell(csv, i, energy);
        double v = 0;
        assert_true(el_parse_double(cell.text, cell.len, &v));
        assert_close(v, g.point[i].energy_per_request_j, 1e-8, 0);
        cell = el_csv_cell(csv, i, clock);
        assert_int_equal(cell.len, 4);
        cell = el_csv_cell(csv, i, front);
        assert_int_equal(cell.len, 1);
        for (size_t k = 0; k < g.result.front[EL_FRONT_EPOT].n; k++)
            if (g.result.front[EL_FRONT_EPOT].point[k].index == i)
                assert_int_equal(cell.text[0], '1');
    }
    assert_non_null(strstr(g.csv.text, "kv_cache"));
    g.point[1].prediction.extrapolated_axes = 5;
    (void)el_explore_csv_row(&g.setup, &g.point[1], &row);
    assert_non_null(strstr(row.text, ",tp;ep,"));
    el_buf_clear(&row);
    el_csv_free(csv);
    grid_clear(&g);
    assert_int_equal(el_mem_live(), 0);
}

static void same_as_printed(const el_buf *written)
{
    el_buf copy = {0}, printed = {0};
    json_t *tree;

    el_buf_add(&copy, written->text);
    tree = parsed(&copy);
    assert_int_equal(el_json_print(tree, &printed, NULL), EL_OK);
    assert_string_equal(written->text, printed.text);
    json_decref(tree);
    el_buf_clear(&printed);
}

/* Keys are written in the order in which the printer sorts them. */
static void test_written_as_printed(void **state)
{
    el_optimize_query q = small_query();
    grid g;
    el_optimize_context context = {&q, &g.setup, 1};
    el_optimize_result r;
    json_t *other = json_pack("{s:i}", "b", 1);
    el_fleet_share share[2] = {{.share = 0.5}, {.share = 0}};
    const el_fleet fleet = {.n = 2, .share = share, .served = 0.5};
    const size_t fleet_setup[2] = {0, 0};
    el_optimize_answer answer = {.result = &r,
                                 .max_infeasible = 1,
                                 .is_verb = true,
                                 .disaggregated = other,
                                 .fleet = &fleet,
                                 .fleet_setup = fleet_setup};
    el_buf text = {0};
    el_json_writer w = {.out = &text};

    (void)state;
    grid_make(&g);
    q.ttft_s = 1e-3; /* reasons */
    assert_int_equal(el_optimize(&q, 1, NULL, &r, NULL), EL_OK);
    share[0].candidate = r.candidate[0];
    el_write_head(&w);
    el_optimize_write(&w, "result", &context, &answer);
    el_write_tail(&w, "energylens.optimize", 1, 7);
    same_as_printed(&text);
    el_buf_clear(&text);
    w = (el_json_writer){.out = &text};
    el_write_head(&w);
    el_explore_write(&w, "result", &context, &g.query, &g.result, g.point);
    el_write_tail(&w, "energylens.explore", 1, UINT64_MAX);
    same_as_printed(&text);
    el_buf_clear(&text);
    json_decref(other);
    el_optimize_result_clear(&r);
    grid_clear(&g);
    assert_int_equal(el_mem_live(), 0);
}

/* Fail each allocation in turn; returns how many there are. */
static long fail_each(void (*write)(const void *ctx, el_buf *text),
                      const void *ctx)
{
    long live = el_mem_live(), k = 0;
    bool ok = false;

    while (!ok && k < 1000) {
        el_buf text = {0};

        el_mem_fail_at(k++);
        write(ctx, &text);
        el_mem_fail_at(-1);
        ok = el_buf_ok(&text);
        el_buf_clear(&text);
        assert_int_equal(el_mem_live(), live);
    }
    assert_true(ok);
    return k - 1;
}

/* What was asked, and what was found. */
typedef struct found {
    el_optimize_context context;
    el_optimize_answer answer;
} found;

static void write_found(const void *ctx, el_buf *text)
{
    const found *f = ctx;
    el_json_writer w = {.out = text};

    el_optimize_write(&w, NULL, &f->context, &f->answer);
}

static void write_explored(const void *ctx, el_buf *text)
{
    explored(ctx, text);
}

static void test_out_of_memory(void **state)
{
    el_optimize_query q = small_query();
    grid g;
    el_optimize_result r;
    found f = {{&q, &g.setup, 1}, {.result = &r}};

    (void)state;
    grid_make(&g);
    assert_int_equal(el_optimize(&q, 1, NULL, &r, NULL), EL_OK);
    assert_true(fail_each(write_found, &f) > 50);
    assert_true(fail_each(write_explored, &g) > 20);
    el_optimize_result_clear(&r);
    grid_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optimize),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_explore),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_written_as_printed),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
