/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include "base/mem.h"
#include "base/rng.h"
#include "model/placement.h"

#define PLACES 5u

/* Every combination: the truth for small cases. */
static double try_all(const el_tenant_places *t, size_t n, const double *gpus,
                      size_t n_type)
{
    double least = INFINITY;
    size_t all = 1;

    for (size_t i = 0; i < n; i++)
        all *= t[i].n;
    for (size_t k = 0; k < all; k++) {
        double used[EL_MAX_TYPES] = {0}, sum = 0.0;
        size_t rest = k;
        bool fits = true;

        for (size_t i = 0; i < n; rest /= t[i].n, i++) {
            const el_place *p = &t[i].place[rest % t[i].n];
            used[p->type] += p->gpus;
            sum += p->energy_j;
        }
        for (size_t a = 0; a < n_type; a++)
            fits = fits && used[a] <= gpus[a];
        least = fits && sum < least ? sum : least;
    }
    return least;
}

static void test_least_of_all(void **state)
{
    el_rng rng;

    (void)state;
    el_rng_init(&rng, 11, 0);
    for (int round = 0; round < 300; round++) {
        el_place place[4][PLACES];
        el_tenant_places tenant[4];
        double gpus[2] = {(double)el_rng_below(&rng, 9),
                          (double)el_rng_below(&rng, 9)};
        size_t n = 1 + el_rng_below(&rng, 4), chosen[EL_MAX_TENANTS];
        double energy_j = 0.0, want, left[2] = {gpus[0], gpus[1]}, sum = 0.0;

        for (size_t i = 0; i < n; i++) {
            tenant[i] =
                (el_tenant_places){1 + el_rng_below(&rng, PLACES), place[i]};
            for (size_t k = 0; k < tenant[i].n; k++)
                place[i][k] = (el_place){el_rng_below(&rng, 2),
                                         1.0 + (double)el_rng_below(&rng, 4),
                                         1.0 + el_rng_unit(&rng)};
        }
        want = try_all(tenant, n, gpus, 2);
        assert_int_equal(
            el_placement_find(tenant, n, gpus, 2, chosen, &energy_j, NULL),
            EL_OK);
        if (isinf(want)) {
            assert_true(isinf(energy_j) && chosen[0] == EL_NOWHERE);
            continue;
        }
        assert_close(energy_j, want, 1e-12, 0);
        for (size_t i = 0; i < n; i++) {
            const el_place *p = &place[i][chosen[i]];
            left[p->type] -= p->gpus;
            sum += p->energy_j;
        }
        assert_close(sum, energy_j, 1e-12, 0);
        assert_true(left[0] >= 0.0 && left[1] >= 0.0);
    }
}

static void test_nobody_and_nowhere(void **state)
{
    const el_tenant_places none = {0, NULL};
    double gpus = 8.0, energy_j;
    size_t chosen[EL_MAX_TENANTS];

    (void)state;
    assert_int_equal(
        el_placement_find(&none, 0, &gpus, 1, chosen, &energy_j, NULL), EL_OK);
    assert_close(energy_j, 0.0, 0, 0);
    assert_int_equal(
        el_placement_find(&none, 1, &gpus, 1, chosen, &energy_j, NULL), EL_OK);
    assert_true(chosen[0] == EL_NOWHERE);
    assert_int_equal(el_placement_find(&none, EL_MAX_TENANTS + 1, &gpus, 1,
                                       chosen, &energy_j, NULL),
                     EL_E_ARG);
    el_mem_fail_at(0);
    assert_int_equal(
        el_placement_find(&none, 1, &gpus, 1, chosen, &energy_j, NULL),
        EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_of_all),
        cmocka_unit_test(test_nobody_and_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
