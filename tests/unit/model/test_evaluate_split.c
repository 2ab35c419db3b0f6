/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "evaluate_data.h"
#include "model/evaluate_work.h"

static el_test_data data;

typedef struct counts {
    size_t train, score, choice;
} counts;

static counts count(const el_eval_group *g, const uint8_t *role)
{
    counts c = {0, 0, 0};

    for (size_t i = 0; i < g->n; i++) {
        c.train += (role[i] & EL_ROLE_TRAIN) != 0;
        c.score += (role[i] & EL_ROLE_SCORE) != 0;
        c.choice += (role[i] & EL_ROLE_CHOICE) != 0;
    }
    return c;
}

static void split(const el_evaluate_options *o, el_split s, size_t fold,
                  el_eval_group *g, uint8_t *role)
{
    const el_eval_item item = {.split = s, .fold = fold};
    el_rng rng;

    el_rng_init(&rng, 1, 2);
    assert_int_equal(el_eval_group_make(&data.group[0], o, 4.0, g, NULL),
                     EL_OK);
    assert_int_equal(el_eval_split(g, o, &item, &rng, role, NULL), EL_OK);
}

static int setup(void **state)
{
    (void)state;
    el_test_grid(&data, 1, 0.0);
    return 0;
}

static void test_ids(void **state)
{
    el_evaluate_options o = {.samples = 10};
    el_eval_group g;
    size_t rows = 0;

    (void)state;
    assert_int_equal(el_eval_group_make(&data.group[0], &o, 4.0, &g, NULL),
                     EL_OK);
    assert_int_equal(g.n, 63);
    assert_int_equal(g.n_length, 3);
    assert_int_equal(g.n_scenario, 21);
    assert_int_equal(g.widest, 3);
    for (size_t s = 0; s < g.n_scenario; s++)
        rows += g.first[s + 1] - g.first[s];
    assert_int_equal(rows, g.n);
    el_eval_group_clear(&g);
    o.free_batch = true;
    assert_int_equal(el_eval_group_make(&data.group[0], &o, 4.0, &g, NULL),
                     EL_OK);
    assert_int_equal(g.n_scenario, 3);
    assert_int_equal(g.widest, 21);
    el_eval_group_clear(&g);
}

static void test_all(void **state)
{
    const el_evaluate_options o = {.samples = 20};
    uint8_t role[EL_TEST_MAX_SAMPLES];
    el_eval_group g;
    counts c;

    (void)state;
    split(&o, EL_SPLIT_ALL, 0, &g, role);
    c = count(&g, role);
    assert_int_equal(c.train, 20);
    assert_int_equal(c.score, g.n - 20);
    assert_int_equal(c.choice, g.n);
    el_eval_group_clear(&g);
}

static void test_percent(void **state)
{
    const el_evaluate_options o = {.samples = 50, .percent = true};
    const el_evaluate_options least = {.samples = 0.1, .percent = true};
    const el_evaluate_options most = {.samples = 1e6};
    uint8_t role[EL_TEST_MAX_SAMPLES];
    el_eval_group g;

    (void)state;
    split(&o, EL_SPLIT_ALL, 0, &g, role);
    assert_int_equal(count(&g, role).train, 32); /* 31.5 */
    el_eval_group_clear(&g);
    split(&least, EL_SPLIT_ALL, 0, &g, role);
    assert_int_equal(count(&g, role).train, 1);
    el_eval_group_clear(&g);
    split(&most, EL_SPLIT_ALL, 0, &g, role);
    assert_int_equal(count(&g, role).train, g.n);
    assert_int_equal(count(&g, role).score, 0);
    el_eval_group_clear(&g);
}

static void test_unseen(void **state)
{
    const el_evaluate_options o = {.samples = 20};
    uint8_t role[EL_TEST_MAX_SAMPLES];
    el_eval_group g;
    counts c;

    (void)state;
    split(&o, EL_SPLIT_UNSEEN, 0, &g, role);
    c = count(&g, role);
    assert_int_equal(c.train, 20);
    assert_true(c.score >= 18); /* 6 of 21 scenarios were set aside */
    assert_int_equal(c.score, c.choice);
    for (size_t s = 0; s < g.n_scenario; s++) {
        uint8_t seen = 0;
        for (size_t k = g.first[s]; k < g.first[s + 1]; k++)
            seen |= role[g.order[k]];
        assert_false((seen & EL_ROLE_TRAIN) && (seen & EL_ROLE_SCORE));
    }
    el_eval_group_clear(&g);
}

static void check_batch(const el_evaluate_options *o, double low, double high)
{
    uint8_t role[EL_TEST_MAX_SAMPLES];
    el_eval_group g;

    split(o, EL_SPLIT_BATCH, 0, &g, role);
    for (size_t i = 0; i < g.n; i++) {
        double b = data.sample[0][g.sample[i]].batch_size;
        assert_true(!(role[i] & EL_ROLE_TRAIN) || b <= low);
        assert_int_equal((role[i] & EL_ROLE_SCORE) != 0, b >= high);
    }
    assert_true(count(&g, role).train > 0);
    el_eval_group_clear(&g);
}

static void test_batch(void **state)
{
    el_evaluate_options o = {.samples = 20};

    (void)state;
    check_batch(&o, 16, 32);
    o.batch_cut = EL_BATCH_CUT_HALF; /* 1 2 4 8 | 16 32 64 */
    check_batch(&o, 8, 16);
    o.batch_cut = EL_BATCH_CUT_AUTO;
    data.group[0].n = 0; /* only batch sizes up to 8: 1 2 | 4 8 */
    for (int b = 1; b <= 8; b *= 2)
        el_test_add(&data, 0, 1, b, 128, 128)->energy_j = 1.0;
    check_batch(&o, 2, 4);
}

/* Without prompt lengths each workload is a ladder of its own. */
static void test_batch_ladders(void **state)
{
    const el_evaluate_options o = {.samples = 20};
    uint8_t role[EL_TEST_MAX_SAMPLES];
    el_eval_group g;

    (void)state;
    data.group[0].n = 0;
    data.group[0].prompts_unknown = true;
    for (size_t i = 0; i < 6; i++) {
        el_sample *s =
            el_test_add(&data, 0, 1, 8 << i, EL_UNKNOWN, 100 + (double)i);
        s->energy_j = 1.0;
        s->point.workload = i < 4 ? 0 : 1;
    }
    split(&o, EL_SPLIT_BATCH, 0, &g, role);
    assert_int_equal(g.n_length, 2);
    assert_int_equal(g.n_scenario, 6);
    for (size_t i = 0; i < 6; i++) { /* 8 16 | 32 64, 128 | 256 */
        bool low = i < 2 || i == 4;
        assert_int_equal(role[i],
                         low ? EL_ROLE_TRAIN : EL_ROLE_SCORE | EL_ROLE_CHOICE);
    }
    el_eval_group_clear(&g);
}

static void test_length(void **state)
{
    const el_evaluate_options o = {.samples = 20};
    uint8_t role[EL_TEST_MAX_SAMPLES];
    el_eval_group g;

    (void)state;
    for (size_t fold = 0; fold < 3; fold++) {
        split(&o, EL_SPLIT_LENGTH, fold, &g, role);
        assert_int_equal(count(&g, role).train, 20);
        assert_int_equal(count(&g, role).score, 21);
        for (size_t i = 0; i < g.n; i++)
            assert_int_equal((role[i] & EL_ROLE_SCORE) != 0,
                             g.length[i] == fold);
        el_eval_group_clear(&g);
    }
}

static void test_no_samples(void **state)
{
    const el_evaluate_options o = {.samples = 20};
    uint8_t role[EL_TEST_MAX_SAMPLES];
    el_eval_group g;

    (void)state;
    split(&o, EL_SPLIT_MODEL, 0, &g, role);
    assert_int_equal(count(&g, role).train, 0);
    assert_int_equal(count(&g, role).score, g.n);
    el_eval_group_clear(&g);
}

/* Rows that differ in no axis of the hypercube are drawn at random. */
static void test_flat_axes(void **state)
{
    const el_evaluate_options o = {.samples = 3};
    uint8_t role[EL_TEST_MAX_SAMPLES];
    el_eval_group g;

    (void)state;
    data.group[0].n = 0;
    for (size_t i = 0; i < 6; i++) {
        el_sample *s = el_test_add(&data, 0, 2, 8, 128, 128);
        s->point.pp = (double)(i + 1);
        s->energy_j = 1.0;
    }
    split(&o, EL_SPLIT_ALL, 0, &g, role);
    assert_int_equal(count(&g, role).train, 3);
    el_eval_group_clear(&g);
}

static void test_choices(void **state)
{
    const el_evaluate_options o = {.samples = 3};
    const double value[] = {2.0, 8.0, 5.0};
    uint8_t role[] = {EL_ROLE_CHOICE, EL_ROLE_CHOICE, EL_ROLE_CHOICE};
    double out[3];
    el_eval_group g;

    (void)state;
    data.group[0].n = 0; /* the first two are one configuration */
    for (size_t i = 0; i < 3; i++)
        el_test_add(&data, 0, i < 2 ? 1 : 2, 8, 128, 128)->energy_j = 1.0;
    assert_int_equal(el_eval_group_make(&data.group[0], &o, 4.0, &g, NULL),
                     EL_OK);
    assert_int_equal(el_eval_choices(&g, 0, role, value, out), 2);
    assert_close(out[0], 4.0, 1e-15, 0);
    assert_close(out[1], 5.0, 0, 0);
    role[2] = EL_ROLE_TRAIN;
    assert_int_equal(el_eval_choices(&g, 0, role, value, out), 1);
    assert_int_equal(el_eval_cheapest(value, 3), 0);
    el_eval_group_clear(&g);
}

/* Only rows with a truth in the scope count. */
static void test_scope(void **state)
{
    el_evaluate_options o = {.samples = 3, .scope = EL_SCOPE_NODE};
    el_eval_group g;

    (void)state;
    data.sample[0][5].energy_node_j = EL_UNKNOWN;
    assert_int_equal(el_eval_group_make(&data.group[0], &o, 4.0, &g, NULL),
                     EL_OK);
    assert_int_equal(g.n, 62);
    assert_close(g.idle_w[0], 150.0, 1e-12, 0); /* tp 1: 3 idle of 50 W */
    el_eval_group_clear(&g);
    data.group[0].n = 0;
    assert_int_equal(el_eval_group_make(&data.group[0], &o, 4.0, &g, NULL),
                     EL_OK);
    assert_int_equal(g.n, 0);
}

static void test_out_of_memory(void **state)
{
    const el_evaluate_options o = {.samples = 20,
                                   .batch_cut = EL_BATCH_CUT_HALF};
    el_eval_group g;
    el_status st;

    (void)state;
    for (el_split s = 0; s < EL_N_SPLITS; s++) {
        const el_eval_item item = {.split = s};
        long k = 0;
        do {
            uint8_t role[EL_TEST_MAX_SAMPLES] = {9};
            el_rng rng;
            el_rng_init(&rng, 1, 2);
            el_mem_fail_at(k);
            st = el_eval_group_make(&data.group[0], &o, 4.0, &g, NULL);
            if (st == EL_OK)
                st = el_eval_split(&g, &o, &item, &rng, role, NULL);
            el_mem_fail_at(-1);
            el_eval_group_clear(&g);
            assert_int_equal(el_mem_live(), 0);
            assert_true(st == EL_OK || st == EL_E_NOMEM);
            assert_true(st == EL_OK || role[0] == 9);
        } while (st != EL_OK && ++k < 100);
        assert_int_equal(st, EL_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_ids, setup),
        cmocka_unit_test_setup(test_all, setup),
        cmocka_unit_test_setup(test_percent, setup),
        cmocka_unit_test_setup(test_unseen, setup),
        cmocka_unit_test_setup(test_batch, setup),
        cmocka_unit_test_setup(test_batch_ladders, setup),
        cmocka_unit_test_setup(test_length, setup),
        cmocka_unit_test_setup(test_no_samples, setup),
        cmocka_unit_test_setup(test_flat_axes, setup),
        cmocka_unit_test_setup(test_choices, setup),
        cmocka_unit_test_setup(test_scope, setup),
        cmocka_unit_test_setup(test_out_of_memory, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
