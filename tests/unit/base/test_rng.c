/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include "base/rng.h"

/* First outputs of the authors' C code from state {1, 2, 3, 4}, as in
   rand_xoshiro's tests: prng.di.unimi.it/xoshiro256plusplus.c */
static void reference_sequence(void **state)
{
    static const uint64_t want[] = {41943041u,
                                    58720359u,
                                    3588806011781223u,
                                    3591011842654386u,
                                    9228616714210784205u,
                                    9973669472204895162u,
                                    14011001112246962877u,
                                    12406186145184390807u};
    el_rng r = {{1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_true(el_rng_next(&r) == want[i]);
}

/* SplitMix64 from 0: prng.di.unimi.it/splitmix64.c */
static void seeding(void **state)
{
    el_rng r, q;

    (void)state;
    el_rng_init(&r, 0, 0);
    assert_true(r.s[0] == 0xE220A8397B1DCDAFu);
    assert_true(r.s[1] == 0x6E789E6AA1B965F4u);
    el_rng_init(&r, 1, 2);
    el_rng_init(&q, 2, 1);
    assert_true(el_rng_next(&r) != el_rng_next(&q));
    el_rng_init(&r, 5, 1);
    el_rng_init(&q, 5, 1);
    for (int i = 0; i < 10; i++)
        assert_true(el_rng_next(&r) == el_rng_next(&q));
}

static void moments(void **state)
{
    enum { N = 200000 };
    el_rng r;
    double u = 0, u2 = 0, z = 0, z2 = 0, z4 = 0;

    (void)state;
    el_rng_init(&r, 7, 3);
    for (int i = 0; i < N; i++) {
        double a = el_rng_unit(&r), b = el_rng_normal(&r);

        assert_true(a >= 0 && a < 1);
        u += a / N;
        u2 += a * a / N;
        z += b / N;
        z2 += b * b / N;
        z4 += b * b * b * b / N;
    }
    assert_close(u, 0.5, 0, 0.003);
    assert_close(u2, 1.0 / 3, 0, 0.003);
    assert_close(z, 0, 0, 0.01);
    assert_close(z2, 1, 0, 0.015);
    assert_close(z4, 3, 0, 0.1);
}

static void below_is_even(void **state)
{
    size_t count[7] = {0};
    el_rng r;

    (void)state;
    el_rng_init(&r, 1, 1);
    for (int i = 0; i < 70000; i++)
        count[el_rng_below(&r, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_close((double)count[i], 10000, 0.05, 0);
    assert_int_equal(el_rng_below(&r, 1), 0);
    /* half of all words are refused here */
    for (int i = 0; i < 100; i++)
        assert_true(el_rng_below(&r, SIZE_MAX / 2 + 2) < SIZE_MAX / 2 + 2);
}

static void shuffle_permutes_evenly(void **state)
{
    size_t at[4][4] = {{0}};
    el_rng r;

    (void)state;
    el_rng_init(&r, 9, 0);
    for (int i = 0; i < 40000; i++) {
        size_t v[4] = {0, 1, 2, 3}, seen = 0;

        el_rng_shuffle(&r, v, 4);
        for (size_t k = 0; k < 4; k++) {
            seen |= (size_t)1 << v[k];
            at[k][v[k]]++;
        }
        assert_int_equal(seen, 15);
    }
    for (size_t k = 0; k < 4; k++)
        for (size_t j = 0; j < 4; j++)
            assert_close((double)at[k][j], 10000, 0.05, 0);
    el_rng_shuffle(&r, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_sequence),
        cmocka_unit_test(seeding),
        cmocka_unit_test(moments),
        cmocka_unit_test(below_is_even),
        cmocka_unit_test(shuffle_permutes_evenly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
