/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every SweetSpot curve with t >= 0. */
#include "el_test.h"

#include "energylens/sweetspot.h"

#define N_ROUNDS 500

static el_sweetspot random_curve(uint64_t *s)
{
    static const double typical[EL_SWEETSPOT_TERMS] = {1e-2, 2e-7, 3e-5,
                                                       8e-3, 2e-5, 0.8};
    el_sweetspot c;

    for (size_t k = 0; k < EL_SWEETSPOT_TERMS; k++)
        c.t[k] = typical[k] * exp(el_test_unif(s, -2, 2));
    return c;
}

/* m* is the minimum over m: no other length costs less, near or far. */
static void optimum_is_the_minimum(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= N_ROUNDS; seed++) {
        uint64_t s = seed;
        el_sweetspot c = random_curve(&s);
        double n = exp(el_test_unif(&s, 0, 11));
        double best = el_sweetspot_best_osl(&c, n);
        double least = el_sweetspot_token_j(&c, n, best);

        for (int i = 0; i < 20; i++) {
            double m = best * exp(el_test_unif(&s, -5, 5));
            double e = el_sweetspot_token_j(&c, n, m);

            if (e < least * (1 - 1e-14))
                fail_msg("seed %llu: %.9g J at m = %g, %.9g at %g",
                         (unsigned long long)seed, e, m, least, best);
        }
    }
}

/* Grows with the prompt, falls before m* and grows after it; so does m*
 * itself with the prompt; linear in t. */
static void shape_of_the_curve(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= N_ROUNDS; seed++) {
        uint64_t s = seed;
        el_sweetspot c = random_curve(&s), twice = c;
        double n = exp(el_test_unif(&s, 0, 11));
        double m = exp(el_test_unif(&s, 0, 11));
        double k = exp(el_test_unif(&s, 0.01, 1));
        double best = el_sweetspot_best_osl(&c, n);
        double e = el_sweetspot_token_j(&c, n, m);

        assert_true(el_sweetspot_token_j(&c, n * k, m) > e);
        assert_true(el_sweetspot_best_osl(&c, n * k) > best);
        if (m * k < best)
            assert_true(el_sweetspot_token_j(&c, n, m * k) < e);
        if (m > best)
            assert_true(el_sweetspot_token_j(&c, n, m * k) > e);
        for (size_t j = 0; j < EL_SWEETSPOT_TERMS; j++)
            twice.t[j] *= 2;
        assert_close(el_sweetspot_token_j(&twice, n, m), 2 * e, 1e-14, 0);
        assert_close(el_sweetspot_best_osl(&twice, n), best, 1e-14, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimum_is_the_minimum),
        cmocka_unit_test(shape_of_the_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
