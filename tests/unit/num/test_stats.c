/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include "num/stats.h"

static void moments(void **state)
{
    const double v[] = {2, 4, 4, 4, 5, 5, 7, 9};
    /* NIST StRD NumAcc2-like: large mean, small spread */
    const double w[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};

    (void)state;
    assert_close(el_mean(v, 8), 5, 1e-15, 0);
    assert_close(el_variance(v, 8), 32.0 / 7, 1e-15, 0);
    assert_close(el_variance(w, 4), 30, 1e-12, 0);
    assert_close(el_variance(v, 1), 0, 0, 0);
}

/* Type 7 of Hyndman & Fan, the default of R and NumPy. */
static void quantiles(void **state)
{
    double v[] = {10, 1, 7, 3}, one[] = {5};

    (void)state;
    assert_close(el_quantile(v, 4, 0), 1, 0, 0);
    assert_close(el_quantile(v, 4, 1), 10, 0, 0);
    assert_close(el_quantile(v, 4, 0.25), 2.5, 1e-15, 0);
    assert_close(el_quantile(v, 4, 0.9), 9.1, 1e-15, 0);
    assert_close(el_median(v, 4), 5, 0, 0);
    assert_close(el_median(v, 3), 3, 0, 0);
    assert_close(el_quantile(one, 1, 0.3), 5, 0, 0);
}

static void mad(void **state)
{
    double v[] = {1, 1, 2, 2, 4, 6, 900}; /* deviations 1 1 0 0 2 4 898 */

    (void)state;
    assert_close(el_mad_sd(v, 7), 1.4826, 1e-5, 0);
}

static void normal(void **state)
{
    (void)state;
    /* Abramowitz & Stegun, table 26.1 and 26.5; tail from DLMF 7.12 */
    assert_close(el_normal_cdf(0), 0.5, 1e-16, 0);
    assert_close(el_normal_cdf(1), 0.841344746068543, 1e-14, 0);
    assert_close(el_normal_cdf(-10), 7.61985302416053e-24, 1e-12, 0);
    assert_close(el_normal_quantile(0.5), 0, 0, 1e-16);
    assert_close(el_normal_quantile(0.75), 0.674489750196082, 1e-14, 0);
    assert_close(el_normal_quantile(0.95), 1.644853626951473, 1e-13, 0);
    assert_close(el_normal_quantile(0.975), 1.959963984540054, 1e-13, 0);
    assert_close(el_normal_quantile(0.001), -3.090232306167813, 1e-13, 0);
    assert_close(el_normal_quantile(1e-10), -6.361340902404056, 1e-13, 0);
    assert_close(el_normal_quantile(0.5 + 1e-10),
                 ((0.5 + 1e-10) - 0.5) * sqrt(2 * acos(-1)), 1e-9, 0);
}

static void normal_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < 113; i++) {
        double z = -37 + 0.37 * i;

        assert_close(el_normal_quantile(el_normal_cdf(z)), z, 1e-9, 1e-9);
    }
}

/* Published percentage points (Pearson & Hartley, Biometrika Tables 1, table
   12; more digits from R's qt). */
static void student_tables(void **state)
{
    static const double row[][3] = {
        {0.975, 1, 12.7062047361747},  {0.975, 2, 4.30265272974946},
        {0.975, 5, 2.57058183563631},  {0.975, 10, 2.22813885198627},
        {0.975, 30, 2.04227245630124}, {0.975, 120, 1.97993040508244},
        {0.95, 5, 2.01504837333302},   {0.995, 3, 5.84090930973336},
        {0.9995, 4, 8.61030158137914}, {0.975, 1000, 1.96233908082641}};

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        assert_close(el_student_t_quantile(row[i][0], row[i][1]), row[i][2],
                     1e-10, 0);
        assert_close(el_student_t_quantile(1 - row[i][0], row[i][1]),
                     -row[i][2], 1e-10, 0);
    }
}

/* df 1, 2 and 4 have closed forms; large df tend to the normal
   (Abramowitz & Stegun 26.7.5). */
static void student_closed_forms(void **state)
{
    const double pi = acos(-1);

    (void)state;
    for (int i = 0; i < 50; i++) {
        double q = 1e-12 * pow(1.7, i), a = 4 * q * (1 - q);
        double z = el_normal_quantile(q);
        double c = cos(acos(sqrt(a)) / 3) / sqrt(a);

        assert_close(el_student_t_quantile(q, 1), -1 / tan(pi * q), 1e-9, 0);
        assert_close(el_student_t_quantile(q, 2), (2 * q - 1) / sqrt(a / 2),
                     1e-9, 0);
        assert_close(el_student_t_quantile(q, 4), -2 * sqrt(c - 1), 1e-9, 0);
        assert_close(el_student_t_quantile(q, 1e6), z + z * (z * z + 1) / 4e6,
                     1e-8, 0);
        assert_close(el_student_t_quantile(q, 1e12), z, 1e-9, 0);
    }
    assert_close(el_student_t_quantile(1e-100, 2), -1 / sqrt(2e-100), 1e-9, 0);
    assert_close(el_student_t_quantile(0.5, 3), 0, 0, 0);
    assert_close(el_student_t_quantile(0.5 + 1e-9, 1), pi * 1e-9, 1e-6, 0);
}

static void student_grows_with_q_and_falls_with_df(void **state)
{
    (void)state;
    for (int i = 0; i < 49; i++)
        for (int k = 0; k < 45; k++) {
            double q = 0.51 + 0.01 * i, df = pow(1.5, k);
            double t = el_student_t_quantile(q, df);

            assert_true(t < el_student_t_quantile(q + 0.001, df));
            assert_true(t > el_student_t_quantile(q, 1.5 * df));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments),
        cmocka_unit_test(quantiles),
        cmocka_unit_test(mad),
        cmocka_unit_test(normal),
        cmocka_unit_test(normal_round_trip),
        cmocka_unit_test(student_tables),
        cmocka_unit_test(student_closed_forms),
        cmocka_unit_test(student_grows_with_q_and_falls_with_df),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
