/* SPDX-License-Identifier: Apache-2.0 */
#include "el_predict_sample.h"

#include <stdio.h>
#include <string.h>

#include "io/fit_json.h"
#include "io/json.h"
#include "io/predict_csv.h"
#include "io/predict_json.h"

static const el_boundary gpus = {EL_SCOPE_GPUS, (double)NAN, 1.2};

static el_row make_row(const char *model, const char *gpu, double isl)
{
    el_row r = el_predict_row(model, gpu, 8, isl, 100);

    r.line = 2;
    r.file = "t.csv";
    r.params = r.active_params = 7e9;
    return r;
}

static void test_sources(void **state)
{
    el_predictor *p = el_predict_open(el_predict_path, &gpus);
    el_row row = make_row("sample-7b", "A100-SXM4-40GB", 200);
    el_answer a = el_predict_ask(p, &row);

    (void)state;
    assert_true(a.ok);
    assert_int_equal(a.p.source, EL_SOURCE_FITTED);
    assert_string_equal(a.note, "");
    assert_string_equal(a.fit->model, "sample-7b");
    row.precision = "fp8";
    a = el_predict_ask(p, &row);
    assert_int_equal(a.p.source, EL_SOURCE_EXTRAPOLATED);
    assert_non_null(strstr(a.note, "precision: fitted on bfloat16"));
    row = make_row("sample-7b", "A100-SXM4-40GB", 5000);
    a = el_predict_ask(p, &row);
    assert_int_equal(a.p.source, EL_SOURCE_EXTRAPOLATED);
    assert_int_equal(a.p.extrapolated_axes, 1u << EL_AXIS_ISL);
    row = make_row("sample-7b", "H100", 200);
    a = el_predict_ask(p, &row);
    assert_int_equal(a.p.source, EL_SOURCE_MODELLED);
    assert_null(a.fit);
    assert_non_null(strstr(a.note, "physical prior"));
    row = make_row("sample-7b", "toaster", 200);
    a = el_predict_ask(p, &row);
    assert_false(a.ok);
    assert_true(isnan(a.p.energy_per_request_j));
    assert_non_null(strstr(a.note, "GPU \"toaster\" is neither"));
    row.params = EL_UNKNOWN;
    row.model = "who-knows";
    a = el_predict_ask(p, &row);
    assert_false(a.ok);
    assert_non_null(strstr(a.note, "params_b is blank"));
    assert_null(strstr(a.note, "t.csv"));
    el_predictor_close(p);
    el_predictor_close(NULL);
    assert_int_equal(el_mem_live(), 0);
}

/* Prefill is blank where nobody knows the prompt, and the range wider. */
static void test_blank_prompts(void **state)
{
    el_predictor *p = el_predict_open(NULL, &gpus);
    el_row row = make_row("sample-7b", "H100", EL_UNKNOWN);
    el_row known = make_row("sample-7b", "H100", 256);
    el_answer a, b;

    (void)state;
    known.avg_batch = 8; /* steady, as rows without prompts are */
    a = el_predict_ask(p, &row);
    b = el_predict_ask(p, &known);
    assert_true(isnan(a.p.prefill_energy_j) && !isnan(b.p.prefill_energy_j));
    assert_true(a.p.spread_ln > b.p.spread_ln);
    assert_non_null(strstr(a.note, "input_tokens blank"));
    assert_non_null(strstr(a.note, "no fit given"));
    row.workload = "video-chat";
    assert_true(el_predict_ask(p, &row).p.energy_per_request_j >
                a.p.energy_per_request_j);
    el_predictor_close(p);
    p = el_predict_open(el_predict_path, &gpus);
    row = make_row("sample-7b", "A100-SXM4-40GB", EL_UNKNOWN);
    assert_non_null(strstr(el_predict_ask(p, &row).note, "prefill left out"));
    el_predictor_close(p);
}

static void test_boundary(void **state)
{
    const el_boundary node = {EL_SCOPE_NODE, 4, 1.2};
    const el_boundary facility = {EL_SCOPE_FACILITY, 4, 1.5};
    const el_boundary lacking = {EL_SCOPE_NODE, (double)NAN, 1};
    el_predictor *p = el_predict_open(el_predict_path, &gpus),
                 *q = el_predict_open(el_predict_path, &node);
    el_predictor *r = el_predict_open(el_predict_path, &facility), *none = NULL;
    el_row row = make_row("sample-7b", "A100-SXM4-40GB", 200);
    el_answer a = el_predict_ask(p, &row), b = el_predict_ask(q, &row),
              c = el_predict_ask(r, &row);
    double idle = 2.0 * 55.0 * a.p.latency_s / 8.0;

    (void)state;
    assert_close(b.idle_j, idle, 1e-12, 0);
    assert_close(b.p.energy_per_request_j, a.p.energy_per_request_j + idle,
                 1e-12, 0);
    assert_close(c.p.energy_per_request_j, 1.5 * b.p.energy_per_request_j,
                 1e-12, 0);
    assert_close(c.overhead_j, 0.5 * b.p.energy_per_request_j, 1e-12, 0);
    assert_close(c.p.energy_j, 8.0 * c.p.energy_per_request_j, 1e-12, 0);
    row.num_gpus = 4; /* the node is full: nothing idles */
    assert_close(el_predict_ask(q, &row).idle_j, 0, 0, 0);
    assert_int_equal(el_predictor_scope(q), EL_SCOPE_NODE);
    row = make_row("sample-moe", "A100-SXM4-40GB", EL_UNKNOWN);
    assert_false(el_predict_ask(q, &row).ok); /* idle watts unknown */
    assert_int_equal(
        el_predictor_open(el_predict_path, NULL, &lacking, &none, NULL),
        EL_E_ARG);
    assert_int_equal(el_predictor_open("/none", NULL, &gpus, &none, NULL),
                     EL_E_IO);
    assert_null(none);
    el_predictor_close(r);
    el_predictor_close(q);
    el_predictor_close(p);
    assert_int_equal(el_mem_live(), 0);
}

/* A fit of whole nodes cannot tell what the GPUs in use take. */
static void test_node_fit(void **state)
{
    char node_path[] = "/tmp/el_test_node_XXXXXX";
    int fd = mkstemp(node_path);
    const el_boundary node = {EL_SCOPE_NODE, (double)NAN, 1.0};
    el_fit_set set = el_sample_fits(8);
    el_predictor *p = NULL;
    el_row row = make_row("sample-7b", "A100-SXM4-40GB", 200);
    el_error err = {0};

    (void)state;
    set.scope = EL_SCOPE_NODE;
    assert_int_equal(el_fit_set_save(&set, node_path, NULL), EL_OK);
    assert_int_equal(el_predictor_open(node_path, NULL, &gpus, &p, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "--scope node"));
    p = el_predict_open(node_path, &node);
    assert_close(el_predict_ask(p, &row).idle_j, 0, 0,
                 0); /* measured already */
    el_predictor_close(p);
    (void)close(fd);
    (void)unlink(node_path);
    el_fit_set_clear(&set);
}

static bool stop(void *ctx)
{
    (void)ctx;
    return true;
}

#define MANY 300

/* Many names at once, in any order and with any threads: the same bits. */
static void test_many(void **state)
{
    static char name[MANY][16];
    static el_row row[MANY];
    static el_answer one[MANY], four[MANY];
    el_predictor *p = el_predict_open(el_predict_path, &gpus);
    el_task task = {.threads = 4};

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(name[i], sizeof name[i], "m%zu", i);
        row[i] = make_row(i % 3 ? name[i] : "sample-7b", "A100-SXM4-40GB",
                          (double)(10 + i));
    }
    assert_int_equal(el_predictor_rows(p, row, 0, NULL, one, NULL), EL_OK);
    assert_int_equal(el_predictor_rows(p, row, MANY, NULL, one, NULL), EL_OK);
    assert_int_equal(el_predictor_rows(p, row, MANY, &task, four, NULL), EL_OK);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(one[i].p.source,
                         i % 3 ? EL_SOURCE_MODELLED : EL_SOURCE_FITTED);
        assert_memory_equal(&one[i].p.energy_per_request_j,
                            &four[i].p.energy_per_request_j, sizeof(double));
        assert_string_equal(one[i].note, four[i].note);
    }
    task.cancelled = stop;
    assert_int_equal(el_predictor_rows(p, row, MANY, &task, four, NULL),
                     EL_E_CANCELLED);
    el_predictor_close(p);
    assert_int_equal(el_mem_live(), 0);
}

static void test_no_memory(void **state)
{
    el_predictor *p = el_predict_open(el_predict_path, &gpus);
    el_row row[2] = {make_row("sample-7b", "A100-SXM4-40GB", 200),
                     make_row("other", "H100", 200)};
    el_answer a[2];
    long live = el_mem_live(), k = 0;
    el_status st;

    (void)state;
    do {
        el_mem_fail_at(k);
        st = el_predictor_rows(p, row, 2, NULL, a, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), live);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    assert_true(k > 2);
    el_predictor_close(p);
}

static const char table[] = "model,gpu,tp,batch_size,output_tokens,energy_j\n"
                            "sample-7b,A100-SXM4-40GB,1,4,64,\"1,5\"\n"
                            "who-knows,toaster,1,4,64,2\n";

/* Cells stay as they are; causes and errors of the writer. */
static void test_csv(void **state)
{
    el_predictor *p = el_predict_open(el_predict_path, &gpus);
    el_row row[2] = {make_row("sample-7b", "A100-SXM4-40GB", 200),
                     make_row("sample-7b", "toaster", 200)};
    el_answer a[2];
    el_csv *csv = NULL;
    el_buf out = {0};
    long k = 0, live;
    el_status st;
    json_t *json;

    (void)state;
    assert_int_equal(el_predictor_rows(p, row, 2, NULL, a, NULL), EL_OK);
    assert_int_equal(el_csv_parse(table, sizeof table - 1, "t", &csv, NULL),
                     EL_OK);
    assert_int_equal(el_predict_csv(csv, EL_SCOPE_GPUS, a, 1, NULL, &out, NULL),
                     EL_E_ARG);
    live = el_mem_live();
    do {
        el_mem_fail_at(k);
        st = el_predict_csv(csv, EL_SCOPE_FACILITY, a, 2, NULL, &out, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            el_buf_clear(&out);
            assert_int_equal(el_mem_live(), live);
        }
    } while (st != EL_OK && ++k < 400);
    assert_int_equal(st, EL_OK);
    assert_non_null(strstr(out.text, "output_tokens,measured_energy_j,energy_"
                                     "per_request_j,"));
    assert_non_null(strstr(out.text, "breakdown_idle_j,breakdown_facility_j"));
    assert_non_null(strstr(out.text, "64,\"1,5\","));
    assert_non_null(strstr(out.text, "64,2,,,,,,,,,,,,,,"));
    for (k = 0, json = NULL; !json && k < 1000; k++) {
        el_mem_fail_at(k);
        json = el_predict_json(EL_SCOPE_FACILITY, row, a, 2);
        el_mem_fail_at(-1);
    }
    assert_non_null(json);
    json_decref(json);
    el_buf_clear(&out);
    el_csv_free(csv);
    el_predictor_close(p);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),  cmocka_unit_test(test_blank_prompts),
        cmocka_unit_test(test_boundary), cmocka_unit_test(test_node_fit),
        cmocka_unit_test(test_many),     cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_csv),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, el_predict_setup, el_predict_teardown);
}
