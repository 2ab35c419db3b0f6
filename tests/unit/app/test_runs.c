/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of a table correct the analytic model. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/runs.h"
#include "base/mem.h"
#include "io/json.h"

static char path[] = "/tmp/el_test_runs_XXXXXX";
static el_catalog *catalog;

#define HEAD                                                                   \
    "model,gpu,tp,batch_size,input_tokens,output_tokens,precision,engine,"     \
    "energy_per_request_j,latency_s\n"

static const char rows[] =
    HEAD "Qwen/Qwen3-8B,h100,1,8,512,512,bfloat16,vLLM,200,60\n"
         "qwen3-8b,NVIDIA H100 80GB HBM3,2,64,512,512,,,90,60\n"
         "qwen3-8b,h100,1,8,512,512,bfloat16,SGLang,200,60\n"
         "nobody/knows-it,h100,1,8,512,512,bfloat16,vLLM,200,60\n"
         "qwen3-8b,h100,3,8,512,512,bfloat16,vLLM,200,60\n";

static int setup(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    el_json_init();
    if (fd < 0 || write(fd, rows, sizeof rows - 1) != (ssize_t)sizeof rows - 1)
        return -1;
    if (el_catalog_load(NULL, &catalog, NULL) != EL_OK)
        return -1;
    return close(fd);
}

static int teardown(void **state)
{
    (void)state;
    el_catalog_free(catalog);
    return unlink(path);
}

static void open_model(const char *precision, const char *engine,
                       el_analytic_state *s)
{
    const el_analytic_wish wish = {.model = "qwen3-8b",
                                   .gpu = "h100",
                                   .precision = precision,
                                   .engine = engine,
                                   .clock_hz = EL_UNKNOWN,
                                   .cap_w = EL_UNKNOWN};

    assert_int_equal(el_analytic_open(catalog, &wish, s, NULL), EL_OK);
}

static el_runs read_runs(void)
{
    el_runs runs;

    assert_int_equal(el_runs_read(path, NULL, &runs, NULL), EL_OK);
    return runs;
}

static void test_choice(void **state)
{
    el_runs runs = read_runs();
    el_analytic_state s;
    char note[EL_RUNS_NOTE] = "";

    (void)state;
    open_model(NULL, NULL, &s);
    assert_int_equal(el_runs_calibrate(&runs, catalog, &s, note, NULL), EL_OK);
    assert_non_null(strstr(note, "calibrated on 2 rows of el_test_runs_"));
    assert_non_null(strstr(note, "1 other models, 1 another engine (SGLang), 1 "
                                 "degrees that the model does not divide by"));
    el_analytic_close(&s);
    open_model(NULL, "SGLang 0.5", &s); /* a blank engine is any */
    assert_int_equal(el_runs_calibrate(&runs, catalog, &s, note, NULL), EL_OK);
    assert_non_null(strstr(note, "calibrated on 2 rows"));
    assert_non_null(strstr(note, "2 another engine (vLLM)"));
    el_analytic_close(&s);
    el_runs_clear(&runs);
    el_runs_clear(&runs);
}

static void test_none(void **state)
{
    el_runs runs = read_runs();
    el_analytic_state s;
    el_error err = {0};
    char note[EL_RUNS_NOTE] = "as it was";

    (void)state;
    open_model("fp8", "TensorRT-LLM", &s);
    assert_int_equal(el_runs_calibrate(&runs, catalog, &s, note, &err), EL_OK);
    assert_non_null(strstr(note, "on 1 row ")); /* the blank one */
    el_analytic_close(&s);
    el_runs_clear(&runs);
    assert_int_equal(
        el_runs_read("/tmp/el_no_such_file.csv", NULL, &runs, &err), EL_E_IO);
}

static void test_out_of_memory(void **state)
{
    long before = el_mem_live(), k = 0;
    el_status st;

    (void)state;
    do {
        el_runs runs = {"as it was", NULL};

        el_mem_fail_at(k);
        st = el_runs_read(path, NULL, &runs, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_string_equal(runs.name, "as it was");
        } else {
            el_runs_clear(&runs);
        }
        assert_int_equal(el_mem_live(), before);
    } while (st != EL_OK && ++k < 2000);
    assert_int_equal(st, EL_OK);
}

static void test_out_of_memory_calibrating(void **state)
{
    el_runs runs = read_runs();
    el_analytic_state s;
    el_status st;
    long k = 0;

    (void)state;
    open_model(NULL, NULL, &s);
    do {
        char note[EL_RUNS_NOTE] = "as it was";

        el_mem_fail_at(k);
        st = el_runs_calibrate(&runs, catalog, &s, note, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_string_equal(note, "as it was");
        }
    } while (st != EL_OK && ++k < 2000);
    assert_int_equal(st, EL_OK);
    assert_true(k > 10);
    el_analytic_close(&s);
    el_runs_clear(&runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_out_of_memory_calibrating),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
