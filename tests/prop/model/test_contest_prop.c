/* SPDX-License-Identifier: Apache-2.0 */
/* Random contests: what holds for every one of them. */
#include <string.h>

#include "el_test.h"
#include "energylens/contest.h"

#define N     ((size_t)12)
#define K     ((size_t)4)
#define LOADS 4u

typedef struct drawn {
    size_t load[N];
    double mean[N], grad[N * K], cov[K * K], scatter[N];
} drawn;

static drawn draw(uint64_t *seed)
{
    drawn d;
    double root[K * K];

    for (size_t i = 0; i < N; i++) {
        d.load[i] = i % LOADS;
        d.mean[i] = el_test_unif(seed, 0.0, 0.5);
        d.scatter[i] = el_test_unif(seed, 0.01, 0.3);
    }
    for (size_t i = 0; i < N * K; i++)
        d.grad[i] = el_test_unif(seed, -1.0, 1.0);
    for (size_t i = 0; i < K * K; i++)
        root[i] = el_test_unif(seed, -0.4, 0.4);
    for (size_t i = 0; i < K; i++)
        for (size_t j = 0; j < K; j++) {
            d.cov[i * K + j] = 0.0;
            for (size_t m = 0; m < K; m++)
                d.cov[i * K + j] += root[i * K + m] * root[j * K + m];
        }
    return d;
}

/* Run i of the drawn ones stands at place[i]. */
static el_contest open_contest(const drawn *d, const size_t *place)
{
    el_contest c;
    size_t load[N];

    for (size_t i = 0; i < N; i++)
        load[place[i]] = d->load[i];
    assert_int_equal(el_contest_make(load, N, LOADS, K, &c, NULL), EL_OK);
    for (size_t i = 0; i < N; i++) {
        c.mean[place[i]] = d->mean[i];
        memcpy(c.grad + place[i] * K, d->grad + i * K, K * sizeof *c.grad);
    }
    memcpy(c.cov, d->cov, sizeof d->cov);
    return c;
}

static void gains(const el_contest *c, const drawn *d, const size_t *place,
                  double factor, double *gain)
{
    double scatter[N];

    for (size_t i = 0; i < N; i++)
        scatter[place[i]] = factor * d->scatter[i];
    assert_int_equal(el_contest_gain(c, scatter, NULL, gain, NULL), EL_OK);
}

/* No reading is worth less than none, a sharper one is worth more, and the
 * order in which runs are listed says nothing. */
static void test_gain(void **state)
{
    static const size_t same[N] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                        other[N] = {5, 2, 9, 0, 11, 7, 1, 4, 10, 3, 6, 8};
    uint64_t seed = 20261121;

    (void)state;
    for (size_t t = 0; t < 300; t++) {
        drawn d = draw(&seed);
        el_contest a = open_contest(&d, same), b = open_contest(&d, other);
        double gain[N], moved[N], sharp[N];

        gains(&a, &d, same, 1.0, gain);
        gains(&a, &d, same, 0.5, sharp);
        gains(&b, &d, other, 1.0, moved);
        for (size_t i = 0; i < N; i++) {
            if (gain[i] < -1e-12 || sharp[i] < gain[i] - 1e-12)
                fail_msg("contest %zu: gain %g, with half the scatter %g", t,
                         gain[i], sharp[i]);
            assert_close(moved[other[i]], gain[i], 1e-9, 1e-12);
        }
        for (size_t s = 0; s < LOADS; s++)
            assert_int_equal(other[el_contest_winner(&a, s)],
                             el_contest_winner(&b, s));
        el_contest_clear(&b);
        el_contest_clear(&a);
    }
}

/* Readings never widen a doubt, in whatever order they are taken in. */
static void test_observe(void **state)
{
    static const size_t same[N] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    uint64_t seed = 77;

    (void)state;
    for (size_t t = 0; t < 300; t++) {
        drawn d = draw(&seed);
        el_contest a = open_contest(&d, same), b = open_contest(&d, same);

        for (size_t i = 0; i < 5; i++) {
            double before = a.cov[0] + a.cov[K + 1];
            assert_int_equal(
                el_contest_observe(&a, i, d.mean[i] + 0.1, d.scatter[i], NULL),
                EL_OK);
            assert_true(a.cov[0] + a.cov[K + 1] <= before + 1e-15);
        }
        for (size_t i = 5; i-- > 0;)
            assert_int_equal(
                el_contest_observe(&b, i, d.mean[i] + 0.1, d.scatter[i], NULL),
                EL_OK);
        for (size_t i = 0; i < N; i++)
            assert_close(a.mean[i], b.mean[i], 1e-8, 1e-10);
        for (size_t i = 0; i < K * K; i++)
            assert_close(a.cov[i], b.cov[i], 1e-6, 1e-12);
        el_contest_clear(&b);
        el_contest_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_observe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
