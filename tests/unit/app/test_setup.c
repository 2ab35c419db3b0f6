/* SPDX-License-Identifier: Apache-2.0 */
/* Setups of a search, and explore over them, on the built-in catalogue. */
#include <string.h>

#include "el_test.h"

#include "app/explore.h"
#include "app/fleet.h"
#include "base/mem.h"
#include "io/catalog_json.h"
#include "io/json.h"

static el_ask question(const char *model)
{
    el_ask ask = {.model = model};
    el_optimize_query *q = &ask.query;

    q->isl = 512;
    q->osl = 128;
    q->request_rate_hz = q->ttft_s = q->tpot_s = q->latency_s = EL_UNKNOWN;
    q->percentile = 95;
    q->gpus = q->node_gpus = 8;
    q->pue = 1;
    q->tp = (el_values){2, {1, 2}};
    q->batch = (el_values){2, {1, 8}};
    return ask;
}

static el_ask_state open_state(const el_ask *ask)
{
    el_ask_state s;
    el_error err = {0};

    if (el_ask_open(ask, &s, &err) != EL_OK)
        fail_msg("%s", err.message);
    return s;
}

static void test_axes(void **state)
{
    static const char *const key[] = {
        "gpu",           "precision",   "kv_cache_dtype", "engine",
        "gpu_clock_mhz", "gpu_power_w", "overlap",        "fusion"};

    (void)state;
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++) {
        assert_string_equal(el_setup_key(a), key[a]);
        assert_true(*el_setup_heading(a));
    }
}

/* Every combination once, the last axis fastest; values act. */
static void test_combinations(void **state)
{
    el_ask ask = question("llama-3.1-8b");
    el_ask_state s;

    (void)state;
    ask.axis[EL_SETUP_GPU] = (el_choices){2, {"h100", "l4"}};
    ask.axis[EL_SETUP_PRECISION] = (el_choices){2, {"bfloat16", "fp8"}};
    ask.axis[EL_SETUP_KV_CACHE] = (el_choices){2, {"auto", "fp8"}};
    s = open_state(&ask);
    assert_int_equal(s.setups.n, 8);
    for (size_t i = 0; i < 8; i++) {
        const el_setup *p = &s.setups.setup[i];
        const el_facts *f = &s.setups.query[i].facts;
        const el_facts *first = &s.setups.query[0].facts;
        assert_string_equal(p->value[EL_SETUP_GPU],
                            i < 4 ? "h100-sxm5-80gb" : "l4");
        assert_string_equal(p->value[EL_SETUP_PRECISION],
                            i & 2 ? "fp8" : "bfloat16");
        assert_string_equal(p->value[EL_SETUP_KV_CACHE],
                            i & 1 ? "fp8" : "auto");
        assert_close(f->kv_bytes_per_token,
                     first->kv_bytes_per_token * (i & 1 ? 0.5 : 1), 1e-12, 0);
        assert_true((f->dense_bytes < first->dense_bytes) == ((i & 2) != 0));
        assert_true(s.setups.query[i].match_source == EL_SOURCE_MODELLED);
        assert_string_equal(p->hub_id, "meta-llama/Meta-Llama-3.1-8B");
    }
    el_ask_close(&s);
    assert_int_equal(el_mem_live(), 0);
}

/* One setup among others is what it is alone, although plans are shared. */
static void test_shared_plans(void **state)
{
    el_ask ask = question("llama-3.1-8b");
    el_ask_state s;
    el_config config = {2, 1, 1, 1, 8};

    (void)state;
    ask.axis[EL_SETUP_GPU] = (el_choices){3, {"h100", "l4", "mi300x"}};
    ask.axis[EL_SETUP_CLOCK] = (el_choices){2, {"auto", "1200"}};
    ask.axis[EL_SETUP_OVERLAP] = (el_choices){2, {"0", "4x8"}};
    ask.axis[EL_SETUP_FUSION] = (el_choices){2, {"on", "off"}};
    s = open_state(&ask);
    assert_int_equal(s.setups.n, 24);
    for (size_t i = 0; i < s.setups.n; i++) {
        el_ask one = question("llama-3.1-8b");
        el_ask_state alone;
        el_point point = {.tp = config.tp,
                          .pp = 1,
                          .ep = 1,
                          .dp = 1,
                          .batch = 8,
                          .isl = 512,
                          .osl = 128};
        el_prediction a, b;
        const el_optimize_query *p = &s.setups.query[i], *q;
        for (el_setup_axis k = 0; k < EL_N_SETUP_AXES; k++)
            if (ask.axis[k].n)
                one.axis[k] = (el_choices){1, {s.setups.setup[i].value[k]}};
        alone = open_state(&one);
        q = alone.setups.query;
        assert_int_equal(p->predict(p->predict_ctx, &point, "", 8, &a, NULL),
                         EL_OK);
        assert_int_equal(q->predict(q->predict_ctx, &point, "", 8, &b, NULL),
                         EL_OK);
        assert_true(a.energy_per_request_j == b.energy_per_request_j &&
                    a.tpot_s == b.tpot_s && a.ttft_s == b.ttft_s);
        assert_true(a.energy_per_request_j > 0);
        el_ask_close(&alone);
    }
    el_ask_close(&s);
    assert_int_equal(el_mem_live(), 0);
}

static void refuse(const el_ask *ask, el_status want, const char *text)
{
    el_ask_state s;
    el_error err = {0};

    assert_int_equal(el_ask_open(ask, &s, &err), want);
    if (!strstr(err.message, text))
        fail_msg("\"%s\" has no \"%s\"", err.message, text);
    assert_int_equal(el_mem_live(), 0);
}

#define REFUSE(axis_, text_, want, message)                                    \
    do {                                                                       \
        el_ask ask = question("llama-3.1-8b");                                 \
        ask.axis[EL_SETUP_GPU] = (el_choices){1, {"h100"}};                    \
        ask.axis[axis_] = (el_choices){2, {text_, text_}};                     \
        refuse(&ask, want, message);                                           \
    } while (0)

static void test_refused(void **state)
{
    el_ask many = question("llama-3.1-8b");

    (void)state;
    REFUSE(EL_SETUP_GPU, "h10", EL_E_ARG, "did you mean h100");
    REFUSE(EL_SETUP_CLOCK, "0", EL_E_ARG, "--gpu-clock: not MHz above 0");
    REFUSE(EL_SETUP_CLOCK, "1e4", EL_E_DATA, "clock 10000 MHz is not in");
    REFUSE(EL_SETUP_OVERLAP, "1x4", EL_E_ARG, "--overlap: not 0");
    REFUSE(EL_SETUP_OVERLAP, "4x", EL_E_ARG, "--overlap: not 0");
    REFUSE(EL_SETUP_OVERLAP, "4.5x4", EL_E_ARG, "--overlap: not 0");
    REFUSE(EL_SETUP_OVERLAP, "65x4", EL_E_ARG, "--overlap: not 0");
    REFUSE(EL_SETUP_FUSION, "yes", EL_E_ARG, "--fusion: not on or off");
    REFUSE(EL_SETUP_KV_CACHE, "nf4", EL_E_ARG, "KV cache format: unknown");
    REFUSE(EL_SETUP_POWER, "-1", EL_E_ARG, "--gpu-power: not watts above 0");
    REFUSE(EL_SETUP_POWER, "9", EL_E_DATA, "power cap 9 W");
    REFUSE(EL_SETUP_GPU, "h100:0", EL_E_ARG, "not a number of GPUs");
    REFUSE(EL_SETUP_GPU, "h100:x", EL_E_ARG, "not a number of GPUs");
    REFUSE(EL_SETUP_GPU, "h100:1.5", EL_E_ARG, "not a number of GPUs");
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++)
        for (many.axis[a].n = 0; many.axis[a].n < 64; many.axis[a].n++)
            many.axis[a].v[many.axis[a].n] = "h100";
    refuse(&many, EL_E_ARG, "too many combinations");
    many = question(NULL);
    refuse(&many, EL_E_ARG, "name both --model and --gpu");
    many = question("llama-3.1-8");
    many.axis[EL_SETUP_GPU] = (el_choices){1, {"h100"}};
    refuse(&many, EL_E_ARG, "did you mean llama-3.1-8b");
}

/* Each type has its own number of GPUs, and a load has a share for each. */
static void test_counts(void **state)
{
    el_ask ask = question("llama-3.1-8b");
    el_ask_state s;
    el_optimize_result r;
    el_fleet fleet;

    (void)state;
    ask.query.request_rate_hz = 5;
    ask.axis[EL_SETUP_GPU] = (el_choices){3, {"h100:1", "l4:4", "l40s"}};
    ask.axis[EL_SETUP_PRECISION] = (el_choices){2, {"bfloat16", "fp8"}};
    s = open_state(&ask);
    assert_true(s.counted && el_fleet_is_asked(&s));
    for (size_t i = 0; i < 6; i++)
        assert_close(s.setups.query[i].gpus, i < 2 ? 1 : i < 4 ? 4 : 8, 0, 0);
    assert_int_equal(el_optimize(s.setups.query, 6, NULL, &r, NULL), EL_OK);
    for (size_t i = 0; i < r.n_feasible; i++)
        assert_true(r.candidate[i].gpus <=
                    s.setups.query[r.candidate[i].setup].gpus);
    assert_int_equal(el_fleet_find(&s, NULL, &fleet, NULL), EL_OK);
    assert_int_equal(fleet.n, 3);
    for (size_t t = 0; t < 3; t++) {
        assert_int_equal(el_fleet_setup(&s, t), 2 * t);
        if (fleet.share[t].share > 0)
            assert_true(fleet.share[t].candidate.setup / 2 == t);
    }
    if (r.n_feasible)
        assert_true(fleet.energy_per_request_j <=
                    r.candidate[0].energy_per_request_j * (1 + 1e-12));
    el_fleet_clear(&fleet);
    el_optimize_result_clear(&r);
    el_ask_close(&s);
    ask.axis[EL_SETUP_GPU] = (el_choices){2, {"h100", "l4"}};
    s = open_state(&ask);
    assert_false(el_fleet_is_asked(&s));
    el_ask_close(&s);
    assert_int_equal(el_mem_live(), 0);
}

/* A combination that there is not is left out and named. */
static void test_left_out(void **state)
{
    el_ask ask = question("llama-3.1-8b");
    el_ask_state s;

    (void)state;
    ask.axis[EL_SETUP_GPU] = (el_choices){2, {"h100", "a100-sxm4-80gb"}};
    ask.axis[EL_SETUP_CLOCK] = (el_choices){2, {"1900", "1200"}};
    s = open_state(&ask);
    assert_int_equal(s.setups.n, 3);
    assert_non_null(strstr(s.left_out, "a100-sxm4-80gb: clock 1900 MHz"));
    el_ask_close(&s);
}

static void test_explore_parts(void **state)
{
    el_ask ask = question("llama-3.1-8b");
    el_ask_state s;
    el_explore_query query = {.isl = {2, {128, 512}}, .osl = {1, {64}}};
    el_explored e;
    char line[4096];
    size_t lines = 0;

    (void)state;
    ask.axis[EL_SETUP_GPU] = (el_choices){2, {"h100", "l4"}};
    s = open_state(&ask);
    assert_int_equal(
        el_explore_run(&s, &query, EL_WANT_CSV | EL_WANT_POINTS | EL_WANT_CLOUD,
                       NULL, &e, NULL),
        EL_OK);
    assert_int_equal(e.result.n, 16);
    assert_int_equal(e.n_cloud, e.result.n_feasible);
    assert_true(e.point[15].setup == 1 && e.point[15].isl == 512);
    rewind(e.csv);
    while (fgets(line, sizeof line, e.csv))
        lines++;
    assert_int_equal(lines, 17);
    el_explored_clear(&e);
    el_ask_close(&s);
    assert_int_equal(el_mem_live(), 0);
}

/* More feasible points than a chart takes: every second, fourth ... is in. */
static void test_cloud(void **state)
{
    el_ask ask = question("llama-3.1-8b");
    el_ask_state s;
    el_explore_query query = {.isl = {1, {16}}, .osl = {4, {8, 9, 10, 11}}};
    el_explored e;

    (void)state;
    ask.axis[EL_SETUP_GPU] = (el_choices){1, {"h100"}};
    ask.query.tp = (el_values){4, {1, 2, 4, 8}};
    ask.query.dp.n = ask.query.batch.n = 64;
    ask.query.gpus = 512;
    for (size_t i = 0; i < 64; i++)
        ask.query.dp.v[i] = ask.query.batch.v[i] = (double)(i + 1);
    s = open_state(&ask);
    assert_int_equal(el_explore_run(&s, &query, EL_WANT_CLOUD, NULL, &e, NULL),
                     EL_OK);
    assert_int_equal(e.result.n, 4 * 4 * 64 * 64);
    assert_true(e.n_cloud < 8192 && e.n_cloud >= 4095);
    for (size_t i = 0; i < e.n_cloud; i++)
        assert_true(e.cloud[2 * i] > 0 && e.cloud[2 * i + 1] > 0);
    el_explored_clear(&e);
    el_ask_close(&s);
}

static void test_out_of_memory(void **state)
{
    el_ask ask = question("llama-3.1-8b");
    el_explore_query query = {.isl = {1, {128}}, .osl = {1, {64}}};
    el_catalog *catalog = NULL;
    el_fit_set none = {0};
    el_setup_ask setups = {.set = &none,
                           .model = ask.model,
                           .axis = ask.axis,
                           .query = &ask.query};
    el_status st;
    long live, k = 0;

    (void)state;
    ask.axis[EL_SETUP_GPU] = (el_choices){2, {"h100", "l4"}};
    assert_int_equal(el_catalog_load(NULL, &catalog, NULL), EL_OK);
    setups.catalog = catalog;
    live = el_mem_live();
    do {
        el_ask_state s = {.query = ask.query};
        el_explored e;
        el_mem_fail_at(k);
        st = el_setups_open(&setups, &s.setups, s.left_out, NULL);
        if (st == EL_OK)
            st = el_explore_run(&s, &query, EL_WANT_POINTS | EL_WANT_CSV, NULL,
                                &e, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_explored_clear(&e);
        else
            assert_int_equal(st, EL_E_NOMEM);
        el_setups_close(&s.setups);
        assert_int_equal(el_mem_live(), live);
    } while (st != EL_OK && ++k < 100000);
    assert_true(k > 20);
    el_catalog_free(catalog);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_axes),
        cmocka_unit_test(test_combinations),
        cmocka_unit_test(test_shared_plans),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_explore_parts),
        cmocka_unit_test(test_cloud),
        cmocka_unit_test(test_out_of_memory),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
