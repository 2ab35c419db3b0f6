/* SPDX-License-Identifier: Apache-2.0 */
#include "el_oom.h"

#include <string.h>

#include "energylens/design.h"
#include "evaluate_data.h"

static el_values values(size_t n, const double *v)
{
    el_values out = {.n = n};

    for (size_t i = 0; i < n; i++)
        out.v[i] = v[i];
    return out;
}

#define VALUES(...)                                                            \
    values(sizeof((double[]){__VA_ARGS__}) / sizeof(double),                   \
           (double[]){__VA_ARGS__})

/* 3 degrees x 2 batches x 2 x 1 lengths */
static el_space small_space(void)
{
    el_space s = {.n_dtype = 1, .max_gpus = EL_UNKNOWN};

    (void)strcpy(s.dtype[0], "bfloat16"); /* NOLINT: fits */
    for (el_axis a = 0; a < EL_N_AXES; a++)
        s.axis[a] = VALUES(1);
    s.axis[EL_AXIS_TP] = VALUES(1, 2, 4);
    s.axis[EL_AXIS_BATCH] = VALUES(1, 16);
    s.axis[EL_AXIS_ISL] = VALUES(128, 1024);
    s.axis[EL_AXIS_OSL] = VALUES(256);
    return s;
}

static el_run_list small_runs(void)
{
    el_space s = small_space();
    el_facts facts = el_test_facts(7e9);
    el_run_list runs;

    assert_int_equal(el_space_runs(&s, &facts, NULL, NULL, &runs, NULL), EL_OK);
    return runs;
}

static void test_space(void **state)
{
    el_run_list r = small_runs();

    (void)state;
    assert_int_equal(r.n, 12);
    assert_int_equal(r.n_grid, 12);
    assert_int_equal(r.n_load, 4);
    for (size_t i = 0; i < r.n; i++) {
        assert_int_equal(r.load[i], i % 4);
        assert_close(r.point[i].batch, i % 4 < 2 ? 1 : 16, 0, 0);
        assert_close(r.point[i].tp, 1 << (i / 4), 0, 0);
    }
    el_run_list_clear(&r);
    el_run_list_clear(&r);
}

static bool not_two(void *ctx, size_t dtype, const el_point *p)
{
    (void)ctx;
    (void)dtype;
    return p->tp != 2.0;
}

/* Every limit rules out what it says, and only that. */
static void test_limits(void **state)
{
    el_space s = small_space();
    el_facts facts = el_test_facts(7e9);
    double cap = el_facts_kv_capacity(&facts, 1, 1);
    el_run_list r;

    (void)state;
    s.max_gpus = 2;
    s.axis[EL_AXIS_EP] = VALUES(1, 2);
    assert_int_equal(el_space_runs(&s, &facts, not_two, NULL, &r, NULL), EL_OK);
    assert_int_equal(r.n_grid, 24);
    assert_int_equal(r.ruled_out[EL_SPACE_GPUS], 8);
    assert_int_equal(r.ruled_out[EL_SPACE_EXPERTS], 8);
    assert_int_equal(r.ruled_out[EL_SPACE_DIVIDES], 4);
    assert_int_equal(r.n, 4);
    el_run_list_clear(&r);

    s = small_space();
    s.axis[EL_AXIS_TP] = VALUES(1);
    s.axis[EL_AXIS_BATCH] = VALUES(1, floor(cap / 384), 1e5);
    s.batch_in_cache = true;
    assert_int_equal(el_space_runs(&s, &facts, NULL, NULL, &r, NULL), EL_OK);
    assert_int_equal(r.ruled_out[EL_SPACE_CACHE], 3); /* 1024 + 256 too */
    assert_int_equal(r.n, 3);
    assert_int_equal(r.n_load, 3); /* loads that nothing serves are none */
    el_run_list_clear(&r);
}

static void test_empty_space(void **state)
{
    el_space s = small_space();
    el_facts facts = el_test_facts(700e9);
    el_run_list r = {.n = 9};
    el_error err;

    (void)state;
    assert_int_equal(el_space_runs(&s, &facts, NULL, NULL, &r, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "memory rules out 12 (needs"));
    facts = el_test_facts(7e9);
    s.max_gpus = 0.5;
    assert_int_equal(el_space_runs(&s, &facts, NULL, NULL, &r, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "max_gpus rules out 12"));
    s.axis[EL_AXIS_PP].n = 0;
    assert_int_equal(el_space_runs(&s, &facts, NULL, NULL, &r, &err), EL_E_ARG);
    for (el_axis a = 0; a < EL_N_AXES; a++)
        s.axis[a].n = EL_MAX_VALUES;
    assert_int_equal(el_space_runs(&s, &facts, NULL, NULL, &r, &err), EL_E_ARG);
    assert_int_equal(r.n, 9);
}

static void count_picks(const size_t *pick, size_t n, size_t *times)
{
    memset(times, 0, 12 * sizeof *times);
    for (size_t i = 0; i < n; i++)
        times[pick[i]]++;
}

/* Each run once, none that was used, all axes covered. */
static void test_lhs(void **state)
{
    el_run_list r = small_runs();
    uint8_t used[12] = {0, 1};
    size_t pick[20], again[20], n = 0, times[12], tp[5] = {0};

    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        assert_int_equal(el_design_lhs(&r, used, 3, seed, pick, &n, NULL),
                         EL_OK);
        assert_int_equal(n, 3);
        for (size_t i = 0; i < n; i++)
            tp[(size_t)r.point[pick[i]].tp]++;
    }
    assert_true(tp[1] > 10 && tp[2] > 10 && tp[4] > 10); /* 20 each, snapped */
    assert_int_equal(el_design_lhs(&r, used, 20, 1, pick, &n, NULL), EL_OK);
    assert_int_equal(n, 11);
    count_picks(pick, n, times);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(times[i], i != 1);
    assert_int_equal(el_design_lhs(&r, used, 5, 7, pick, &n, NULL), EL_OK);
    assert_int_equal(el_design_lhs(&r, used, 5, 7, again, &n, NULL), EL_OK);
    assert_memory_equal(pick, again, 5 * sizeof *pick);
    el_run_list_clear(&r);
}

static void test_grid(void **state)
{
    el_run_list r = small_runs();
    uint8_t used[12] = {1, 1};
    const size_t half[] = {2, 4, 6, 8, 10};
    size_t pick[20];

    (void)state;
    assert_int_equal(el_design_grid(&r, NULL, 20, pick), 12);
    assert_int_equal(el_design_grid(&r, used, 10, pick), 10);
    assert_int_equal(pick[0], 2);
    assert_int_equal(el_design_grid(&r, used, 5, pick), 5);
    assert_memory_equal(pick, half, sizeof half);
    el_run_list_clear(&r);
}

static el_status small_contest(const el_run_list *r, el_contest *c)
{
    el_facts facts = el_test_facts(7e9);
    el_model m = el_test_centre(&facts, EL_TARGET_ENERGY);
    el_param_spec spec[EL_MAX_PARAMS];
    el_status st =
        el_contest_make(r->load, r->n, r->n_load, m.n_param, c, NULL);

    if (st != EL_OK)
        return st;
    el_contest_believe(c, &m, r->point, 0, r->n);
    (void)el_model_specify(&m, spec);
    for (size_t j = 0; j < m.n_param; j++)
        c->cov[j * m.n_param + j] = spec[j].sd * spec[j].sd;
    return EL_OK;
}

/* Steps are new runs, each leaves less doubt, and the end is a settled one. */
static void test_active(void **state)
{
    el_run_list r = small_runs();
    double scatter[12];
    uint8_t used[12] = {0};
    el_design_step step[12];
    el_design_steps d = {.step = step};
    size_t pick[12], times[12];
    el_contest c;

    (void)state;
    for (size_t i = 0; i < 12; i++)
        scatter[i] = 0.02;
    assert_int_equal(small_contest(&r, &c), EL_OK);
    assert_int_equal(el_design_active(&c, scatter, used, 12, NULL, &d, NULL),
                     EL_OK);
    assert_true(d.settled < EL_CONTEST_SETTLED);
    assert_true(d.n > 1);
    assert_true(step[d.n - 1].settled > d.settled);
    for (size_t i = 0; i < d.n; i++) {
        pick[i] = step[i].run;
        assert_true(step[i].gain > 0.0);
        assert_true(i + 1 == d.n || step[i].settled < EL_CONTEST_SETTLED);
    }
    count_picks(pick, d.n, times);
    for (size_t i = 0; i < 12; i++)
        assert_true(times[i] <= 1);
    el_contest_clear(&c);

    used[step[0].run] = 1; /* what was measured is not planned again */
    assert_int_equal(small_contest(&r, &c), EL_OK);
    memset(c.cov, 0, c.k * c.k * sizeof *c.cov);
    assert_int_equal(el_design_active(&c, scatter, used, 12, NULL, &d, NULL),
                     EL_OK);
    assert_int_equal(d.n, 0); /* nothing is in doubt */
    assert_close(d.settled, 1.0, 0, 0);
    el_contest_clear(&c);
    el_run_list_clear(&r);
}

static void test_no_choice(void **state)
{
    const size_t load[] = {0, 1};
    const double scatter[] = {0.1, 0.1};
    el_design_step step[1];
    el_design_steps d = {step, 7, -1.0};
    el_contest c;

    (void)state;
    assert_int_equal(el_contest_make(load, 2, 2, 1, &c, NULL), EL_OK);
    assert_int_equal(el_design_active(&c, scatter, NULL, 1, NULL, &d, NULL),
                     EL_E_DATA);
    assert_close(d.settled, -1.0, 0, 0);
    assert_int_equal(d.n, 7);
    el_contest_clear(&c);
}

static el_status everything(void)
{
    el_space s = small_space();
    el_facts facts = el_test_facts(7e9);
    double scatter[12];
    el_design_step step[3];
    el_design_steps d = {.step = step};
    size_t pick[4], n;
    el_contest c = {0};
    el_run_list r;
    el_status st = el_space_runs(&s, &facts, NULL, NULL, &r, NULL);

    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < 12; i++)
        scatter[i] = 0.02;
    st = el_design_lhs(&r, NULL, 4, 1, pick, &n, NULL);
    if (st == EL_OK)
        st = small_contest(&r, &c);
    if (st == EL_OK)
        st = el_design_active(&c, scatter, NULL, 3, NULL, &d, NULL);
    el_contest_clear(&c);
    el_run_list_clear(&r);
    return st;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    el_test_oom(everything, 10, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_space),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_empty_space),
        cmocka_unit_test(test_lhs),
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_active),
        cmocka_unit_test(test_no_choice),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
