/* SPDX-License-Identifier: Apache-2.0 */
/* The closed form on the analytic model's prior. */
#include "el_calibrate_sample.h"

#include <string.h>

#include "base/mem.h"
#include "energylens/closed12.h"
#include "model/fit_analytic.h"

static el_facts facts_of(const el_runs_sample *b)
{
    el_gpu gpu = el_sample_h100();
    el_facts f;

    el_facts_from_arch(&b->arch, &gpu, &f);
    return f;
}

static el_learned project(el_runs_sample *b, const el_facts *facts,
                          el_target target, bool steady)
{
    el_fit_data data = {.target = target, .facts = facts};
    el_serving_style style = {steady, false};
    el_learned learned;
    el_error err = {0};

    assert_int_equal(el_analytic_project(b->s.analytic,
                                         el_form_find("closed12"), &data, style,
                                         &learned, &err),
                     EL_OK);
    return learned;
}

/* With no row the form says what the model says, inside the model's bands. */
static void test_no_row(void **state)
{
    static const el_target target[] = {EL_TARGET_ENERGY, EL_TARGET_ITL,
                                       EL_TARGET_TTFT};
    /* the time of one prompt is no sum of such powers */
    static const double mean[] = {0.04, 0.10, 0.50}, most[] = {0.10, 0.25, 2.0};
    el_runs_sample *b = el_runs_sample_open();
    el_facts facts = facts_of(b);

    (void)state;
    for (size_t t = 0; t < 3; t++) {
        el_fit_data data = {.target = target[t], .facts = &facts};
        el_learned learned = project(b, &facts, target[t], true);
        double worst = 0.0, sum = 0.0;
        size_t n = 0;
        el_model m;

        el_learned_model(el_form_find("closed12"), &data, &learned, &m);
        for (int i = 1; i <= 3; i++)
            for (int k = 1; k <= 7; k += 2) {
                double batch = exp2(k);
                el_row row = el_sample_row(exp2(i), batch, 700, 300);
                el_point point = el_row_point(&row);
                el_prediction p;
                double y, want, off;

                point.steady = true;
                p = el_sample_predict(&b->s, point);
                want = t == 0   ? p.energy_per_request_j * batch
                       : t == 1 ? p.tpot_s
                                : p.ttft_s;
                el_model_predict(&m, &point, 1, &y);
                off = fabs(log(y / want));
                worst = fmax(worst, off);
                sum += off;
                n++;
                if (t == 0)
                    assert_true(off < log(p.energy_per_request_hi_j /
                                          p.energy_per_request_j));
            }
        assert_true(sum / (double)n < mean[t] && worst < most[t]);
    }
    el_runs_sample_close(b);
}

static void test_prior(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_facts facts = facts_of(b);
    el_fit_data data = {.target = EL_TARGET_ENERGY, .facts = &facts};
    el_learned offline = project(b, &facts, EL_TARGET_ENERGY, false);
    el_param_spec spec[EL_MAX_PARAMS];
    size_t n = el_form_find("closed12")->specify(&data, spec);

    (void)state;
    for (size_t j = 0; j < n; j++)
        assert_true(isfinite(offline.shift[j]) && offline.sd[j] > 0.05 &&
                    offline.sd[j] < 4.0);
    /* the meter's ramp is not the model's to know */
    assert_close(offline.shift[EL_C12_F], 0, 0, 0);
    assert_close(offline.sd[EL_C12_F], spec[EL_C12_F].sd, 0, 0);
    el_runs_sample_close(b);
}

static void add_samples(el_runs_sample *b, el_group *g, size_t n)
{
    static el_sample sample[EL_MAX_RUNS];

    memset(sample, 0, sizeof sample);
    for (size_t i = 0; i < n; i++) {
        sample[i].row = &b->row[i];
        sample[i].point = el_row_point(&b->row[i]);
        sample[i].energy_j =
            b->row[i].energy_per_request_j * sample[i].point.batch;
        sample[i].latency_s = b->row[i].latency_s;
        sample[i].ttft_s = b->row[i].ttft_s;
        sample[i].itl_s = b->row[i].itl_s;
        sample[i].run_s = sample[i].latency_s;
    }
    g->sample = sample;
    g->n = n;
    g->facts = facts_of(b);
}

static el_group_fit *fit_on_prior(el_runs_sample *b, el_group *g)
{
    static el_group_fit fit;
    el_fit_options options = {
        .form = NULL, .prior = EL_PRIOR_PHYSICAL, .scope = EL_SCOPE_GPUS};
    el_groups groups = {1, g};
    el_fit_set set;

    assert_int_equal(el_fit_groups(&groups, &options, NULL, &set, NULL), EL_OK);
    fit = set.fit[0];
    el_fit_set_clear(&set);
    assert_int_equal(
        el_fit_project(b->s.analytic, g, EL_SCOPE_GPUS, &fit, NULL), EL_OK);
    return &fit;
}

/* The same six rows, 1.3 times the model, both ways: bands hold each other. */
static void test_agrees_with_calibrated(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_group g = {0};
    el_group_fit *fit;
    size_t inside = 0, n = 0;
    double sum = 0.0;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        el_runs_sample_add(b,
                           el_sample_row(i < 3 ? 2 : 4,
                                         exp2(3.0 * (double)(i % 3)), 700,
                                         1500),
                           1.3, 1.1);
    add_samples(b, &g, 6);
    fit = fit_on_prior(b, &g);
    (void)el_runs_sample_calibrate(b);
    for (int i = 1; i <= 2; i++)
        for (int k = 0; k <= 6; k++) {
            double batch = exp2(k);
            el_row row = el_sample_row(exp2(i), batch, 700, 1500);
            el_point point = el_row_point(&row);
            el_prediction p = el_runs_sample_ask(b, &row), q;

            assert_int_equal(
                el_fit_predict(fit, &fit->facts, &point, "", batch, &q, NULL),
                EL_OK);
            sum += fabs(log(q.energy_per_request_j / p.energy_per_request_j));
            inside += q.energy_per_request_j > p.energy_per_request_lo_j &&
                      q.energy_per_request_j < p.energy_per_request_hi_j;
            n++;
        }
    assert_true(sum / (double)n < 0.05);
    assert_true(10 * inside >= 8 * n);
    el_runs_sample_close(b);
}

/* Many rows of another law: the prior hardly matters any more. */
static void test_many_rows_decide(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_fit_options options = {
        .form = NULL, .prior = EL_PRIOR_PHYSICAL, .scope = EL_SCOPE_GPUS};
    el_group g = {0};
    el_groups groups = {1, &g};
    el_group_fit *fit;
    el_fit_set set;

    (void)state;
    for (size_t i = 0; i < 60; i++) {
        el_row row =
            el_sample_row(exp2((double)(i % 3) + 1), exp2((double)(i / 3 % 7)),
                          i % 2 ? 300 : 3000, i % 5 ? 2000 : 500);

        el_runs_sample_add(b, row, 1.4 * pow(row.batch_size, 0.05), 1.0);
    }
    add_samples(b, &g, 60);
    assert_int_equal(el_fit_groups(&groups, &options, NULL, &set, NULL), EL_OK);
    fit = fit_on_prior(b, &g);
    for (size_t i = 0; i < 60; i++) {
        double y[2];

        el_model_predict(&set.fit[0].model[0], &g.sample[i].point, 1, &y[0]);
        el_model_predict(&fit->model[0], &g.sample[i].point, 1, &y[1]);
        assert_close(y[1] / y[0], 1.0, 0.10, 0);
    }
    assert_true(fabs(fit->mape_pct - set.fit[0].mape_pct) < 2.0);
    el_fit_set_clear(&set);
    el_runs_sample_close(b);
}

static void test_out_of_memory(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_group g = {0};
    el_group_fit was, fit;
    el_status st;
    long k = 0;

    (void)state;
    el_runs_sample_six(b, 1.3, 1.1);
    add_samples(b, &g, 6);
    was = *fit_on_prior(b, &g); /* and prepares: later failures leave no plan */
    do {
        long live = el_mem_live();

        fit = was;
        el_mem_fail_at(k);
        st = el_fit_project(b->s.analytic, &g, EL_SCOPE_GPUS, &fit, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), live);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_memory_equal(&fit, &was, sizeof fit);
        }
    } while (st != EL_OK && ++k < 500);
    assert_int_equal(st, EL_OK);
    assert_true(k > 10);
    el_runs_sample_close(b);
}

/* A GPU that holds no sharding of the model has no configuration to learn. */
static void test_nothing_fits(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_facts facts = facts_of(b);
    el_fit_data data = {.target = EL_TARGET_ENERGY, .facts = &facts};
    el_gpu small = el_sample_h100();
    el_analytic_sample s;
    el_learned out = {.n_source = 77};
    el_error err = {0};

    (void)state;
    small.memory_bytes = 4e9;
    s = el_sample_analytic(el_llama, &b->arch, small, "vLLM");
    assert_int_equal(el_analytic_project(s.analytic, el_form_find("closed12"),
                                         &data, (el_serving_style){true, false},
                                         &out, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "analytic prior: 0 configurations"));
    assert_int_equal(out.n_source, 77);
    el_sample_close(&s);
    el_runs_sample_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_row),
        cmocka_unit_test(test_prior),
        cmocka_unit_test(test_agrees_with_calibrated),
        cmocka_unit_test(test_many_rows_decide),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_nothing_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
