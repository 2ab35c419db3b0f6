/* SPDX-License-Identifier: Apache-2.0 */
/* Energy by phase: exact where phases do not overlap, bounded where they do. */
#include <stdlib.h>

#include "base/mem.h"
#include "el_test.h"
#include "profile/phases.h"

#define PREFILL_W 600.0
#define DECODE_W  350.0
#define N_ROUND   6
#define STEP_S    1e-3

/* A round: prefill of all for p_s at PREFILL_W, then decode for d_s. */
static void rounds(size_t in_flight, double p_s, double d_s, el_flight *v)
{
    for (size_t i = 0; i < N_ROUND * in_flight; i++) {
        size_t round = i / in_flight;
        double begin = (double)round * (p_s + d_s);

        v[i] =
            (el_flight){begin, begin + p_s, begin + p_s + d_s, 512, 100, true};
    }
}

static void power_of_rounds(double p_s, double d_s, el_curve *c)
{
    int n = (int)(N_ROUND * (p_s + d_s) / STEP_S);

    for (int i = 0; i <= n; i++)
        el_curve_add_slope(c, STEP_S * i,
                           fmod(STEP_S * i, p_s + d_s) < p_s ? PREFILL_W
                                                             : DECODE_W);
}

static void in_step(void **state)
{
    enum { IN_FLIGHT = 4, N = N_ROUND * IN_FLIGHT };
    el_flight v[N];
    el_curve c = {el_array(20000, sizeof *c.at), 0};
    el_phases p;
    double truth, e;

    (void)state;
    rounds(IN_FLIGHT, 0.5, 2, v);
    power_of_rounds(0.5, 2, &c);
    /* whole rounds 2 to 5, the meter says 1 % less than the power */
    e = 0.99 * 4 * (0.5 * PREFILL_W + 2 * DECODE_W);
    truth = 0.99 * 4 * 0.5 * PREFILL_W;
    assert_int_equal(el_phases_split(v, N, &c, 2.5, 12.5, e, &p, NULL), EL_OK);
    assert_close(p.prefill_j, truth, 3e-3, 0);
    assert_close(p.prefill_j + p.decode_j, e, 1e-12, 0);
    assert_close(p.mixed_j, 0, 0, 1e-9);
    assert_close(p.nobody_j, 0, 0, 1e-9);
    el_free(c.at);
}

/* Random flights: parts add up, nothing is negative, order does not matter. */
static void parts_add_up(void **state)
{
    uint64_t s = 7;
    el_curve c = {el_array(2000, sizeof *c.at), 0};

    (void)state;
    for (int i = 0; i < 2000; i++)
        el_curve_add_slope(&c, 0.01 * i, el_test_unif(&s, 50, 700));
    for (int k = 0; k < 300; k++) {
        el_flight v[40];
        el_phases p, q;

        for (int i = 0; i < 40; i++) {
            double t = el_test_unif(&s, -3, 22);

            v[i] = (el_flight){t,
                               t + el_test_unif(&s, 0.01, 1),
                               t + el_test_unif(&s, 1.01, 6),
                               300,
                               50,
                               true};
            if (i % 9 == 8) {
                v[i].end_s = NAN; /* stopped in flight */
                v[i].whole = false;
            }
            if (i % 18 == 17)
                v[i].first_s = NAN;
        }
        assert_int_equal(el_phases_split(v, 40, &c, 5, 15, 3000, &p, NULL),
                         EL_OK);
        assert_close(p.prefill_j + p.decode_j + p.nobody_j, 3000, 1e-9, 0);
        assert_true(p.prefill_j >= 0 && p.decode_j >= 0 && p.mixed_j >= 0 &&
                    p.nobody_j >= 0);
        assert_true(p.mixed_j <= 3000.001);
        for (int i = 0; i < 20; i++) {
            el_flight swap = v[i];

            v[i] = v[39 - i];
            v[39 - i] = swap;
        }
        assert_int_equal(el_phases_split(v, 40, &c, 5, 15, 3000, &q, NULL),
                         EL_OK);
        assert_close(q.prefill_j, p.prefill_j, 1e-9, 1e-9);
    }
    el_free(c.at);
    assert_int_equal(el_mem_live(), 0);
}

static void one_after_another(void **state)
{
    /* one request in flight at all times, pauses of nobody */
    el_flight v[10];
    el_curve c = {el_array(8, sizeof *c.at), 0};
    el_phases p;

    (void)state;
    for (int i = 0; i < 10; i++)
        v[i] = (el_flight){i, i + 0.2, i + 0.9, 100, 8, true};
    el_curve_add_slope(&c, 0, 100);
    el_curve_add_slope(&c, 20, 100);
    assert_int_equal(el_phases_split(v, 10, &c, 0, 10, 1000, &p, NULL), EL_OK);
    assert_close(p.prefill_j, 200, 1e-9, 0);
    assert_close(p.decode_j, 700, 1e-9, 0);
    assert_close(p.nobody_j, 100, 1e-9, 0);
    el_free(c.at);
}

static void by_tokens_where_mixed(void **state)
{
    /* 1000 tokens in 1 s of prefill against 100 in 1 s of decode */
    const el_flight v[] = {{0, 1, 2, 1000, 101, true},
                           {1, 2, 3, 1000, 101, true}};
    el_curve c = {el_array(8, sizeof *c.at), 0};
    el_phases p;

    (void)state;
    el_curve_add_slope(&c, 0, 110);
    el_curve_add_slope(&c, 5, 110);
    assert_int_equal(el_phases_split(v, 2, &c, 0, 3, 330, &p, NULL), EL_OK);
    assert_close(p.prefill_j, 110 + 100, 1e-9, 0);
    assert_close(p.mixed_j, 110, 1e-9, 0);
    el_free(c.at);
}

static void refused(void **state)
{
    const el_flight one_token = {0, 1, 1, 1000, 1, true};
    const el_flight good = {0, 1, 2, 1000, 11, true};
    el_curve c = {el_array(8, sizeof *c.at), 0};
    el_phases p = {.prefill_j = -1};

    (void)state;
    el_curve_add_slope(&c, 0, 0);
    el_curve_add_slope(&c, 5, 0);
    assert_int_equal(el_phases_split(&one_token, 1, &c, 0, 3, 330, &p, NULL),
                     EL_E_DATA);
    assert_int_equal(el_phases_split(&good, 0, &c, 0, 3, 330, &p, NULL),
                     EL_E_DATA);
    assert_int_equal(el_phases_split(&good, 1, &c, 0, 3, 330, &p, NULL),
                     EL_E_DATA); /* no power */
    el_mem_fail_at(0);
    assert_int_equal(el_phases_split(&good, 1, &c, 0, 3, 330, &p, NULL),
                     EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_close(p.prefill_j, -1, 0, 0);
    el_free(c.at);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_step), cmocka_unit_test(parts_add_up),
        cmocka_unit_test(one_after_another),
        cmocka_unit_test(by_tokens_where_mixed), cmocka_unit_test(refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
