/* SPDX-License-Identifier: Apache-2.0 */
#include "el_predict_sample.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/predictor.h"

#define N 37u

static const el_subject fitted = {"sample-7b", NULL, NULL, NULL, NULL};

static el_status predict(const el_predictor *p, const el_subject *subject,
                         el_column_set columns, const el_task *task,
                         el_error *err)
{
    return el_predictor_columns(p, subject, &columns, task, err);
}

/* A row as `predict` makes it, for comparison. */
static el_answer ask(const el_predictor *p, const char *model, const char *gpu,
                     double batch, double isl, double osl)
{
    const el_row row = el_predict_row(model, gpu, batch, isl, osl);

    return el_predict_ask(p, &row);
}

typedef struct columns {
    double batch[N], isl[2 * N], osl[N];
    double energy[N], hi[2 * N], source[N], cause[N];
    double tp;
} columns;

static void fill(columns *c)
{
    c->tp = 2;
    for (size_t i = 0; i < N; i++) {
        c->batch[i] = 1.0 + (double)i;
        c->isl[2 * i] = 100.0 + 10.0 * (double)i;
        c->isl[2 * i + 1] = -1.0; /* never read */
        c->osl[N - 1 - i] = 50.0 + (double)i;
    }
}

#define INPUTS(c)                                                              \
    {                                                                          \
        {"batch_size", (c).batch, 1}, {"input_tokens", (c).isl, 2},            \
            {"output_tokens", (c).osl + N - 1, -1}, {"tp", &(c).tp, 0},        \
    }

/* Steps of all kinds give what one row at a time gives, to the bit. */
static void compare(const char *fit, const el_subject *subject, const char *gpu,
                    const char *cause, double n_threads)
{
    static columns c;
    const el_input in[] = INPUTS(c);
    char name[64];
    const el_output out[] = {{"energy_per_request_j", c.energy, 1},
                             {"energy_per_request_hi_j", c.hi + 1, 2},
                             {"source", c.source + N - 1, -1},
                             {name, c.cause, 1}};
    const el_task task = {.threads = (unsigned)n_threads};
    el_predictor *p = el_predict_open(fit, NULL);
    el_error err = {0};

    (void)snprintf(name, sizeof name, "breakdown_%s_j", cause);
    fill(&c);
    if (predict(p, subject, (el_column_set){N, 4, in, 4, out}, &task, &err) !=
        EL_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < N; i++) {
        el_answer a = ask(p, subject->model, gpu, c.batch[i], c.isl[2 * i],
                          50.0 + (double)i);
        double share = EL_UNKNOWN;

        assert_true(a.ok);
        for (size_t k = 0; k < a.p.terms.n; k++)
            if (strcmp(a.p.terms.term[k].name, cause) == 0)
                share = a.p.terms.term[k].value;
        assert_close(c.energy[i], a.p.energy_per_request_j, 0, 0);
        assert_close(c.hi[2 * i + 1], a.p.energy_per_request_hi_j, 0, 0);
        assert_close(c.source[N - 1 - i], (double)a.p.source, 0, 0);
        assert_close(c.cause[i], share, 0, 0);
    }
    el_predictor_close(p);
    assert_int_equal(el_mem_live(), 0);
}

static void test_fit(void **state)
{
    (void)state;
    compare(el_predict_path, &fitted, "A100-SXM4-40GB", "weights", 1);
    compare(el_predict_path, &fitted, "A100-SXM4-40GB", "weights", 3);
}

static void test_analytic(void **state)
{
    const el_subject s = {"llama-3.1-8b", "h100-sxm5-80gb", NULL, "vLLM", NULL};

    (void)state;
    compare(NULL, &s, "h100-sxm5-80gb", "weights", 2);
}

static void keep_line(const char *line, void *ctx)
{
    (void)snprintf(ctx, 256, "%s", line);
}

/* 32 heads on seven GPUs: no number, and a reason. */
static void test_refused(void **state)
{
    static columns c;
    const el_input in[] = INPUTS(c);
    const el_output out[] = {{"energy_j", c.energy, 1},
                             {"source", c.source, 1}};
    const el_subject s = {"llama-3.1-8b", "h100", NULL, NULL, NULL};
    char line[256] = "";
    const el_task task = {.warn = keep_line, .ctx = line};
    el_predictor *p = el_predict_open(NULL, NULL);

    (void)state;
    fill(&c);
    c.tp = 7;
    assert_int_equal(
        predict(p, &s, (el_column_set){N, 4, in, 2, out}, &task, NULL), EL_OK);
    for (size_t i = 0; i < N; i++)
        assert_true(isnan(c.energy[i]) && isnan(c.source[i]));
    assert_non_null(strstr(line, "37 of 37 rows cannot be predicted; row 0: "));
    assert_non_null(strstr(line, "do not divide"));
    el_predictor_close(p);
}

static void test_boundary(void **state)
{
    static columns c;
    const el_input in[] = INPUTS(c);
    const el_output out[] = {{"energy_per_request_j", c.energy, 1},
                             {"breakdown_idle_j", c.hi, 1},
                             {"breakdown_facility_j", c.cause, 1}};
    const el_output bare[] = {{"energy_per_request_j", c.source, 1}};
    const el_boundary facility = {EL_SCOPE_FACILITY, 4, 1.5};
    el_predictor *p = el_predict_open(el_predict_path, &facility),
                 *gpus = el_predict_open(el_predict_path, NULL);

    (void)state;
    fill(&c);
    assert_int_equal(
        predict(p, &fitted, (el_column_set){N, 4, in, 3, out}, NULL, NULL),
        EL_OK);
    assert_int_equal(
        predict(gpus, &fitted, (el_column_set){N, 4, in, 1, bare}, NULL, NULL),
        EL_OK);
    for (size_t i = 0; i < N; i++) {
        assert_true(c.hi[i] > 0.0);
        assert_close(c.energy[i], 1.5 * (c.source[i] + c.hi[i]), 1e-14, 0);
        assert_close(c.cause[i], c.energy[i] / 3.0, 1e-14, 0);
    }
    el_predictor_close(p);
    el_predictor_close(gpus);
}

static void expect(const el_predictor *p, const el_subject *s,
                   const el_input *in, size_t n_in, const el_output *out,
                   el_status want, const char *text)
{
    el_error err = {0};

    assert_int_equal(
        predict(p, s, (el_column_set){N, n_in, in, 1, out}, NULL, &err), want);
    if (!strstr(err.message, text))
        fail_msg("%s: not in: %s", text, err.message);
}

static void test_errors(void **state)
{
    static columns c;
    el_input in[5] = INPUTS(c);
    el_output out = {"energy_j", c.energy, 1};
    const el_subject nobody = {"who-knows", "h100", NULL, NULL, NULL};
    el_predictor *p = el_predict_open(el_predict_path, NULL);

    (void)state;
    fill(&c);
    in[4] = in[3];
    expect(p, &fitted, in, 5, &out, EL_E_ARG, "input tp: given twice");
    in[4].name = "energy_j";
    expect(p, &fitted, in, 5, &out, EL_E_ARG, "input \"energy_j\": no such");
    in[4].name = "dp";
    in[4].value = NULL;
    expect(p, &fitted, in, 5, &out, EL_E_ARG, "input dp: no values");
    expect(p, &fitted, in, 2, &out, EL_E_ARG, "input output_tokens: needed");
    expect(p, &fitted, in + 1, 3, &out, EL_E_ARG, "input batch_size: needed");
    c.tp = 1.5;
    expect(p, &fitted, in, 4, &out, EL_E_DATA, "row:0: tp: must be a whole");
    c.tp = EL_UNKNOWN; /* blank: 1 */
    assert_int_equal(
        predict(p, &fitted, (el_column_set){N, 4, in, 1, &out}, NULL, NULL),
        EL_OK);
    c.batch[5] = EL_UNKNOWN;
    expect(p, &fitted, in, 4, &out, EL_E_DATA, "row:5: batch_size: blank");
    c.batch[5] = 0.0;
    expect(p, &fitted, in, 4, &out, EL_E_DATA, "row:5: batch_size: must be");
    c.batch[5] = 1.0;
    out.name = "breakdown__j";
    expect(p, &fitted, in, 4, &out, EL_E_ARG, "output \"breakdown__j\": no");
    out.name = "source";
    out.step = 0;
    expect(p, &fitted, in, 4, &out, EL_E_ARG, "output source: no room");
    out.step = 1;
    expect(p, &nobody, in, 4, &out, EL_E_ARG, "who-knows");
    el_predictor_close(p);
    assert_int_equal(el_predictor_open("/no/such.json", NULL, NULL, &p, NULL),
                     EL_E_IO);
}

static void test_out_of_memory(void **state)
{
    static columns c;
    const el_input in[] = INPUTS(c);
    const el_output out = {"energy_j", c.energy, 1};
    const el_task task = {.threads = 1};
    el_predictor *p = el_predict_open(el_predict_path, NULL);
    long before = el_mem_live();
    el_status st;
    long k = 0;

    (void)state;
    fill(&c);
    do {
        el_mem_fail_at(k);
        st = predict(p, &fitted, (el_column_set){N, 4, in, 1, &out}, &task,
                     NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), before);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 1000);
    assert_int_equal(st, EL_OK);
    assert_true(k > 3);
    el_predictor_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit),     cmocka_unit_test(test_analytic),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_boundary),
        cmocka_unit_test(test_errors),  cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, el_predict_setup, el_predict_teardown);
}
