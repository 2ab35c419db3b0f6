/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NIST Statistical Reference Datasets, nonlinear regression: data, both
 * starting points and certified values from
 * https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml
 */
#include "el_test.h"

#include <string.h>

#include "num/lsq.h"

#define MAX_N 37
#define MAX_P 7
#define MGH10 2 /* index in sets */

typedef struct dataset {
    const char *name;
    size_t n, k;
    void (*model)(double x, const double *b, double *y, double *grad);
    double start[2][MAX_P];
    double value[MAX_P], sd[MAX_P], rss;
    double y[MAX_N], x[MAX_N];
} dataset;

static void misra1a(double x, const double *b, double *y, double *g)
{
    double e = exp(-b[1] * x);

    *y = b[0] * (1 - e);
    g[0] = 1 - e;
    g[1] = b[0] * x * e;
}

static void mgh09(double x, const double *b, double *y, double *g)
{
    double num = x * x + x * b[1], den = x * x + x * b[2] + b[3];

    *y = b[0] * num / den;
    g[0] = num / den;
    g[1] = b[0] * x / den;
    g[2] = -*y * x / den;
    g[3] = -*y / den;
}

static void mgh10(double x, const double *b, double *y, double *g)
{
    double e = exp(b[1] / (x + b[2]));

    *y = b[0] * e;
    g[0] = e;
    g[1] = *y / (x + b[2]);
    g[2] = -*y * b[1] / (x + b[2]) / (x + b[2]);
}

static void rat43(double x, const double *b, double *y, double *g)
{
    double e = exp(b[1] - b[2] * x), d = pow(1 + e, -1 / b[3]);
    double s = -b[0] * d / b[3] * e / (1 + e);

    *y = b[0] * d;
    g[0] = d;
    g[1] = s;
    g[2] = -s * x;
    g[3] = *y * log(1 + e) / (b[3] * b[3]);
}

static void thurber(double x, const double *b, double *y, double *g)
{
    double p[4] = {1, x, x * x, x * x * x}, num = 0, den = 1;

    for (int i = 0; i < 4; i++)
        num += b[i] * p[i];
    for (int i = 1; i < 4; i++)
        den += b[3 + i] * p[i];
    *y = num / den;
    for (int i = 0; i < 4; i++)
        g[i] = p[i] / den;
    for (int i = 1; i < 4; i++)
        g[3 + i] = -*y * p[i] / den;
}

static const dataset sets[] = {
    {"Misra1a",
     14,
     2,
     misra1a,
     {{500, 0.0001}, {250, 0.0005}},
     {2.3894212918E+02, 5.5015643181E-04},
     {2.7070075241E+00, 7.2668688436E-06},
     1.2455138894E-01,
     {10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05,
      61.01, 66.40, 75.47, 81.78},
     {77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3,
      536.8, 593.1, 689.1, 760.0}},
    {"MGH09",
     11,
     4,
     mgh09,
     {{25, 39, 41.5, 39}, {0.25, 0.39, 0.415, 0.39}},
     {1.9280693458E-01, 1.9128232873E-01, 1.2305650693E-01, 1.3606233068E-01},
     {1.1435312227E-02, 1.9633220911E-01, 8.0842031232E-02, 9.0025542308E-02},
     3.0750560385E-04,
     {1.957E-01, 1.947E-01, 1.735E-01, 1.600E-01, 8.44E-02, 6.27E-02, 4.56E-02,
      3.42E-02, 3.23E-02, 2.35E-02, 2.46E-02},
     {4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625}},
    {"MGH10",
     16,
     3,
     mgh10,
     {{2, 400000, 25000}, {0.02, 4000, 250}},
     {5.6096364710E-03, 6.1813463463E+03, 3.4522363462E+02},
     {1.5687892471E-04, 2.3309021107E+01, 7.8486103508E-01},
     8.7945855171E+01,
     {34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005,
      5147, 4427, 3820, 3307, 2872},
     {50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125}},
    {"Rat43",
     15,
     4,
     rat43,
     {{100, 10, 1, 1}, {700, 5, 0.75, 1.3}},
     {6.9964151270E+02, 5.2771253025E+00, 7.5962938329E-01, 1.2792483859E+00},
     {1.6302297817E+01, 2.0828735829E+00, 1.9566123451E-01, 6.8761936385E-01},
     8.7864049080E+03,
     {16.08, 33.83, 65.80, 97.20, 191.55, 326.20, 386.87, 520.53, 590.03,
      651.92, 724.93, 699.56, 689.96, 637.56, 717.41},
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
    {"Thurber",
     37,
     7,
     thurber,
     {{1000, 1000, 400, 40, 0.7, 0.3, 0.03},
      {1300, 1500, 500, 75, 1, 0.4, 0.05}},
     {1.2881396800E+03, 1.4910792535E+03, 5.8323836877E+02, 7.5416644291E+01,
      9.6629502864E-01, 3.9797285797E-01, 4.9727297349E-02},
     {4.6647963344E+00, 3.9571156086E+01, 2.8698696102E+01, 5.5675370270E+00,
      3.1333340687E-02, 1.4984928198E-02, 6.5842344623E-03},
     5.6427082397E+03,
     {80.574,   84.248,   87.264,   87.195,   89.076,   89.608,   89.868,
      90.101,   92.405,   95.854,   100.696,  101.060,  401.672,  390.724,
      567.534,  635.316,  733.054,  759.087,  894.206,  990.785,  1090.109,
      1080.914, 1122.643, 1178.351, 1260.531, 1273.514, 1288.339, 1327.543,
      1353.863, 1414.509, 1425.208, 1421.384, 1442.962, 1464.350, 1468.705,
      1447.894, 1457.628},
     {-3.067, -2.981, -2.921, -2.912, -2.840, -2.797, -2.702, -2.699,
      -2.633, -2.481, -2.363, -2.322, -1.501, -1.460, -1.274, -1.212,
      -1.100, -1.046, -0.915, -0.714, -0.566, -0.545, -0.400, -0.309,
      -0.109, -0.103, 0.010,  0.119,  0.377,  0.790,  0.963,  1.006,
      1.115,  1.572,  1.841,  2.047,  2.200}},
};

static bool residual(const double *p, double *r, double *jac, void *ctx)
{
    const dataset *d = ctx;
    bool ok = true;

    for (size_t i = 0; i < d->n; i++) {
        double g[MAX_P], y;

        d->model(d->x[i], p, &y, g);
        r[i] = y - d->y[i];
        ok = ok && isfinite(r[i]);
        for (size_t j = 0; jac && j < d->k; j++) {
            jac[i * d->k + j] = g[j];
            ok = ok && isfinite(g[j]);
        }
    }
    return ok;
}

static void check_set(const dataset *d, int start)
{
    dataset copy = *d;
    double p[MAX_P], cov[MAX_P * MAX_P];
    /* The caps on unknown variance must not bind: parameters of 1e6 here. */
    el_lsq_problem in = {.n_param = d->k,
                         .n_resid = d->n,
                         .residual = residual,
                         .ctx = &copy,
                         .max_iterations = 2000};
    el_lsq_result out;
    double s2 = d->rss / (double)(d->n - d->k);

    memcpy(p, d->start[start], sizeof p);
    assert_int_equal(el_lsq_solve(&in, p, cov, &out, NULL), EL_OK);
    print_message("%s start %d: %zu iterations\n", d->name, start + 1,
                  out.iterations);
    assert_true(out.converged);
    assert_close(out.cost, d->rss, 1e-9, 0);
    for (size_t j = 0; j < d->k; j++) {
        assert_close(p[j], d->value[j], 1e-7, 0);
        assert_close(sqrt(s2 * cov[j * d->k + j]), d->sd[j], 1e-6, 0);
    }
}

static void certified_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        for (int s = 0; s < 2; s++)
            if (i != MGH10 || s == 1)
                check_set(&sets[i], s);
}

/* The far start of MGH10 lies in a bent valley that takes thousands of steps:
   the answer is an estimate that says so, and is better than the start. */
static void unfinished_is_not_an_error(void **state)
{
    dataset d = sets[MGH10];
    double p[MAX_P], r[MAX_N], before = 0;
    el_lsq_problem in = {.n_param = d.k,
                         .n_resid = d.n,
                         .residual = residual,
                         .ctx = &d,
                         .max_iterations = 50};
    el_lsq_result out;

    (void)state;
    memcpy(p, d.start[0], sizeof p);
    assert_true(residual(p, r, NULL, &d));
    for (size_t i = 0; i < d.n; i++)
        before += r[i] * r[i];
    assert_int_equal(el_lsq_solve(&in, p, NULL, &out, NULL), EL_OK);
    assert_false(out.converged);
    assert_int_equal(out.iterations, 50);
    assert_true(out.cost < before / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certified_values),
        cmocka_unit_test(unfinished_is_not_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
