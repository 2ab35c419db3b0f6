/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of requests on replicas, with experts in slices or apart: a fit to 60
 * runs tells what spreading costs and how long the last requests take.
 */
#include "el_facts_sample.h"
#include "el_test.h"
#include "energylens/closed12.h"
#include "energylens/form.h"

#define N_ROW   60
#define N_ASKED 60

static el_point draw(uint64_t *s)
{
    double gpus = pow(2.0, floor(el_test_unif(s, 0.0, 4.0)));
    double dp = pow(2.0, floor(el_test_unif(s, 0.0, 4.0)));
    el_point p = {.tp = gpus, .pp = 1, .ep = 1, .dp = dp, .workload = -1};

    if (gpus > 1.0 && el_test_unif(s, 0, 1) < 0.5) {
        p.ep = gpus;
        p.tp = 1.0;
    }
    p.isl = pow(2.0, floor(el_test_unif(s, 6.0, 12.0)));
    p.osl = pow(2.0, floor(el_test_unif(s, 6.0, 10.0)));
    p.requests = 1000.0 / dp;
    p.batch = fmin(pow(2.0, floor(el_test_unif(s, 2.0, 10.0))), p.requests);
    return p;
}

static void extras_come_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t s = seed;
        el_param_spec spec[EL_MAX_PARAMS];
        el_point p[N_ROW + N_ASKED];
        double y[N_ROW + N_ASKED], got[N_ASKED], sum = 0.0;
        el_facts facts = el_sample_moe();
        el_model truth = {.form = el_form_find("closed12"), .facts = facts};
        el_fit_data data = {.target = EL_TARGET_ENERGY,
                            .facts = &facts,
                            .point = p,
                            .y = y,
                            .n = N_ROW,
                            .prior = EL_PRIOR_PHYSICAL,
                            .extras = EL_EXTRA_EP | EL_EXTRA_TAIL};
        double ep = el_test_unif(&s, -0.2, 0.2);
        double tail = el_test_unif(&s, 0.5, 3.0);
        el_model m;

        truth.extras = data.extras;
        truth.n_param = el_model_specify(&truth, spec);
        for (size_t j = 0; j < EL_C12_N; j++)
            truth.param[j] =
                spec[j].centre + spec[j].sd * el_test_unif(&s, -1, 1);
        truth.param[EL_C12_N] = ep;
        truth.param[EL_C12_N + 1] = log(tail);
        for (size_t i = 0; i < N_ROW + N_ASKED; i++)
            p[i] = draw(&s);
        el_model_predict(&truth, p, N_ROW + N_ASKED, y);
        for (size_t i = 0; i < N_ROW; i++)
            y[i] *= exp(el_test_unif(&s, -0.05, 0.05));
        assert_int_equal(el_form_fit(truth.form, &data, &m, NULL), EL_OK);
        assert_close(m.param[EL_C12_N], ep, 0, 0.05);
        assert_close(m.param[EL_C12_N + 1], log(tail), 0, 0.3);
        el_model_predict(&m, p + N_ROW, N_ASKED, got);
        for (size_t i = 0; i < N_ASKED; i++)
            sum += fabs(log(got[i] / y[N_ROW + i]));
        assert_true(sum / N_ASKED < 0.03);
    }
}

/* Nothing else changes: EP = 1 and endless runs are as without extras. */
static void extras_leave_other_points(void **state)
{
    uint64_t s = 4;
    el_facts facts = el_sample_moe();
    el_param_spec spec[EL_MAX_PARAMS];
    el_model plain = {.form = el_form_find("closed12"), .facts = facts}, more;

    (void)state;
    plain.n_param = el_model_specify(&plain, spec);
    for (size_t j = 0; j < plain.n_param; j++)
        plain.param[j] = spec[j].centre;
    more = plain;
    more.extras = EL_EXTRA_EP | EL_EXTRA_TAIL;
    more.n_param = el_model_specify(&more, spec);
    more.param[EL_C12_N] = 0.3;
    more.param[EL_C12_N + 1] = 1.0;
    for (int i = 0; i < 50; i++) {
        el_point p = draw(&s);
        double a, b;

        p.ep = 1.0;
        p.requests = 0.0;
        el_model_predict(&plain, &p, 1, &a);
        el_model_predict(&more, &p, 1, &b);
        assert_close(a, b, 0, 0);
        p.requests = p.batch * 2.0;
        el_model_predict(&more, &p, 1, &b);
        assert_true(b > a);
        p.steady = true;
        el_model_predict(&plain, &p, 1, &a);
        el_model_predict(&more, &p, 1, &b);
        assert_close(a, b, 0, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extras_come_back),
        cmocka_unit_test(extras_leave_other_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
