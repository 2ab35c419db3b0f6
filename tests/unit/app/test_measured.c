/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/analytic.h"
#include "app/measured.h"
#include "base/mem.h"
#include "energylens/files.h"

static char links[] = "/tmp/el_measured_XXXXXX";
static char table[] = "/tmp/el_measured_XXXXXX";
static const char *const tables[] = {table};
static const char *const h100[] = {"h100"};
static const char *const a100[] = {"a100-sxm4-80gb"};
static el_catalog *catalog;
static size_t n_warned;

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
    (void)state;
    write_file(links,
               "{\"schema\":\"energylens.links\",\"version\":1,\"result\":{"
               "\"gpu\":\"h100-sxm5-80gb\",\"collectives\":[{\"collective\":"
               "\"all_reduce\",\"gpus\":4,\"alpha_s\":1,\"first_s\":0,"
               "\"ramp_s\":0,\"bus_bytes_s\":1e11}]}}");
    write_file(table, "gemm_dtype,m,n,k,latency_ms\nhalf,16,1024,1024,1\n"
                      "half,8192,65536,65536,0.001\n");
    return el_catalog_load(NULL, &catalog, NULL) != EL_OK;
}

static int teardown(void **state)
{
    (void)state;
    el_catalog_free(catalog);
    return unlink(links) | unlink(table);
}

static void warn(const char *line, void *ctx)
{
    (void)ctx;
    assert_non_null(strstr(line, "1 rows are faster than the peak"));
    n_warned++;
}

static void test_nothing(void **state)
{
    const el_measured_files files = {NULL, NULL, 0};
    el_measured m;
    el_device d = {.links = NULL};

    (void)state;
    assert_int_equal(el_measured_open(&files, catalog, h100, 1, NULL, &m, NULL),
                     EL_OK);
    assert_int_equal(el_measured_apply(&m, NULL, &d, NULL), EL_OK);
    assert_int_equal(el_measured_apply(NULL, NULL, &d, NULL), EL_OK);
    assert_null(d.links);
    assert_null(d.kernel_table);
    el_measured_close(&m);
}

static void test_both(void **state)
{
    const el_measured_files files = {links, tables, 1};
    const el_task task = {.warn = warn};
    const el_gpu *gpu = el_catalog_find_gpu(catalog, "h100");
    el_analytic_wish wish = {.model = "llama-3.1-8b",
                             .gpu = "h100",
                             .clock_hz = EL_UNKNOWN,
                             .cap_w = EL_UNKNOWN};
    el_analytic_state s;
    el_measured m;
    el_error err;
    el_cost c;

    (void)state;
    assert_int_equal(
        el_measured_open(&files, catalog, h100, 1, &task, &m, NULL), EL_OK);
    assert_int_equal(n_warned, 1);
    assert_string_equal(m.gpu, gpu->slug);
    wish.measured = &m;
    assert_int_equal(el_analytic_open(catalog, &wish, &s, NULL), EL_OK);
    assert_ptr_equal(s.device.links, &m.links);
    assert_int_equal(el_kernel_table_size(s.device.kernel_table), 1);
    el_comm_cost(&s.device, EL_COMM_ALL_REDUCE, 1e9, 4, 0, &c);
    assert_true(c.time_s > 1);
    el_analytic_close(&s);
    wish.gpu = "a100-sxm4-80gb";
    assert_int_equal(el_analytic_open(catalog, &wish, &s, &err), EL_E_DATA);
    assert_string_equal(err.message, "--links: measured on h100-sxm5-80gb, not "
                                     "on a100-sxm4-80gb");
    el_measured_close(&m);
}

static void test_gpus(void **state)
{
    const char *const two[] = {"h100", "a100-sxm4-80gb"};
    const char *const none[] = {NULL, "nonesuch"};
    const el_measured_files both = {links, tables, 1}, rows = {NULL, tables, 1};
    el_measured m;
    el_error err;

    (void)state;
    assert_int_equal(el_measured_open(&both, catalog, a100, 1, NULL, &m, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "measured on h100-sxm5-80gb, not on "
                                        "a100-sxm4-80gb"));
    assert_int_equal(el_measured_open(&both, catalog, two, 2, NULL, &m, &err),
                     EL_E_DATA);
    assert_int_equal(el_measured_open(&rows, catalog, two, 2, NULL, &m, &err),
                     EL_E_DATA);
    assert_int_equal(el_measured_open(&rows, catalog, none, 2, NULL, &m, &err),
                     EL_E_ARG);
    assert_non_null(strstr(err.message, "--gpu"));
    /* the links say whose the kernels are */
    assert_int_equal(el_measured_open(&both, catalog, NULL, 0, NULL, &m, &err),
                     EL_OK);
    el_measured_close(&m);
    assert_int_equal(el_measured_open(&rows, catalog, a100, 1, NULL, &m, &err),
                     EL_OK);
    assert_string_equal(m.gpu, "a100-sxm4-80gb");
    el_measured_close(&m);
}

static void test_oom(void **state)
{
    const el_measured_files files = {links, tables, 1};
    long live = el_mem_live(), k = 0;
    el_status st;

    (void)state;
    do {
        el_measured m;

        el_mem_fail_at(k);
        st = el_measured_open(&files, catalog, h100, 1, NULL, &m, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK)
            assert_true(st == EL_E_NOMEM && !*m.gpu && !m.table);
        el_measured_close(&m);
        assert_int_equal(el_mem_live(), live);
    } while (st != EL_OK && ++k < 200);
    assert_int_equal(st, EL_OK);
    assert_true(k > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_both),
        cmocka_unit_test(test_gpus),
        cmocka_unit_test(test_oom),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
