/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdbool.h>

#include "base/mem.h"
#include "num/stats.h"

enum { N = 60 };

typedef struct sample {
    const double *value;
    const size_t *cluster; /* NULL: do not look */
    size_t calls;
} sample;

static double mean_of(const size_t *index, size_t n, void *ctx)
{
    sample *s = ctx;
    double sum = 0;
    size_t count[N] = {0};

    s->calls++;
    for (size_t i = 0; i < n; i++) {
        sum += s->value[index[i]];
        count[index[i]]++;
    }
    for (size_t i = 0; s->cluster && i < N; i++)
        for (size_t j = 0; j < N; j++)
            if (s->cluster[i] == s->cluster[j])
                assert_int_equal(count[i], count[j]); /* drawn together */
    return sum / (double)n;
}

static double never(const size_t *index, size_t n, void *ctx)
{
    (void)index, (void)n, (void)ctx;
    return NAN;
}

/* Mean of n independent values: interval mean -+ z sd / sqrt(n). */
static void interval_of_a_mean(void **state)
{
    double v[N], lo, hi;
    size_t each[N];
    el_rng rng;
    sample s = {.value = v};

    (void)state;
    el_rng_init(&rng, 3, 0);
    for (size_t i = 0; i < N; i++) {
        v[i] = el_rng_normal(&rng);
        each[i] = i;
    }
    assert_int_equal(el_bootstrap_clusters(each, N, N, mean_of, &s, 4000, 0.9,
                                           &rng, &lo, &hi, NULL),
                     EL_OK);
    double se = sqrt(el_variance(v, N) / N), m = el_mean(v, N);
    assert_int_equal(s.calls, 4000);
    assert_close(lo, m - 1.645 * se, 0, 0.15 * se);
    assert_close(hi, m + 1.645 * se, 0, 0.15 * se);
}

/* Ten values, six rows each: as wide as ten rows are, and clusters that hold
   no rows are never drawn. */
static void clusters_stay_together(void **state)
{
    double v[N], lo, hi, c[10];
    size_t cluster[N];
    el_rng rng;
    sample s = {.value = v, .cluster = cluster};

    (void)state;
    el_rng_init(&rng, 4, 0);
    for (size_t k = 0; k < 10; k++)
        c[k] = el_rng_normal(&rng);
    for (size_t i = 0; i < N; i++) {
        cluster[i] = 2 * (i % 10);
        v[i] = c[i % 10];
    }
    assert_int_equal(el_bootstrap_clusters(cluster, N, 25, mean_of, &s, 1000,
                                           0.9, &rng, &lo, &hi, NULL),
                     EL_OK);
    double se = sqrt(el_variance(c, 10) / 10);
    assert_close(hi - lo, 2 * 1.645 * se, 0.15, 0);
}

static void same_seed_same_bits(void **state)
{
    double v[N], lo[2], hi[2];
    size_t each[N];
    sample s = {.value = v};

    (void)state;
    for (size_t i = 0; i < N; i++) {
        v[i] = sin((double)i);
        each[i] = i / 2;
    }
    for (int k = 0; k < 2; k++) {
        el_rng rng;

        el_rng_init(&rng, 4, 5);
        assert_int_equal(el_bootstrap_clusters(each, N, N, mean_of, &s, 50, 0.5,
                                               &rng, &lo[k], &hi[k], NULL),
                         EL_OK);
    }
    assert_memory_equal(&lo[0], &lo[1], sizeof lo[0]);
    assert_memory_equal(&hi[0], &hi[1], sizeof hi[0]);
}

static void nothing_left_is_unknown(void **state)
{
    const size_t c[] = {0, 1};
    double lo = 1, hi = 1;
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 1, 1);
    assert_int_equal(el_bootstrap_clusters(c, 2, 2, never, NULL, 9, 0.9, &rng,
                                           &lo, &hi, NULL),
                     EL_OK);
    assert_true(isnan(lo) && isnan(hi));
}

static void bootstrap_refuses(void **state)
{
    const size_t c[] = {0, 3};
    double lo = -1, hi = -1;
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 1, 1);
#define REFUSED(n, n_cluster, n_draw, level)                                   \
    assert_int_equal(el_bootstrap_clusters(c, n, n_cluster, never, NULL,       \
                                           n_draw, level, &rng, &lo, &hi,      \
                                           NULL),                              \
                     EL_E_ARG)
    REFUSED(0, 4, 9, 0.9);
    REFUSED(2, 0, 9, 0.9);
    REFUSED(2, SIZE_MAX, 9, 0.9);
    REFUSED(2, 4, 0, 0.9);
    REFUSED(2, 4, 9, 0.0);
    REFUSED(2, 4, 9, 1.0);
    REFUSED(2, 4, 9, (double)NAN);
    REFUSED(2, 3, 9, 0.9);
    assert_close(lo + hi, -2, 0, 0);
}

static void bootstrap_out_of_memory(void **state)
{
    const size_t c[] = {0, 3};
    el_status st;
    long k = 0;

    (void)state;
    do {
        double lo = -1, hi = -1;
        el_rng rng;

        el_rng_init(&rng, 1, 1);
        el_mem_fail_at(k);
        st = el_bootstrap_clusters(c, 2, 4, never, NULL, 9, 0.9, &rng, &lo, &hi,
                                   NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_close(lo + hi, -2, 0, 0);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(k, 4);
}

static void one_point_in_each_stratum(void **state)
{
    enum { P = 37, D = 5 };
    double x[P * D];
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 11, 0);
    assert_int_equal(el_latin_hypercube(P, D, &rng, x, NULL), EL_OK);
    for (size_t k = 0; k < D; k++) {
        bool seen[P] = {false};

        for (size_t i = 0; i < P; i++) {
            assert_true(x[i * D + k] >= 0 && x[i * D + k] < 1);
            size_t stratum = (size_t)(x[i * D + k] * P);
            assert_false(seen[stratum]);
            seen[stratum] = true;
        }
    }
}

static void hypercube_refuses(void **state)
{
    double x = -1;
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 1, 0);
    assert_int_equal(el_latin_hypercube(0, 1, &rng, &x, NULL), EL_E_ARG);
    assert_int_equal(el_latin_hypercube(1, 0, &rng, &x, NULL), EL_E_ARG);
    el_mem_fail_at(0);
    assert_int_equal(el_latin_hypercube(1, 1, &rng, &x, NULL), EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_close(x, -1, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interval_of_a_mean),
        cmocka_unit_test(clusters_stay_together),
        cmocka_unit_test(same_seed_same_bits),
        cmocka_unit_test(nothing_left_is_unknown),
        cmocka_unit_test(bootstrap_refuses),
        cmocka_unit_test(bootstrap_out_of_memory),
        cmocka_unit_test(one_point_in_each_stratum),
        cmocka_unit_test(hypercube_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
