/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/discover.h"
#include "app/discover_refit.h"
#include "base/mem.h"
#include "energylens/files.h"
#include "io/json.h"

static char runs[] = "/tmp/el_test_discover_runs_XXXXXX";
static char plain[] = "/tmp/el_test_discover_plain_XXXXXX";
static char law_file[] = "/tmp/el_test_discover_law_XXXXXX";

static FILE *open_new(char *path)
{
    const int fd = mkstemp(path);

    return fd < 0 ? NULL : fdopen(fd, "w");
}

/* y = 3 a b, with a column that is constant and one that is text; runs of one
   model whose joules are 2.5 O T + 0.5 B O. */
static int setup(void **state)
{
    FILE *f = open_new(plain);

    (void)state;
    el_json_init();
    if (!f)
        return -1;
    (void)fputs("a,if,same,name,y\n", f);
    for (int i = 0; i < 12; i++)
        (void)fprintf(f, "%d,%d,1,r%d,%d\n", i + 1, i * i % 7 + 1, i,
                      3 * (i + 1) * (i * i % 7 + 1));
    (void)fclose(f);
    f = open_new(runs);
    if (!f)
        return -1;
    (void)fputs("model,gpu,tp,precision,engine,batch_size,input_tokens,"
                "output_tokens,energy_j,latency_s\n",
                f);
    for (int tp = 1; tp <= 4; tp *= 2)
        for (int b = 1; b <= 64; b *= 4)
            for (int o = 128; o <= 512; o *= 2)
                (void)fprintf(f,
                              "Qwen/Qwen3-8B,A100-SXM4-40GB,%d,bfloat16,vLLM,"
                              "%d,256,%d,%g,9\n",
                              tp, b, o, 2.5 * o * tp + 0.5 * b * o);
    (void)fclose(f);
    f = open_new(law_file);
    return f ? fclose(f) : -1;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(law_file);
    (void)unlink(runs);
    return unlink(plain);
}

static el_discover_args any_table(void)
{
    return (el_discover_args){.table = {.path = plain, .target = "y"},
                              .max_complexity = 40,
                              .evaluations = 400,
                              .time_s = EL_UNKNOWN};
}

static el_discover_args measurements(void)
{
    el_discover_args a = any_table();

    a.table = (el_law_ask){.path = runs, .clean = {1.5, false, false}};
    return a;
}

static void count_warning(const char *line, void *ctx)
{
    (void)line;
    ++*(int *)ctx;
}

static void test_any_table(void **state)
{
    const el_discover_args a = any_table();
    int n = 0;
    const el_task task = {.seed = 1, .warn = count_warning, .ctx = &n};
    el_discovered d;
    el_error err = {0};

    (void)state;
    if (el_app_discover(&a, &task, &d, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_false(d.table.measured);
    assert_int_equal(d.table.n_col, 2);
    assert_string_equal(d.table.name[0], "a");
    assert_string_equal(d.table.name[1], "if_"); /* a word of C */
    assert_int_equal(n, 2);                      /* same; name */
    assert_true(d.front->exact);
    assert_close(d.predicted[4], d.table.y[4], 1e-12, 0);
    assert_true(d.score[d.front->pick].worst_error < 1e-12);
    el_discovered_clear(&d);
    assert_int_equal(el_mem_live(), 0);
}

static void test_measurements(void **state)
{
    const el_discover_args a = measurements();
    el_discovered d;
    el_error err = {0};

    (void)state;
    if (el_app_discover(&a, NULL, &d, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_true(d.table.measured);
    assert_string_equal(d.table.name[0], "tp");
    assert_string_equal(d.table.name[3], "kv_waves");
    assert_false(d.options.signed_terms);
    assert_ptr_equal(d.options.part, d.table.part);
    assert_true(d.score[d.front->pick].mean_error < 1e-3);
    el_discovered_clear(&d);
    assert_int_equal(el_mem_live(), 0);
}

/* The file that -o writes is one that --refit reads. */
static void test_refit(void **state)
{
    const el_discover_args a = measurements();
    const char *const path[] = {runs};
    const el_fit_args f = {
        .path = path, .n_path = 1, .clean = {.min_latency_s = 1.5}};
    el_discovered d;
    el_refitted r;
    el_fit_set set;
    el_status st;
    long k = 0;

    (void)state;
    assert_int_equal(el_app_discover(&a, NULL, &d, NULL), EL_OK);
    assert_int_equal(el_discovered_fit(&a, &d, NULL, &set, NULL), EL_OK);
    assert_int_equal(set.n, 1);
    assert_true(set.fit[0].mape_pct < 0.1);
    assert_int_equal(el_fit_set_save(&set, law_file, NULL), EL_OK);
    el_fit_set_clear(&set);
    el_discovered_clear(&d);
    do { /* the catalogue alone takes thousands of allocations */
        el_mem_fail_at(k);
        st = el_app_refit(law_file, &f, NULL, &r, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(el_mem_live(), 0);
        }
        k = k * 5 / 4 + 1;
    } while (st != EL_OK && k < 10000000);
    assert_int_equal(st, EL_OK);
    assert_int_equal(r.n_fitted, 1);
    assert_int_equal(r.n_held, 1);
    assert_true(r.row[0].error_pct < 0.1);
    el_refitted_clear(&r);
    assert_int_equal(el_mem_live(), 0);
    assert_int_equal(el_app_refit(plain, &f, NULL, &r, NULL), EL_E_DATA);
}

static void bad(el_discover_args a, el_status want)
{
    el_discovered d;

    assert_int_equal(el_app_discover(&a, NULL, &d, NULL), want);
    assert_int_equal(el_mem_live(), 0);
}

static void test_bad(void **state)
{
    static const char *const none[] = {"b"}, *const up[] = {"a:up"},
                             *const op[] = {"plus"};
    el_discover_args a = any_table();

    (void)state;
    a.table.target = "z";
    bad(a, EL_E_ARG);
    a = any_table();
    a.table.target = "same";
    bad(a, EL_E_DATA);
    a = any_table();
    a.table.target = NULL;
    bad(a, EL_E_ARG);
    a = any_table();
    a.table.column = none;
    a.table.n_column = 1;
    bad(a, EL_E_ARG);
    a = any_table();
    a.monotone = up;
    a.n_monotone = 1;
    bad(a, EL_E_ARG);
    a = any_table();
    a.op = op;
    a.n_op = 1;
    bad(a, EL_E_ARG);
    a = any_table();
    a.table.path = "/nowhere.csv";
    bad(a, EL_E_IO);
}

static void test_out_of_memory(void **state)
{
    const el_discover_args a = any_table();
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_discovered d;

        el_mem_fail_at(k);
        st = el_app_discover(&a, NULL, &d, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_discovered_clear(&d);
        else
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 2000);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_table),
        cmocka_unit_test(test_measurements),
        cmocka_unit_test(test_refit),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
