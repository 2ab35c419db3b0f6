/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The warm-up that synthetic traces have is found, and what is not steady is
 * not called so. Shares, not single cases: noise may fool any test.
 */
#include <stdio.h>

#include "el_test.h"
#include "profile/steady.h"

#define N_DRAW 400
#define SEED   20261121u

static double normal(uint64_t *s)
{
    double u = el_test_unif(s, 1e-12, 1), v = el_test_unif(s, 0, 1);

    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

typedef struct shape {
    double warm, depth;   /* warm-up bins, exponential, from 1 - depth */
    double noise, ripple; /* relative; ripple: of a period of 9 to 14 bins */
    double ramp, jump;    /* over all of the steady part; in its middle */
} shape;

static size_t draw(const shape *k, uint64_t *s, double *v)
{
    size_t n = 60 + el_test_next(s) % 200;
    size_t middle = n / 2 + el_test_next(s) % (n / 4);
    double period = el_test_unif(s, 9, 14), level = el_test_unif(s, 1, 5000);

    for (size_t i = 0; i < n; i++) {
        double x = (double)i;

        v[i] = 1 - k->depth * exp(-3 * x / (k->warm + 1e-9)) +
               k->noise * normal(s) + k->ramp * x / (double)n +
               (i >= middle ? k->jump : 0) +
               k->ripple * sin(6.283185307179586 * x / period);
        v[i] *= level;
    }
    return n;
}

/* Share of draws that are called steady. */
static double share_of(const shape *k)
{
    uint64_t s = SEED;
    double v[300];
    int steady = 0;

    for (int i = 0; i < N_DRAW; i++) {
        size_t n = draw(k, &s, v);

        steady += el_steady_find(v, n).is_steady;
    }
    return steady / (double)N_DRAW;
}

static void steady_ones(void **state)
{
    const shape flat = {.noise = 0.02}, warm = {20, 0.6, 0.02, 0, 0, 0};
    const shape ripple = {15, 0.5, 0.02, 0.3, 0, 0};
    const shape slow = {.noise = 0.02, .ramp = 0.01};

    (void)state;
    printf("steady: flat %.3f, after a warm-up %.3f, with a ripple %.3f, "
           "rising by 1 %% %.3f\n",
           share_of(&flat), share_of(&warm), share_of(&ripple),
           share_of(&slow));
    assert_true(share_of(&flat) > 0.97);
    assert_true(share_of(&warm) > 0.95);
    assert_true(share_of(&ripple) > 0.9);
    assert_true(share_of(&slow) > 0.97); /* too little to matter */
}

static void others(void **state)
{
    const shape ramp = {.noise = 0.02, .ramp = 0.3};
    const shape still_warm = {400, 0.6, 0.02, 0, 0, 0};

    (void)state;
    printf("called steady: rising by 30 %% %.3f, still warming up %.3f\n",
           share_of(&ramp), share_of(&still_warm));
    assert_true(share_of(&ramp) < 0.02);
    assert_true(share_of(&still_warm) < 0.05);
}

/* What stands after the cut is at the level it should have. */
static void the_cut(void **state)
{
    const shape warm = {25, 0.8, 0.02, 0, 0, 0};
    uint64_t s = SEED;
    double v[300];

    (void)state;
    for (int i = 0; i < N_DRAW; i++) {
        uint64_t again = s;
        size_t n = draw(&warm, &s, v);
        double level;
        el_steady r = el_steady_find(v, n);

        (void)el_test_next(&again);
        (void)el_test_next(&again);
        (void)el_test_unif(&again, 9, 14);
        level = el_test_unif(&again, 1, 5000);
        if (r.from >= n)
            continue;
        assert_close(r.mean, level, 0.03, 0);
        assert_true(v[r.from] > 0.8 * level);
    }
}

/* Units and added constants do not matter to the cut, order does. */
static void invariance(void **state)
{
    const shape warm = {25, 0.8, 0.02, 0.1, 0, 0};
    uint64_t s = SEED;
    double v[300], w[300];

    (void)state;
    for (int i = 0; i < N_DRAW; i++) {
        size_t n = draw(&warm, &s, v);
        el_steady a, b;

        for (size_t j = 0; j < n; j++)
            w[j] = 1024 * v[j]; /* exact */
        a = el_steady_find(v, n);
        b = el_steady_find(w, n);
        assert_int_equal(a.from, b.from);
        assert_int_equal(a.is_steady, b.is_steady);
        if (a.from < n)
            assert_close(a.drift, b.drift, 1e-9, 1e-12);
    }
}

static void edges(void **state)
{
    double v[64];

    (void)state;
    for (int i = 0; i < 64; i++)
        v[i] = 7;
    assert_false(el_steady_find(v, 0).is_steady);
    assert_false(el_steady_find(v, EL_STEADY_MIN - 1).is_steady);
    assert_true(el_steady_find(v, EL_STEADY_MIN).is_steady);
    assert_int_equal(el_steady_find(v, 64).from, 0);
    assert_close(el_steady_find(v, 64).drift, 0, 0, 0);
    assert_close(el_steady_find(v, 64).p, 1, 1e-12, 0);
    for (int i = 0; i < 64; i++)
        v[i] = i < 20 ? 0 : 7;
    assert_int_equal(el_steady_find(v, 64).from, 20);
    for (int i = 0; i < 64; i++) { /* the exact p of a full order of 8 */
        int batch = i / 8;

        v[i] = 100 + 0.001 * batch + (i % 2 ? 10 : -10);
    }
    assert_close(el_steady_find(v, 64).p, 2.0 / 40320, 1e-9, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_ones), cmocka_unit_test(others),
        cmocka_unit_test(the_cut), cmocka_unit_test(invariance),
        cmocka_unit_test(edges)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
