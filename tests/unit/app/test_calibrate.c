/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/calibrate.h"
#include "base/mem.h"

#define KERNELS EL_SHARED "/data/kernels/"

static char path[] = "/tmp/el_calibrate_XXXXXX";

/* 10 us, 100 GB/s on the bus, 2 W an SM and 0.4 nJ a byte above idle. */
static void write_table(void)
{
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

    assert_non_null(f);
    (void)fprintf(
        f, "collective,nccl_dtype,num_gpus,message_size,latency_ms,power_w\n");
    for (int i = 10; i <= 28; i++) {
        double bytes = ldexp(1, i), time_s = 10e-6 + bytes / 100e9;

        (void)fprintf(f, "all_reduce,int8,2,%.0f,%.9f,%.6f\n", bytes,
                      1e3 * time_s,
                      120.0 + 2.0 * 32.0 + 0.4e-9 * bytes / time_s);
    }
    (void)fprintf(f, "all_gather,int8,2,1024,0.01,\n"); /* one size */
    assert_int_equal(fclose(f), 0);
}

static size_t n_warned;

static void warn(const char *line, void *ctx)
{
    (void)ctx;
    assert_non_null(strstr(line, "all_gather of 2 GPUs"));
    n_warned++;
}

static void test_fit(void **state)
{
    const char *file = path;
    const el_calibrate_args args = {.path = &file,
                                    .n_path = 1,
                                    .gpu = "h100-sxm5-80gb",
                                    .hint = {.gpus = NAN}};
    const el_task task = {.warn = warn};
    el_calibration c;
    const el_links *links = &c.report.links;

    (void)state;
    assert_int_equal(el_calibrate_comm(&args, &task, &c, NULL), EL_OK);
    assert_int_equal(n_warned, 1);
    assert_int_equal(links->n, 1);
    assert_int_equal(c.n_refused, 1);
    assert_string_equal(links->gpu, "h100-sxm5-80gb");
    assert_close(links->curve[0].alpha_s, 10e-6, 1e-6, 0);
    assert_close(links->curve[0].bus_bytes_s, 100e9, 1e-6, 0);
    assert_close(links->spin_w_per_sm, 2, 0.05, 0);
    assert_close(links->bus_j_per_byte, 0.4e-9, 1e-3, 0);
    el_calibration_clear(&c);
    assert_int_equal(el_mem_live(), 0);
}

/* Curves of real nodes predict the sizes that they have not seen. */
static void test_real(void **state)
{
    const char *file[] = {KERNELS "h100_sxm_nccl.csv",
                          KERNELS "h100_sxm_deepep_normal.csv"};
    const el_calibrate_args args = {
        .path = file, .n_path = 2, .gpu = "h100", .hint = {.gpus = NAN}};
    el_calibration c;

    (void)state;
    if (access(KERNELS, R_OK) != 0)
        skip();
    assert_int_equal(el_calibrate_comm(&args, NULL, &c, NULL), EL_OK);
    assert_int_equal(c.report.links.n, 13);
    for (size_t i = 0; i < 12; i++)
        assert_true(c.report.fit[i].held_median < 0.07);
    assert_true(c.report.fit[12].held_median < 0.13);
    /* about a sixteenth of the link each; flat near 20 SMs */
    assert_close(c.report.fit[12].curve.sm_bytes_s, 14.7e9, 0.1, 0);
    assert_close(c.report.fit[12].curve.bus_bytes_s /
                     c.report.fit[12].curve.sm_bytes_s,
                 20, 0.15, 0);
    el_calibration_clear(&c);
}

static void test_oom(void **state)
{
    const char *file = path;
    const el_calibrate_args args = {.path = &file,
                                    .n_path = 1,
                                    .gpu = "h100-sxm5-80gb",
                                    .hint = {.gpus = NAN}};
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_calibration c = {.n_refused = 99};

        el_mem_fail_at(k);
        st = el_calibrate_comm(&args, NULL, &c, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(c.n_refused, 99);
        } else {
            el_calibration_clear(&c);
        }
        assert_int_equal(el_mem_live(), 0);
        k += k < 40 ? 1 : 29; /* the catalogue has thousands */
    } while (st != EL_OK && k < 10000);
    assert_int_equal(st, EL_OK);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_oom),
    };
    int bad;

    /* no el_json_init(): jansson 2.14 reads past its buffer when an allocation
     * fails inside its lexer */
    write_table();
    bad = cmocka_run_group_tests(tests, NULL, teardown);
    return bad;
}
