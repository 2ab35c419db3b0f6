/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for each baseline, by the formula that its source gives. */
#include <string.h>

#include "base/mem.h"
#include "el_facts_sample.h"
#include "el_test.h"
#include "model/forms.h"
#include "model/load_work.h"
#include "model/rule.h"

#define N        48
#define N_ROUNDS 40

typedef struct rows {
    el_facts facts;
    el_point point[N];
    double y[N], time_s[N], run_s[N];
} rows;

/* Loads on a grid with joules and seconds of a plausible machine. */
static el_fit_data make_rows(rows *r, uint64_t *s)
{
    r->facts = el_sample_dense();
    for (int i = 0; i < N; i++) {
        double t = pow(2, i % 3), b = pow(2, i % 7);
        double len = pow(2, floor(el_test_unif(s, 7, 11)));
        r->point[i] = (el_point){.tp = t,
                                 .pp = 1,
                                 .ep = 1,
                                 .dp = 1,
                                 .batch = b,
                                 .isl = len * (i % 2 ? 1 : 2),
                                 .osl = len};
        r->time_s[i] = len * (0.02 / t + 0.004 + 0.0002 * b);
        r->y[i] = len * (5 + 2 * t + 0.3 * b) * el_test_unif(s, 0.97, 1.03);
        r->run_s[i] = r->time_s[i];
    }
    return (el_fit_data){.target = EL_TARGET_ENERGY,
                         .facts = &r->facts,
                         .point = r->point,
                         .y = r->y,
                         .time_s = r->time_s,
                         .run_s = r->run_s,
                         .n = N,
                         .prior = EL_PRIOR_PHYSICAL};
}

static el_model fit(const el_form *form, const el_fit_data *data)
{
    el_error err = {0};
    el_model m;

    if (el_form_fit(form, data, &m, &err) != EL_OK)
        fail_msg("%s", err.message);
    return m;
}

static double ask(const el_model *m, el_point p)
{
    double y;

    el_model_predict(m, &p, 1, &y);
    return y;
}

/* E = t TDP T P: the power of every prediction is that of the GPUs. */
static void tdp_is_time_times_limit(void **state)
{
    uint64_t s = 1;
    rows r;
    el_fit_data data = make_rows(&r, &s);
    el_model m = fit(&el_form_tdp, &data), less = m;

    (void)state;
    for (int i = 0; i < N; i++) {
        double t;
        el_rule_time_predict(&m, &r.point[i], 1, &t, NULL);
        assert_close(ask(&m, r.point[i]), t * 400 * r.point[i].tp, 1e-12, 0);
        assert_close(t, r.time_s[i], 0.2, 0); /* times are learned */
    }
    less.facts.gpu_tdp_w /= 2;
    assert_close(ask(&less, r.point[5]), ask(&m, r.point[5]) / 2, 1e-12, 0);
    for (int i = 0; i < N; i++) /* no joules are looked at */
        r.y[i] *= 3;
    less = fit(&el_form_tdp, &data);
    assert_close(ask(&less, r.point[5]), ask(&m, r.point[5]), 1e-12, 0);
}

static double mfu(const rows *r, int i, double time_s)
{
    el_load_work w = el_load_work_of(&r->facts, &r->point[i]);

    return (w.prefill_flop + r->point[i].osl * w.step_flop) /
           (time_s * r->point[i].tp * 312e12);
}

/* Power lies between idle and the limit, and is the limit from .45 on. */
static void mfu_power_has_bounds(void **state)
{
    uint64_t s = 2;
    rows r;
    el_fit_data data = make_rows(&r, &s);
    el_model m = fit(&el_form_mfu_power, &data), slow = m;

    (void)state;
    for (int i = 0; i < N; i++) {
        double t, w;
        el_rule_time_predict(&m, &r.point[i], 1, &t, NULL);
        w = ask(&m, r.point[i]) / (t * r.point[i].tp);
        assert_true(w > 55 && w <= 400 * (1 + 1e-12));
        assert_close(w, 55 + 345 * pow(mfu(&r, i, t) / .45, .7), 1e-12, 0);
    }
    slow.facts.gpu_flop_s = 1e9; /* all loads saturate it */
    for (int i = 0; i < N; i++) {
        double t;
        el_rule_time_predict(&m, &r.point[i], 1, &t, NULL);
        assert_close(ask(&slow, r.point[i]), t * 400 * r.point[i].tp, 1e-12, 0);
    }
}

/* Each phase at its busiest resource; degrees cancel. */
static void roofline_takes_the_larger(void **state)
{
    uint64_t s = 3;
    rows r;
    el_fit_data data = make_rows(&r, &s);
    el_model m = fit(&el_form_roofline, &data), wide = m;

    (void)state;
    assert_int_equal(m.n_param, 0);
    wide.facts.gpu_flop_s = wide.facts.gpu_bw_bytes_s = 1e30;
    for (int i = 0; i < N; i++) {
        el_point p = r.point[i];
        el_load_work w = el_load_work_of(&r.facts, &p);
        double flop = w.prefill_flop + p.osl * w.step_flop;
        double bytes = w.prefill_bytes + p.osl * w.step_bytes, y = ask(&m, p);
        assert_true(y >= 400 * flop / 312e12 * (1 - 1e-12));
        assert_true(y >= 400 * bytes / 1.555e12 * (1 - 1e-12));
        assert_true(y <= 400 * (flop / 312e12 + bytes / 1.555e12));
        p.tp *= 2;
        assert_close(ask(&m, p), y, 0, 0);
        assert_true(ask(&wide, p) < 1e-9);
    }
}

/* Unknown data sheets are said, not guessed. */
static void data_sheets_are_needed(void **state)
{
    static const el_form *const form[] = {&el_form_tdp, &el_form_roofline,
                                          &el_form_mfu_power};
    uint64_t s = 4;
    rows r;
    el_fit_data data = make_rows(&r, &s);

    (void)state;
    r.facts.gpu_tdp_w = EL_UNKNOWN;
    for (size_t i = 0; i < 3; i++) {
        el_error err = {0};
        el_model m = {.n_rows = 7};
        assert_int_equal(el_form_fit(form[i], &data, &m, &err), EL_E_DATA);
        assert_non_null(strstr(err.message, form[i]->name));
        assert_int_equal(m.n_rows, 7);
    }
    r.facts = el_sample_dense();
    data.time_s = NULL;
    for (size_t i = 0; i < 3; i += 2) {
        el_model m;
        assert_int_equal(el_form_fit(form[i], &data, &m, NULL), EL_E_DATA);
    }
}

/* Rows at (1,1), (2,1), (1,2), each for one and two requests: the six
 * parameters are the published anchors. */
static void maveriq_meets_its_anchors(void **state)
{
    static const double tp[] = {1, 2, 1}, pp[] = {1, 1, 2};
    const double a = .049; /* fingerprint exponent of P */
    el_facts facts = el_sample_dense();
    el_point p[6];
    double y[6], l0, o_t, o_p;
    el_fit_data data = {.target = EL_TARGET_ENERGY,
                        .facts = &facts,
                        .point = p,
                        .y = y,
                        .n = 6};
    el_model m;

    (void)state;
    for (int i = 0; i < 6; i++) {
        p[i] = (el_point){.tp = tp[i % 3],
                          .pp = pp[i % 3],
                          .ep = 1,
                          .dp = 1,
                          .batch = i < 3 ? 1 : 2,
                          .isl = 100,
                          .osl = 100};
        y[i] = 100 * (i % 3 == 0 ? 4 : i % 3 == 1 ? 3 : 5) * (i < 3 ? 1 : 1.2);
    }
    m = fit(&el_form_maveriq, &data);
    l0 = 4;
    o_t = 3 - l0 / 2;
    o_p = 5 - l0 / pow(2, a);
    assert_close(m.param[0], l0, 1e-4, 0);
    assert_close(m.param[1], o_t, 1e-4, 0);
    assert_close(m.param[2], o_p, 1e-4, 0);
    for (int i = 0; i < 6; i++)
        assert_close(ask(&m, p[i]), y[i], 1e-4, 0);
    /* extrapolated as published, batch linear */
    p[0].tp = 4;
    p[0].pp = 2;
    p[0].batch = 1;
    assert_close(
        ask(&m, p[0]),
        100 * (l0 / (4 * pow(2, a)) + pow(3, .686) / pow(2, .188) * o_t + o_p),
        1e-4, 0);
    p[1].batch = 9;
    assert_close(ask(&m, p[1]), 100 * 3 * (1 + 8 * 0.2), 1e-3, 0);
}

/* Overheads that rows make negative are clamped at 0. */
static void maveriq_is_clamped(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= N_ROUNDS; seed++) {
        const el_form *form =
            seed % 2 ? &el_form_maveriq : &el_form_maveriq_full;
        uint64_t s = seed;
        rows r;
        el_fit_data data = make_rows(&r, &s);
        el_model m;
        for (int i = 0; i < N; i++) /* faster than linear in T */
            r.y[i] = r.point[i].osl * pow(r.point[i].tp, -1.6) *
                     pow(r.point[i].batch, el_test_unif(&s, -0.2, 0.1));
        m = fit(form, &data);
        for (size_t j = 0; j < m.n_param; j++)
            if (m.param[j] < -1e-12)
                fail_msg("seed %llu: parameter %zu is %g",
                         (unsigned long long)seed, j, m.param[j]);
        for (int i = 0; i < N; i++)
            assert_true(ask(&m, r.point[i]) > 0);
    }
}

/* Blind forms: neither T nor what a batch shares moves them. */
static void request_forms_are_blind(void **state)
{
    static const el_form *const form[] = {&el_form_per_token, &el_form_wilhelm,
                                          &el_form_wilkins};
    uint64_t s = 5;
    rows r;
    el_fit_data data = make_rows(&r, &s);

    (void)state;
    for (size_t f = 0; f < 3; f++) {
        el_model m = fit(form[f], &data);
        for (int i = 0; i < N; i++) {
            el_point p = r.point[i], q = p;
            q.tp *= 2;
            assert_close(ask(&m, q), ask(&m, p), 0, 0);
            q.batch *= 4;
            assert_close(ask(&m, q), 4 * ask(&m, p), 1e-12, 0);
        }
    }
}

/* The published shapes at coefficients set by hand, B = 2, I = 30, O = 10. */
static void request_forms_by_hand(void **state)
{
    const el_point p = {
        .tp = 1, .pp = 1, .ep = 1, .dp = 1, .batch = 2, .isl = 30, .osl = 10};
    el_model m = {.n_param = 3, .param = {0.5, 3, 0.25}};

    (void)state;
    m.form = &el_form_wilkins;
    assert_close(ask(&m, p), 2 * (0.5 * 30 + 3 * 10 + 0.25 * 300), 1e-14, 0);
    m.n_param = 2;
    m.form = &el_form_per_token;
    assert_close(ask(&m, p), 2 * (0.5 * 10 + 3), 1e-14, 0);
    m.form = &el_form_wilhelm;
    assert_close(ask(&m, p), 2 * 10 * (0.5 + 3.0 / 40), 1e-14, 0);
}

/* From c + d at small B to c at large B, halfway at 2^x. */
static void logistic_has_its_limits(void **state)
{
    el_point p = {
        .tp = 4, .pp = 1, .ep = 1, .dp = 1, .batch = 8, .isl = 9, .osl = 1};
    el_model m = {.form = &el_form_logistic,
                  .n_param = 5,
                  .param = {log(2.0), log(6.0), log(3.0), 3.0, 0.5}};
    double last = INFINITY;

    (void)state;
    assert_close(ask(&m, p) / 8, 2 * (2 + 6 / 2.0), 1e-14, 0);
    for (int k = -20; k <= 30; k++) {
        double e;
        p.batch = pow(2, k);
        e = ask(&m, p) / p.batch;
        assert_true(e <= last && e >= 4 && e <= 16);
        last = e;
    }
    assert_close(last, 4, 1e-12, 0);
}

/* The fastest by MaverIQ's own latency, per token. */
static void maveriq_latency_ranks_by_time(void **state)
{
    uint64_t s = 6;
    rows r;
    el_fit_data data = make_rows(&r, &s);
    el_model rank = fit(&el_form_maveriq_latency, &data), time;

    (void)state;
    data.target = EL_TARGET_LATENCY;
    data.y = r.time_s;
    data.run_s = NULL;
    time = fit(&el_form_maveriq, &data);
    for (int i = 0; i < N; i++)
        assert_close(ask(&rank, r.point[i]) * r.point[i].batch * r.point[i].osl,
                     ask(&time, r.point[i]), 1e-9, 0);
}

static void out_of_memory(void **state)
{
    static const el_form *const form[] = {
        &el_form_tdp,      &el_form_mfu_power, &el_form_maveriq,
        &el_form_logistic, &el_form_wilkins,   &el_form_maveriq_latency,
        &el_form_roofline};
    uint64_t s = 7;
    rows r;
    el_fit_data data = make_rows(&r, &s);

    (void)state;
    for (size_t f = 0; f < 7; f++) {
        el_status st;
        long k = 0;
        do {
            el_model m = {.n_rows = 7};
            el_mem_fail_at(k);
            st = el_form_fit(form[f], &data, &m, NULL);
            el_mem_fail_at(-1);
            assert_int_equal(el_mem_live(), 0);
            if (st != EL_OK) {
                assert_int_equal(st, EL_E_NOMEM);
                assert_int_equal(m.n_rows, 7);
            }
        } while (st != EL_OK && ++k < 100);
        assert_int_equal(st, EL_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tdp_is_time_times_limit),
        cmocka_unit_test(mfu_power_has_bounds),
        cmocka_unit_test(roofline_takes_the_larger),
        cmocka_unit_test(data_sheets_are_needed),
        cmocka_unit_test(maveriq_meets_its_anchors),
        cmocka_unit_test(maveriq_is_clamped),
        cmocka_unit_test(request_forms_are_blind),
        cmocka_unit_test(request_forms_by_hand),
        cmocka_unit_test(logistic_has_its_limits),
        cmocka_unit_test(maveriq_latency_ranks_by_time),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
