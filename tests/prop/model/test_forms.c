/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for every form, whatever the model, load and parameters. */
#include "energylens/form.h"

#include <string.h>

#include "el_facts_sample.h"
#include "el_test.h"
#include "model/rule.h"

#define N_ROUNDS 60

static el_facts facts_of(int kind)
{
    return kind == 0   ? el_sample_dense()
           : kind == 1 ? el_sample_moe()
                       : el_sample_ssm();
}

static el_point random_point(uint64_t *s, bool no_prompts)
{
    el_point p = {.tp = pow(2, floor(el_test_unif(s, 0, 4))),
                  .pp = el_test_unif(s, 0, 1) < 0.8 ? 1 : 2,
                  .ep = 1,
                  .dp = 1,
                  .batch = exp(el_test_unif(s, 0, 6)),
                  .isl = exp(el_test_unif(s, 2, 9)),
                  .osl = exp(el_test_unif(s, 2, 8)),
                  .workload = 0,
                  .steady = el_test_unif(s, 0, 1) < 0.3};

    if (el_test_unif(s, 0, 1) < 0.3)
        p.ep = p.tp;
    if (el_test_unif(s, 0, 1) < 0.5)
        p.requests = p.batch * exp(el_test_unif(s, 0, 3));
    if (no_prompts)
        p.isl = EL_UNKNOWN;
    return p;
}

/* A model at random parameters within two prior SDs. */
static el_model random_model(const el_form *form, el_target target, int kind,
                             bool no_prompts, uint64_t *s)
{
    el_model m = {.form = form, .target = target, .facts = facts_of(kind)};
    el_param_spec spec[EL_MAX_PARAMS];

    if (no_prompts) {
        m.prompts_unknown = true;
        m.n_workload = 1;
        strcpy(m.workload[0], "chat");
    }
    m.extras = (unsigned)el_test_unif(s, 0, 4);
    m.n_param = el_model_specify(&m, spec);
    for (size_t j = 0; j < m.n_param; j++) {
        double sd = fmin(spec[j].sd, 1.0);
        m.param[j] = spec[j].centre + el_test_unif(s, -2, 2) * sd;
        if (!spec[j].is_log && isinf(spec[j].sd))
            m.param[j] = el_test_unif(s, 0.1, 1); /* linear coefficients */
    }
    return m;
}

static void check_gradient(const el_model *m, const el_point *p, uint64_t seed)
{
    double grad[EL_MAX_PARAMS], y;

    m->form->predict(m, p, 1, &y, grad);
    assert_true(isfinite(y) && y > 0);
    for (size_t j = 0; j < m->n_param; j++) {
        el_model hi = *m, lo = *m;
        double h = 1e-6 * fmax(1.0, fabs(m->param[j])), a, b, want;
        hi.param[j] += h;
        lo.param[j] -= h;
        el_model_predict(&hi, p, 1, &a);
        el_model_predict(&lo, p, 1, &b);
        want = (log(a) - log(b)) / (2 * h);
        if (fabs(grad[j] - want) > 1e-6 + 1e-5 * fabs(want))
            fail_msg("seed %llu %s %s parameter %zu: gradient %.9g, "
                     "difference %.9g",
                     (unsigned long long)seed, m->form->name,
                     el_target_name(m->target), j, grad[j], want);
    }
}

static void gradients_equal_central_differences(void **state)
{
    (void)state;
    for (const el_form *const *f = el_forms(); *f; f++) {
        for (uint64_t seed = 1; seed <= N_ROUNDS; seed++) {
            uint64_t s = seed;
            el_target t = (el_target)(seed % EL_N_TARGETS);
            bool no_prompts = seed % 5 == 0;
            el_point p = random_point(&s, no_prompts);
            el_model m;
            if (!((*f)->traits & EL_FORM_PREDICTS) ||
                ((*f)->traits & EL_FORM_LEARNS) || !((*f)->targets & (1u << t)))
                continue;
            m = random_model(*f, t, (int)(seed % 3), no_prompts, &s);
            check_gradient(&m, &p, seed);
        }
    }
}

/* Shares by cause add up to the whole. */
static void terms_add_up(void **state)
{
    (void)state;
    for (const el_form *const *f = el_forms(); *f; f++) {
        for (uint64_t seed = 1; (*f)->explain && seed <= N_ROUNDS; seed++) {
            uint64_t s = seed;
            el_point p = random_point(&s, false);
            el_model m =
                random_model(*f, EL_TARGET_ENERGY, (int)(seed % 3), false, &s);
            el_terms terms;
            double y, sum = 0;
            el_model_predict(&m, &p, 1, &y);
            m.form->explain(&m, &p, &terms);
            for (size_t i = 0; i < terms.n; i++)
                sum += terms.term[i].value;
            assert_close(sum, y, 1e-12, 0);
            assert_close(terms.prefill + terms.decode, y, 1e-12, 0);
        }
    }
}

/* closed12's energy never falls when the load grows. */
static void closed12_grows_with_load(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4ul * N_ROUNDS; seed++) {
        uint64_t s = seed;
        el_point p = random_point(&s, false), q = p;
        el_model m = random_model(el_form_find("closed12"), EL_TARGET_ENERGY,
                                  (int)(seed % 3), false, &s);
        double a, b;
        switch (seed % 3) {
        case 0:
            q.batch *= 1.5;
            break;
        case 1:
            q.isl *= 1.5;
            break;
        default:
            q.osl *= 1.5;
        }
        el_model_predict(&m, &p, 1, &a);
        el_model_predict(&m, &q, 1, &b);
        if (b < a)
            fail_msg("seed %llu: %.9g J falls to %.9g J",
                     (unsigned long long)seed, a, b);
    }
}

/* A fit to a form's own values finds values, if not parameters, again. */
static void fits_recover_their_own_values(void **state)
{
    (void)state;
    for (const el_form *const *f = el_forms(); *f; f++) {
        for (uint64_t seed = 1; seed <= 6; seed++) {
            uint64_t s = seed;
            el_model truth;
            el_point p[60];
            double y[60], got[60], time_s[60];
            el_fit_data data = {.target = EL_TARGET_ENERGY,
                                .facts = &truth.facts,
                                .point = p,
                                .y = y,
                                .time_s = time_s,
                                .n = 60,
                                .prior = EL_PRIOR_NONE,
                                .extras = EL_EXTRA_EP | EL_EXTRA_TAIL};
            el_model m;
            double worst = 0;
            if (!((*f)->traits & EL_FORM_PREDICTS) ||
                ((*f)->traits & EL_FORM_LEARNS))
                continue;
            truth = random_model(*f, EL_TARGET_ENERGY, 0, false, &s);
            for (int i = 0; i < 60; i++) {
                p[i] = random_point(&s, false);
                p[i].steady = false;
            }
            el_model_predict(&truth, p, 60, y);
            el_rule_time_predict(&truth, p, 60, time_s, NULL);
            assert_int_equal(el_form_fit(*f, &data, &m, NULL), EL_OK);
            el_model_predict(&m, p, 60, got);
            for (int i = 0; i < 60; i++)
                worst = fmax(worst, fabs(got[i] / y[i] - 1));
            if (worst > 0.02)
                fail_msg("seed %llu %s: off by %.3g", (unsigned long long)seed,
                         (*f)->name, worst);
        }
    }
}

/* Loads without prompt lengths, more workloads than some forms have
 * parameters: every form fits, or says that it cannot. */
static void unknown_prompts_suit_every_form(void **state)
{
    static const char label[5][EL_LABEL_LEN] = {"chat", "video", "fim", "a",
                                                "b"};
    el_facts facts = el_sample_moe();
    el_point p[30];
    double y[30], time_s[30];
    uint64_t s = 5;

    (void)state;
    for (int i = 0; i < 30; i++) {
        p[i] = random_point(&s, true);
        p[i].workload = i % 5;
        p[i].steady = true;
        y[i] = p[i].batch * p[i].osl * el_test_unif(&s, 0.4, 0.5);
        time_s[i] = y[i] / 400;
    }
    for (const el_form *const *f = el_forms(); *f; f++) {
        el_fit_data data = {.target = EL_TARGET_ENERGY,
                            .facts = &facts,
                            .point = p,
                            .y = y,
                            .time_s = time_s,
                            .n = 30,
                            .prior = EL_PRIOR_PHYSICAL,
                            .prompts_unknown = true,
                            .n_workload = 5,
                            .workload = label};
        el_model m;
        double got[30];
        if ((*f)->traits & EL_FORM_LEARNS)
            continue; /* test_learners.c */
        assert_int_equal(el_form_fit(*f, &data, &m, NULL), EL_OK);
        el_model_predict(&m, p, 30, got);
        for (int i = 0; i < 30; i++)
            assert_true(isfinite(got[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_equal_central_differences),
        cmocka_unit_test(terms_add_up),
        cmocka_unit_test(closed12_grows_with_load),
        cmocka_unit_test(fits_recover_their_own_values),
        cmocka_unit_test(unknown_prompts_suit_every_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
