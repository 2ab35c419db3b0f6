/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of a load by GPU type, against all splits tried one by one. */
#include "el_test.h"

#include "el_serving.h"

#include "base/mem.h"

static el_facts facts;
static el_group_fit fast, thrifty;

static int setup(void **state)
{
    (void)state;
    facts = el_test_facts();
    fast = thrifty = el_test_fit(&facts);
    for (size_t i = 0; i < 7; i++) /* f1 .. F of closed12 are logarithms */
        thrifty.model[EL_TARGET_ENERGY].param[i] -= log(1.4);
    for (el_target t = EL_TARGET_LATENCY; t < EL_N_TARGETS; t++)
        for (size_t i = 0; i < 7; i++)
            thrifty.model[t].param[i] += log(2.5);
    return 0;
}

/* Two setups of a fast type, one of a thrifty and slow one. */
static void fleet_of(double rate_hz, double n_fast, double n_thrifty,
                     el_optimize_query q[3])
{
    for (size_t i = 0; i < 3; i++) {
        q[i] = el_test_query(i == 2 ? &thrifty : &fast);
        q[i].request_rate_hz = rate_hz;
        q[i].gpus = i == 2 ? n_thrifty : n_fast;
        q[i].tp = (el_values){2, {1, 2}};
    }
    q[1].tp = (el_values){1, {4}};
}

static const size_t type[3] = {0, 0, 1};

/* Least power of some of the queries at a share of the rate. */
static double power(const el_optimize_query *q, size_t n, double share)
{
    el_optimize_query part[3];
    el_optimize_result r;
    double w = INFINITY;

    if (share == 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        part[i] = q[i];
        part[i].request_rate_hz = q[i].request_rate_hz * share;
    }
    assert_int_equal(el_optimize(part, n, NULL, &r, NULL), EL_OK);
    if (r.n_feasible)
        w = r.candidate[0].energy_per_request_j * part[0].request_rate_hz;
    el_optimize_result_clear(&r);
    return w;
}

static void check(double rate_hz, double n_fast, double n_thrifty)
{
    el_optimize_query q[3];
    el_fleet f;
    double best = INFINITY, served = 0;

    fleet_of(rate_hz, n_fast, n_thrifty, q);
    assert_int_equal(el_fleet_split(q, type, 3, 2, NULL, &f, NULL), EL_OK);
    for (int j = EL_FLEET_STEPS; j > 0 && isinf(best); j--)
        for (int k = 0; k <= j; k++) {
            double w = power(q, 2, k / (double)EL_FLEET_STEPS) +
                       power(q + 2, 1, (j - k) / (double)EL_FLEET_STEPS);
            served = j / (double)EL_FLEET_STEPS;
            best = fmin(best, w);
        }
    if (isinf(best)) {
        assert_true(f.served == 0 && isnan(f.energy_per_request_j));
    } else {
        assert_close(f.served, served, 1e-12, 0);
        assert_close(f.energy_per_request_j, best / (rate_hz * served), 1e-12,
                     0);
        assert_close(f.share[0].share + f.share[1].share, served, 1e-12, 0);
    }
    for (size_t t = 0; t < 2; t++) {
        const el_candidate *c = &f.share[t].candidate;
        if (f.share[t].share > 0)
            assert_true(c->feasible && type[c->setup] == t &&
                        c->gpus <= q[c->setup].gpus);
    }
    el_fleet_clear(&f);
    assert_int_equal(el_mem_live(), 0);
}

static void test_all_splits(void **state)
{
    (void)state;
    check(1, 4, 4);
    check(12, 4, 4);
    check(25, 4, 2);
    check(500, 2, 3); /* more than they can */
    check(1e6, 1, 1); /* not even a twentieth */
}

/* Two types are never worse than one of them. */
static void test_never_worse(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        double rate_hz = 0.5 * pow(3, i), alone;
        el_optimize_query q[3];
        el_fleet f;

        fleet_of(rate_hz, 4, 4, q);
        assert_int_equal(el_fleet_split(q, type, 3, 2, NULL, &f, NULL), EL_OK);
        alone = fmin(power(q, 2, 1), power(q + 2, 1, 1));
        if (isfinite(alone))
            assert_true(f.energy_per_request_j <=
                        alone / rate_hz * (1 + 1e-12));
        el_fleet_clear(&f);
    }
}

static void test_refused(void **state)
{
    el_optimize_query q[3];
    el_fleet f = {.n = 77};
    el_error err;
    el_status st;
    long k = 0;

    (void)state;
    fleet_of(NAN, 4, 4, q);
    assert_int_equal(el_fleet_split(q, type, 3, 2, NULL, &f, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "request rate"));
    fleet_of(2, 1, 1, q);
    for (size_t i = 0; i < 3; i++) {
        q[i].batch = (el_values){1, {16}};
        q[i].tp = (el_values){1, {1}};
    }
    do {
        el_mem_fail_at(k);
        st = el_fleet_split(q, type, 3, 2, NULL, &f, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(f.n, 77);
            assert_int_equal(el_mem_live(), 0);
        }
        k += k < 40 ? 1 : 97; /* the same few places, 40 searches over */
    } while (st != EL_OK && k < 1000000);
    assert_int_equal(st, EL_OK);
    el_fleet_clear(&f);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_splits),
        cmocka_unit_test(test_never_worse),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
