/* SPDX-License-Identifier: Apache-2.0 */
/* Forms that keep no model. Trees are left out where XGBoost is missing. */
#include <dlfcn.h>
#include <string.h>

#include "base/mem.h"
#include "el_facts_sample.h"
#include "el_test.h"
#include "model/forms.h"
#include "num/xgboost.h"

#define N 40

static bool has_trees;

typedef struct rows {
    el_facts facts;
    el_point point[N];
    double y[N];
} rows;

static el_point point_at(uint64_t *s)
{
    return (el_point){.tp = pow(2, floor(el_test_unif(s, 0, 3))),
                      .pp = 1,
                      .ep = 1,
                      .dp = 1,
                      .batch = exp(el_test_unif(s, 0, 3)),
                      .isl = exp(el_test_unif(s, 5, 7)),
                      .osl = exp(el_test_unif(s, 5, 7)),
                      .steady = true};
}

/* A power law with a bend, what both kinds should learn. */
static double truth(const el_point *p)
{
    return p->batch * p->osl *
           (3 * sqrt(p->tp) / p->batch + 0.4 + 1e-4 * p->isl);
}

static el_fit_data make_rows(rows *r, uint64_t seed)
{
    r->facts = el_sample_dense();
    for (int i = 0; i < N; i++) {
        r->point[i] = point_at(&seed);
        r->y[i] = truth(&r->point[i]);
    }
    return (el_fit_data){.target = EL_TARGET_ENERGY,
                         .facts = &r->facts,
                         .point = r->point,
                         .y = r->y,
                         .n = N};
}

static bool usable(const el_form *form)
{
    return (form->traits & EL_FORM_LEARNS) &&
           (has_trees || form == &el_form_gp);
}

static void ask(const el_form *form, const el_fit_data *data,
                const el_point *point, size_t n, double *y, double *sd)
{
    const el_points asked = {point, NULL, n};
    el_error err = {0};

    if (el_form_answer(form, data, &asked, y, sd, &err) != EL_OK)
        fail_msg("%s", err.message);
}

/* The rows themselves come back: within its noise, surer than elsewhere. */
static void gp_interpolates(void **state)
{
    rows r;
    el_fit_data data = make_rows(&r, 11);
    double y[N], sd[N], far, far_sd;
    el_point away = r.point[0];

    (void)state;
    ask(&el_form_gp, &data, r.point, N, y, sd);
    for (int i = 0; i < N; i++)
        assert_close(y[i], r.y[i], 0.03, 0);
    away.batch *= 1000;
    away.isl *= 50;
    ask(&el_form_gp, &data, &away, 1, &far, &far_sd);
    assert_true(isfinite(far) && far > 0);
    for (int i = 0; i < N; i++)
        assert_true(sd[i] > 0 && sd[i] < far_sd);
}

static void gp_predicts_between_its_rows(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        uint64_t s = 100 + seed;
        rows r;
        el_fit_data data = make_rows(&r, seed);
        double y[30], sd[30], miss = 0;
        el_point p[30];
        for (int i = 0; i < 30; i++)
            p[i] = point_at(&s);
        ask(&el_form_gp, &data, p, 30, y, sd);
        for (int i = 0; i < 30; i++)
            miss += fabs(y[i] / truth(&p[i]) - 1) / 30;
        if (miss > 0.05)
            fail_msg("seed %llu: off by %.3g", (unsigned long long)seed, miss);
    }
}

/* Twice the joules, twice the answer, and the same doubt. */
static void answers_scale_with_the_unit(void **state)
{
    (void)state;
    for (const el_form *const *f = el_forms(); *f; f++) {
        rows r;
        el_fit_data data = make_rows(&r, 21);
        double y[N], sd[N], y2[N], sd2[N];
        if (!usable(*f))
            continue;
        ask(*f, &data, r.point, N, y, sd);
        for (int i = 0; i < N; i++)
            r.y[i] *= 2;
        ask(*f, &data, r.point, N, y2, sd2);
        for (int i = 0; i < N; i++) /* trees start from one half, in floats */
            assert_close(y2[i], 2 * y[i], *f == &el_form_gp ? 1e-9 : 0.15, 0);
    }
}

/* Same rows, same bits; rows in another order, the same process. */
static void answers_are_the_same_again(void **state)
{
    (void)state;
    for (const el_form *const *f = el_forms(); *f; f++) {
        rows r;
        el_fit_data data = make_rows(&r, 31);
        double y[N], sd[N], y2[N], sd2[N];
        if (!usable(*f))
            continue;
        ask(*f, &data, r.point, N, y, sd);
        ask(*f, &data, r.point, N, y2, sd2);
        assert_memory_equal(y, y2, sizeof y);
    }
}

/* Trees never leave the range of what they saw, per output token. */
static void forests_stay_in_range(void **state)
{
    rows r;
    el_fit_data data = make_rows(&r, 41);
    double y, sd, lo = INFINITY, hi = 0;
    uint64_t s = 5;

    (void)state;
    if (!has_trees)
        skip();
    for (int i = 0; i < N; i++) {
        double e = r.y[i] / (r.point[i].batch * r.point[i].osl);
        lo = fmin(lo, e);
        hi = fmax(hi, e);
    }
    for (int i = 0; i < 20; i++) {
        el_point p = point_at(&s);
        p.batch *= 100;
        ask(&el_form_forest, &data, &p, 1, &y, &sd);
        y /= p.batch * p.osl;
        assert_true(y >= lo * 0.999 && y <= hi * 1.001);
        assert_false(el_is_known(sd));
    }
}

static void unknown_prompts_are_answered(void **state)
{
    static const char label[2][EL_LABEL_LEN] = {"chat", "video"};

    (void)state;
    for (const el_form *const *f = el_forms(); *f; f++) {
        rows r;
        el_fit_data data = make_rows(&r, 51);
        double y[N], sd[N];
        if (!usable(*f))
            continue;
        data.prompts_unknown = true;
        data.n_workload = 2;
        data.workload = label;
        for (int i = 0; i < N; i++) {
            r.point[i].isl = EL_UNKNOWN;
            r.point[i].workload = i % 2;
            r.y[i] *= i % 2 ? 3 : 1; /* told apart by the label alone */
        }
        ask(*f, &data, r.point, N, y, sd);
        for (int i = 0; i < N; i++)
            assert_close(y[i], r.y[i], *f == &el_form_forest ? 0.8 : 0.2, 0);
    }
}

static void what_cannot_be_asked_is_said(void **state)
{
    rows r;
    el_fit_data data = make_rows(&r, 61);
    const el_points asked = {r.point, NULL, N}, none = {r.point, NULL, 0};
    double y[N] = {-7}, sd[N];
    el_error err = {0};
    el_model m = {.n_rows = 7};

    (void)state;
    assert_int_equal(
        el_form_answer(&el_form_closed12, &data, &asked, y, sd, &err),
        EL_E_ARG);
    assert_int_equal(el_form_answer(&el_form_gp, &data, &none, y, sd, &err),
                     EL_E_ARG);
    assert_int_equal(el_form_fit(&el_form_gp, &data, &m, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "evaluate"));
    assert_int_equal(m.n_rows, 7);
    r.y[3] = 0;
    assert_int_equal(el_form_answer(&el_form_gp, &data, &asked, y, sd, &err),
                     EL_E_DATA);
    data.n = 0;
    assert_int_equal(el_form_answer(&el_form_gp, &data, &asked, y, sd, &err),
                     EL_E_ARG);
    assert_close(y[0], -7, 0, 0);
}

static void out_of_memory(void **state)
{
    (void)state;
    for (const el_form *const *f = el_forms(); *f; f++) {
        rows r;
        el_fit_data data = make_rows(&r, 71);
        const el_points asked = {r.point, NULL, N};
        double y[N], sd[N];
        el_status st;
        long k = 0;
        if (!usable(*f))
            continue;
        do {
            y[0] = -7;
            el_mem_fail_at(k);
            st = el_form_answer(*f, &data, &asked, y, sd, NULL);
            el_mem_fail_at(-1);
            assert_int_equal(el_mem_live(), 0);
            if (st != EL_OK) {
                assert_int_equal(st, EL_E_NOMEM);
                assert_close(y[0], -7, 0, 0);
            }
            k += k > 30 ? 37 : 1; /* the search asks again and again */
        } while (st != EL_OK && k < 20000);
        assert_int_equal(st, EL_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gp_interpolates),
        cmocka_unit_test(gp_predicts_between_its_rows),
        cmocka_unit_test(answers_scale_with_the_unit),
        cmocka_unit_test(answers_are_the_same_again),
        cmocka_unit_test(forests_stay_in_range),
        cmocka_unit_test(unknown_prompts_are_answered),
        cmocka_unit_test(what_cannot_be_asked_is_said),
        cmocka_unit_test(out_of_memory),
    };

    has_trees = dlopen(EL_XGBOOST_LIBRARY, RTLD_NOW | RTLD_LOCAL) != NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
