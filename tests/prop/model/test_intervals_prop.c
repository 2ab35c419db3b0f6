/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are 90 % intervals what they say? Groups are drawn from closed12's own prior,
 * measured with noise, fitted again, and asked about loads they have not seen.
 * The seed is the group's number.
 */
#include <stdlib.h>
#include <string.h>

#include "el_facts_sample.h"
#include "el_test.h"
#include "energylens/closed12.h"
#include "energylens/form.h"

#define N_GROUP 120
#define N_ASKED 12
#define MAX_ROW 60

/* One group of rows and what is asked about it. */
typedef struct world {
    el_facts facts;
    el_model truth;
    size_t n;
    el_point point[MAX_ROW + N_ASKED]; /* the rows, then what is asked */
    double run_s[MAX_ROW + N_ASKED], y[MAX_ROW + N_ASKED];
} world;

static double normal(uint64_t *s)
{
    double r = sqrt(-2.0 * log(el_test_unif(s, 1e-12, 1.0)));

    return r * cos(6.283185307179586 * el_test_unif(s, 0.0, 1.0));
}

static el_point draw_load(uint64_t *s)
{
    el_point p = {.tp = pow(2.0, floor(el_test_unif(s, 0.0, 4.0))),
                  .pp = 1.0,
                  .ep = 1.0,
                  .dp = 1.0,
                  .batch = pow(2.0, floor(el_test_unif(s, 0.0, 8.0))),
                  .isl = pow(2.0, floor(el_test_unif(s, 6.0, 13.0))),
                  .osl = pow(2.0, floor(el_test_unif(s, 6.0, 11.0))),
                  .workload = -1};

    return p;
}

/* `scatter` times the usual noise of a run. */
static world draw_world(uint64_t seed, size_t n, double scatter)
{
    static const el_noise usual = {0.03, 0.0866};
    uint64_t s = seed;
    el_param_spec spec[EL_MAX_PARAMS];
    world w = {.facts = seed % 2 ? el_sample_dense() : el_sample_moe(), .n = n};

    w.truth.form = el_form_find("closed12");
    w.truth.facts = w.facts;
    w.truth.n_param = el_model_specify(&w.truth, spec);
    for (size_t j = 0; j < w.truth.n_param; j++)
        w.truth.param[j] = spec[j].centre + spec[j].sd * normal(&s);
    for (size_t i = 0; i < n + N_ASKED; i++) {
        w.point[i] = draw_load(&s);
        w.run_s[i] = exp(el_test_unif(&s, log(1.5), log(100.0)));
    }
    el_model_predict(&w.truth, w.point, n + N_ASKED, w.y);
    for (size_t i = 0; i < n + N_ASKED; i++)
        w.y[i] *= exp(scatter * el_noise_sd(&usual, w.run_s[i]) * normal(&s));
    return w;
}

static el_model fit(const world *w, const double *y)
{
    el_fit_data data = {.target = EL_TARGET_ENERGY,
                        .facts = &w->facts,
                        .point = w->point,
                        .y = y,
                        .run_s = w->run_s,
                        .n = w->n,
                        .prior = EL_PRIOR_PHYSICAL};
    el_model m;

    assert_int_equal(el_form_fit(w->truth.form, &data, &m, NULL), EL_OK);
    return m;
}

/* Share of what is asked that lies inside its interval. */
static double coverage(size_t n, double scatter)
{
    size_t inside = 0;

    for (uint64_t seed = 1; seed <= N_GROUP; seed++) {
        world w = draw_world(seed, n, scatter);
        el_model m = fit(&w, w.y);
        double sd[N_ASKED], got[N_ASKED];
        double z = el_model_quantile(&m, EL_LEVEL);

        el_model_predict(&m, w.point + n, N_ASKED, got);
        assert_int_equal(
            el_model_spread(&m, w.point + n, N_ASKED, w.run_s + n, sd, NULL),
            EL_OK);
        for (size_t i = 0; i < N_ASKED; i++)
            inside += fabs(log(w.y[n + i] / got[i])) <= z * sd[i];
    }
    return (double)inside / (double)(N_GROUP * N_ASKED);
}

static void intervals_hold_what_they_say(void **state)
{
    static const struct {
        size_t n;
        double scatter, lo, hi;
    } want[] = {
        {3, 1, .86, .97},  {10, 1, .86, .96}, {20, 1, .86, .95},
        {50, 1, .86, .95}, {20, 4, .84, .96}, {50, 4, .86, .95},
    };

    (void)state;
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        double share = coverage(want[k].n, want[k].scatter);

        print_message("%zu rows, scatter x%g: %.3f\n", want[k].n,
                      want[k].scatter, share);
        if (!(share >= want[k].lo && share <= want[k].hi))
            fail_msg("%zu rows, %g times the usual scatter: %.3f inside, want "
                     "%g to %g",
                     want[k].n, want[k].scatter, share, want[k].lo, want[k].hi);
    }
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* One row in twenty wrong by a factor 3 to 30: predictions hardly move. */
static void gross_outliers_move_little(void **state)
{
    static double moved[N_GROUP * N_ASKED];
    size_t n = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= N_GROUP; seed++) {
        world w = draw_world(seed, MAX_ROW, 1.0);
        el_model clean = fit(&w, w.y), dirty;
        double bad[MAX_ROW], a[N_ASKED], b[N_ASKED];
        uint64_t s = ~seed;

        memcpy(bad, w.y, sizeof bad);
        for (size_t i = 0; i < MAX_ROW; i += 20)
            bad[i] *= exp((el_test_unif(&s, 0, 1) < .5 ? -1.0 : 1.0) *
                          el_test_unif(&s, log(3.0), log(30.0)));
        dirty = fit(&w, bad);
        el_model_predict(&clean, w.point + MAX_ROW, N_ASKED, a);
        el_model_predict(&dirty, w.point + MAX_ROW, N_ASKED, b);
        for (size_t i = 0; i < N_ASKED; i++)
            moved[n++] = fabs(log(b[i] / a[i]));
        /* nor do they drive the scatter up to their size */
        assert_true(dirty.noise.floor_sd < 2.5 * clean.noise.floor_sd);
    }
    qsort(moved, n, sizeof *moved, ascending);
    print_message("moved: median %.4f, 95 %% %.4f, most %.4f\n", moved[n / 2],
                  moved[n * 95 / 100], moved[n - 1]);
    assert_true(moved[n / 2] < 0.015);
    assert_true(moved[n * 95 / 100] < 0.06);
}

/* Where the form misses its own rows by much, it is less sure beyond them. */
static void doubt_outside_follows_the_misfit(void **state)
{
    double sd[2][2];

    (void)state;
    for (int k = 0; k < 2; k++) {
        world w = draw_world(7, 50, k ? 5.0 : 1.0);
        el_model m = fit(&w, w.y);
        el_point p[2] = {w.point[0], w.point[0]};

        p[0].batch = m.hi[EL_AXIS_BATCH];
        p[1].batch = 8.0 * m.hi[EL_AXIS_BATCH];
        assert_int_equal(el_model_spread(&m, p, 2, NULL, sd[k], NULL), EL_OK);
    }
    assert_true(sd[0][1] * sd[0][1] - sd[0][0] * sd[0][0] >
                0.9 * pow(0.06 * log(8.0), 2));
    assert_true(sd[1][1] * sd[1][1] - sd[1][0] * sd[1][0] >
                4.0 * pow(0.06 * log(8.0), 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_hold_what_they_say),
        cmocka_unit_test(gross_outliers_move_little),
        cmocka_unit_test(doubt_outside_follows_the_misfit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
