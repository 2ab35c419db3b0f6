/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/evaluate.h"
#include "base/mem.h"
#include "io/file.h"
#include "model/forms.h"

static char path[] = "/tmp/el_test_evaluate_XXXXXX";
static const char *const paths[] = {path};
static const el_form *const forms[] = {&el_form_closed12, &el_form_powerlaw};

/* Two models, tp 1 and 2, batch 1 to 8; a third in one configuration. */
static void write_table(const char *source_b)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    (void)fputs("model,gpu,tp,precision,engine,batch_size,input_tokens,"
                "output_tokens,energy_per_request_j,latency_s,params_b,"
                "source_file\n",
                f);
    for (int m = 0; m < 3; m++) {
        for (int i = 0; i < (m < 2 ? 16 : 4); i++) {
            int tp = m < 2 ? 1 + i % 2 : 1, b = 1 << (m < 2 ? i / 4 : i);
            int len = i / 2 % 2 ? 256 : 1024;
            (void)fprintf(f,
                          "my-%d,a100-sxm4-40gb,%d,bfloat16,%s,%d,%d,%d,%g,"
                          "%d,%d,%s\n",
                          m, tp, m ? "other" : "vLLM", b, len, len,
                          len * (1.0 + 0.1 * tp) / b, 1 + len / 100, 7 + m,
                          m ? source_b : "a.log");
        }
    }
    assert_int_equal(fclose(f), 0);
}

static el_evaluate_args usual(void)
{
    el_evaluate_args a = {.path = paths,
                          .n_path = 1,
                          .min_latency_s = 1.5,
                          .sessions = true,
                          .options = {.form = forms,
                                      .n_form = 2,
                                      .splits = 1u << EL_SPLIT_ALL,
                                      .samples = 6,
                                      .seeds = 2,
                                      .prior = EL_PRIOR_PHYSICAL}};

    return a;
}

static size_t n_groups(const el_evaluate_args *a)
{
    el_evaluate_result r;
    el_error err;
    el_status st = el_app_evaluate(a, NULL, &r, &err);
    size_t n;

    if (st != EL_OK)
        fail_msg("%s", err.message);
    n = r.groups.n;
    el_evaluate_result_clear(&r);
    return n;
}

/* Several counts: a score each, model once; parts named by their facts. */
static void test_counts_and_parts(void **state)
{
    static const double more[] = {8, 10};
    el_evaluate_args a = usual();
    el_evaluate_result r;
    el_error err;

    (void)state;
    write_table("b.log");
    a.more_samples = more;
    a.n_more = 2;
    a.by = 1u << EL_BY_ARCH | 1u << EL_BY_VENDOR | 1u << EL_BY_ENGINE;
    a.options.splits |= 1u << EL_SPLIT_MODEL;
    if (el_app_evaluate(&a, NULL, &r, &err) != EL_OK)
        fail_msg("%s", err.message);
    /* two forms, for all and for two engines: all at three counts, model */
    assert_int_equal(r.evaluation.n_score, 2 * 3 * (3 + 1));
    for (size_t i = 0; i < r.evaluation.n_score; i++) {
        static const char *const label[] = {"", "dense, NVIDIA, vLLM",
                                            "dense, NVIDIA, other"};
        const el_score *s = &r.evaluation.score[i];
        static const double count[] = {6, 8, 10, 0};
        assert_string_equal(s->label, label[i / 2 % 3]);
        assert_close(s->samples, count[i / 6], 0, 0);
        assert_int_equal(s->split, i < 18 ? EL_SPLIT_ALL : EL_SPLIT_MODEL);
    }
    el_evaluate_result_clear(&r);
    assert_int_equal(el_mem_live(), 0);
}

static void test_filters(void **state)
{
    el_evaluate_args a = usual();

    (void)state;
    write_table("b.log");
    assert_int_equal(n_groups(&a), 3);
    a.choices_only = true;
    assert_int_equal(n_groups(&a), 2);
    a.engine = "VLLM";
    assert_int_equal(n_groups(&a), 1);
    a = usual();
    a.model = "my-1";
    assert_int_equal(n_groups(&a), 1);
    a = usual();
    a.gpu = "NVIDIA A100-SXM4-40GB";
    assert_int_equal(n_groups(&a), 3);
    write_table("a.log"); /* one log: the session rule runs */
    a = usual();
    assert_int_equal(n_groups(&a), 3);
}

static void expect_error(const el_evaluate_args *a, el_status want)
{
    el_evaluate_result r = {.table = NULL, .groups = {.n = 77}};
    el_error err;

    assert_int_equal(el_app_evaluate(a, NULL, &r, &err), want);
    assert_int_equal(r.groups.n, 77);
    assert_true(err.message[0] != '\0');
}

static void test_errors(void **state)
{
    el_evaluate_args a = usual();
    const char *const missing[] = {"/nowhere/x.csv"};

    (void)state;
    write_table("b.log");
    a.gpu = "h100";
    expect_error(&a, EL_E_DATA);
    a = usual();
    a.model = "llama-3.1-8b"; /* known, but not here */
    expect_error(&a, EL_E_DATA);
    a = usual();
    a.path = missing;
    expect_error(&a, EL_E_IO);
    a = usual();
    a.options.seeds = 0;
    expect_error(&a, EL_E_ARG);
    a = usual();
    a.predictions = "/nowhere/tried.csv";
    expect_error(&a, EL_E_IO);
    a = usual();
    a.catalog_dir = "/nowhere";
    expect_error(&a, EL_E_IO);
}

static void test_predictions(void **state)
{
    char out[sizeof path + 8];
    el_evaluate_args a = usual();
    char *text;
    size_t len;

    (void)state;
    write_table("b.log");
    (void)snprintf(out, sizeof out, "%s.csv", path);
    a.predictions = out;
    assert_int_equal(n_groups(&a), 3);
    assert_int_equal(el_file_read(out, 1u << 20, &text, &len, NULL), EL_OK);
    assert_non_null(strstr(text, "my-0,a100-sxm4-40gb,bfloat16,vLLM,1,"));
    el_free(text);
    assert_int_equal(unlink(out), 0);
}

static int setup(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

/* Nothing of the table is read but what says what ran. */
static void test_analytic(void **state)
{
    static const el_form *const analytic[] = {&el_form_analytic};
    el_evaluate_args a = usual();
    el_evaluate_result r;
    bool said = false;
    el_status st;
    long k = 0;

    (void)state;
    write_table("b.log");
    a.options.form = analytic;
    a.options.n_form = 1;
    assert_int_equal(el_app_evaluate(&a, NULL, &r, NULL), EL_OK);
    for (size_t i = 0; i < r.evaluation.n_note; i++) /* nobody knows them */
        said = said || strstr(r.evaluation.note[i], "unknown model");
    assert_true(said);
    el_evaluate_result_clear(&r);
    do {
        el_mem_fail_at(k);
        st = el_app_evaluate(&a, NULL, &r, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_evaluate_result_clear(&r);
        else
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
        /* the catalogue alone allocates thousands of times */
        k += k < 64 ? 1 : 1 + k / 16;
    } while (st != EL_OK && k < 100000000);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_parts),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_predictions),
        cmocka_unit_test(test_analytic),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
