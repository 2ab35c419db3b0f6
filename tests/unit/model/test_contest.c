/* SPDX-License-Identifier: Apache-2.0 */
#include "el_oom.h"

#include "energylens/contest.h"
#include "evaluate_data.h"

/* Two configurations of one load, .1 apart where the parameter, of SD .2, is
 * at its mean, and a load of one run that tells of the parameter too. */
#define LEAD   0.1
#define VAR    0.04
#define P_LOSE 0.30853753872598690 /* Phi(-.5) */

static const size_t two_loads[] = {0, 0, 1};

static el_contest two_runs(void)
{
    el_contest c;

    assert_int_equal(el_contest_make(two_loads, 3, 2, 1, &c, NULL), EL_OK);
    c.mean[1] = LEAD;
    c.grad[1] = 1.0;
    c.grad[2] = -2.0;
    c.cov[0] = VAR;
    return c;
}

static void test_make(void **state)
{
    const size_t load[] = {2, 0, 2, 0, 1}, order[] = {1, 3, 4, 0, 2};
    el_contest c = {.n = 7};

    (void)state;
    assert_int_equal(el_contest_make(load, 5, 3, 2, &c, NULL), EL_OK);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(c.order[i], order[i]);
    assert_int_equal(c.first[1], 2);
    assert_int_equal(c.first[2], 3);
    assert_int_equal(c.first[3], 5);
    assert_int_equal(el_contest_winner(&c, 2), 0); /* the first of equals */
    c.mean[2] = -1.0;
    assert_int_equal(el_contest_winner(&c, 2), 2);
    el_contest_clear(&c);
    el_contest_clear(&c);
    c.n = 7;
    assert_int_equal(el_contest_make(load, 0, 3, 2, &c, NULL), EL_E_ARG);
    assert_int_equal(el_contest_make(load, 5, 3, 0, &c, NULL), EL_E_ARG);
    assert_int_equal(el_contest_make(load, 5, 2, 2, &c, NULL), EL_E_ARG);
    assert_int_equal(c.n, 7);
}

static void test_settled(void **state)
{
    el_contest c = two_runs();
    double share[2] = {-1.0, -1.0}, again[2];

    (void)state;
    assert_int_equal(el_contest_settled(&c, 0, 1, share, NULL), EL_E_ARG);
    assert_close(share[0], -1.0, 0, 0);
    assert_int_equal(el_contest_settled(&c, 40000, 1, share, NULL), EL_OK);
    assert_close(share[0], 1.0 - P_LOSE, 0, 0.01); /* four SDs */
    assert_close(share[1], 1.0, 0, 0);
    assert_int_equal(el_contest_settled(&c, 40000, 1, again, NULL), EL_OK);
    assert_close(again[0], share[0], 0, 0);
    c.cov[0] = -1.0;
    assert_int_equal(el_contest_settled(&c, 10, 1, share, NULL), EL_E_NUMERIC);
    el_contest_clear(&c);
}

static void test_gain(void **state)
{
    const double scatter[] = {0.3, 0.3, 0.6};
    const uint8_t may[] = {1, 0, 1};
    el_contest c = two_runs();
    double gain[3];

    (void)state;
    assert_int_equal(el_contest_gain(&c, scatter, NULL, gain, NULL), EL_OK);
    assert_close(gain[0], 0.0, 0, 1e-12); /* tells nothing of the parameter */
    /* SD .2; a reading of SD .3 leaves the precision 1/.2^2 + 1/.3^2 */
    assert_close(gain[1], 0.2 - 1.0 / sqrt(25.0 + 1.0 / 0.09), 1e-12, 0);
    assert_close(gain[2], gain[1], 1e-9, 0); /* twice as steep and noisy */
    assert_int_equal(el_contest_gain(&c, scatter, may, gain, NULL), EL_OK);
    assert_close(gain[1], 0.0, 0, 0);
    assert_true(gain[2] > 0.0);
    c.mean[1] = -2.0; /* the other one wins: the lead is as much in doubt */
    assert_int_equal(el_contest_gain(&c, scatter, NULL, gain, NULL), EL_OK);
    assert_close(gain[1], 0.2 - 1.0 / sqrt(25.0 + 1.0 / 0.09), 1e-12, 0);
    c.grad[0] = c.grad[1]; /* alike: nothing about the lead is in doubt */
    assert_int_equal(el_contest_gain(&c, scatter, NULL, gain, NULL), EL_OK);
    assert_close(gain[2], 0.0, 0, 1e-12);
    el_contest_clear(&c);
}

/* A reading weighs as its precision; one that was foreseen moves no mean. */
static void test_observe(void **state)
{
    el_contest c = two_runs();

    (void)state;
    assert_int_equal(el_contest_observe(&c, 2, EL_UNKNOWN, 0.4, NULL), EL_OK);
    assert_close(c.cov[0], VAR / 2.0, 1e-12, 0); /* 4 VAR = .4^2 */
    assert_close(c.mean[1], LEAD, 0, 0);
    assert_int_equal(el_contest_observe(&c, 2, 0.4, 0.4, NULL), EL_OK);
    assert_close(c.cov[0], VAR / 3.0, 1e-12, 0);
    /* d = -.2 read with weight 1/3 */
    assert_close(c.mean[1], LEAD - 0.2 / 3.0, 1e-12, 0);
    assert_int_equal(el_contest_winner(&c, 0), 0);
    el_contest_clear(&c);
}

static void test_believe(void **state)
{
    el_facts facts = el_test_facts(7e9);
    el_model m = el_test_centre(&facts, EL_TARGET_ENERGY);
    el_point point[2] = {{.tp = 1, .pp = 1, .ep = 1, .dp = 1, .batch = 4},
                         {.tp = 2, .pp = 1, .ep = 1, .dp = 1, .batch = 4}};
    const size_t load[] = {0, 0};
    el_contest c;
    double y[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        point[i].isl = 128;
        point[i].osl = 64;
    }
    assert_int_equal(el_contest_make(load, 2, 1, m.n_param, &c, NULL), EL_OK);
    el_contest_believe(&c, &m, point, 0, 2);
    el_model_predict(&m, point, 2, y);
    assert_close(c.mean[0], log(y[0] / 4.0), 1e-12, 0);
    assert_close(c.mean[1], log(y[1] / 4.0), 1e-12, 0);
    m.param[0] += 1e-5;
    el_model_predict(&m, point, 2, y);
    assert_close(c.grad[m.n_param], (log(y[1] / 4.0) - c.mean[1]) / 1e-5, 1e-3,
                 0);
    el_contest_clear(&c);
}

static el_status everything(void)
{
    const double scatter[] = {0.3, 0.3, 0.6};
    el_contest c;
    double share[2], gain[3];
    el_status st = el_contest_make(two_loads, 3, 2, 1, &c, NULL);

    if (st != EL_OK)
        return st;
    c.cov[0] = VAR;
    c.grad[1] = 1.0;
    st = el_contest_settled(&c, 10, 1, share, NULL);
    if (st == EL_OK)
        st = el_contest_gain(&c, scatter, NULL, gain, NULL);
    if (st == EL_OK)
        st = el_contest_observe(&c, 1, 0.0, 0.1, NULL);
    el_contest_clear(&c);
    return st;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    el_test_oom(everything, 5, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),    cmocka_unit_test(test_settled),
        cmocka_unit_test(test_gain),    cmocka_unit_test(test_observe),
        cmocka_unit_test(test_believe), cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
