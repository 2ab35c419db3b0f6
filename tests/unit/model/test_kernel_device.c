/* SPDX-License-Identifier: Apache-2.0 */
#include "el_device_sample.h"

#include <string.h>

#include "model/dvfs.h"

static void test_make(void **state)
{
    el_gpu gpu = el_sample_a100();
    el_device d = el_sample_device(gpu), slow;

    (void)state;
    assert_string_equal(d.slug, "a100-sxm4-80gb");
    assert_close(d.flop_s_16, 3.12e14, 0, 0);
    assert_close(d.flop_s_8, 6.24e14, 0, 0); /* int8 where there is no fp8 */
    assert_close(d.flop_s_4, 0, 0, 0);
    assert_close(d.idle_w, 82.3, 1e-9, 0);
    assert_close(d.cap_w, 400, 0, 0);
    assert_close(d.busy_w, 80, 1e-9, 0);
    assert_close(d.j_per_byte_kv, 160e-12, 1e-9, 0);
    assert_close(d.link_bus_bytes_s[0], 193e9, 0.01, 0); /* analytic notes */
    assert_close(d.link_bus_bytes_s[2], 222e9, 0.01, 0);
    assert_close(d.node_gpus, 8, 0, 0);

    assert_int_equal(el_device_make(&gpu, 0.705e9, 300, &slow, NULL), EL_OK);
    assert_close(slow.flop_s_16, 1.56e14, 1e-9, 0);
    assert_close(slow.bw_bytes_s, d.bw_bytes_s, 0, 0);
    assert_close(slow.cap_w, 300, 0, 0);
    assert_close(slow.latency_scale, 2, 1e-9, 0);
    assert_close(slow.volt_ratio2, (743.75 / 893.75) * (743.75 / 893.75), 1e-9,
                 0);
    assert_true(slow.idle_w < d.idle_w);
}

static void test_unmeasured(void **state)
{
    el_gpu gpu = el_sample_b200();
    el_device d = el_sample_device(gpu);

    (void)state;
    /* a large GEMM at the limit: 0.9 (1000 - 246.5) W on 0.68 of the peak */
    assert_close(d.j_per_flop_16, 0.9 * 753.5 / (2.25e15 * 0.68), 1e-9, 0);
    assert_close(d.flop_s_4, 9e15, 0, 0);
    assert_close(d.volt_ratio2, 1, 1e-9, 0);
    assert_close(d.busy_w, 150, 1e-9, 0);
    assert_close(d.link_bus_bytes_s[2], 0.9 * 900e9, 1e-9, 0);
    gpu.slug = "gb200";
    gpu.arch = "Something new";
    d = el_sample_device(gpu);
    assert_close(d.node_gpus, 72, 0, 0);
    assert_close(d.math_efficiency, 0.70, 0, 0);
    gpu.slug = "a-slug-that-is-longer-than-the-field-of-the-device-struct";
    d = el_sample_device(gpu);
    assert_int_equal(strlen(d.slug), sizeof d.slug - 1);
}

static void test_refused(void **state)
{
    el_gpu gpu = el_sample_a100();
    el_device d = {.n_sm = -1};
    el_error err;

    (void)state;
    assert_int_equal(el_device_make(&gpu, 2e9, EL_UNKNOWN, &d, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "clock 2000 MHz"));
    assert_int_equal(el_device_make(&gpu, 0, EL_UNKNOWN, &d, NULL), EL_E_DATA);
    assert_int_equal(el_device_make(&gpu, EL_UNKNOWN, 50, &d, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "power cap 50 W"));
    gpu.fp16_flop_s = EL_UNKNOWN;
    assert_int_equal(el_device_make(&gpu, EL_UNKNOWN, EL_UNKNOWN, &d, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "fp16_flop_s is unknown"));
    assert_close(d.n_sm, -1, 0, 0); /* untouched */
}

/* Tables of the analytic notes, section 3. */
static void test_dvfs(void **state)
{
    el_gpu gpu = el_sample_a100();

    (void)state;
    gpu.slug = "a100-pcie-40gb";
    assert_close(el_dvfs_idle_w(&gpu, 0.1e9), 44.5, 1e-9, 0);
    assert_close(el_dvfs_idle_w(&gpu, 0.9e9), 47.35, 1e-9, 0);
    assert_close(el_dvfs_idle_w(&gpu, 1.41e9), 67.3, 1e-9, 0);
    assert_close(el_dvfs_volt_ratio2(&gpu, 0.9e9), 0.6025, 1e-3, 0);
    assert_close(el_dvfs_volt_ratio2(&gpu, 1.41e9), 1, 1e-9, 0);
    gpu.slug = "h100-sxm5-80gb";
    assert_close(el_dvfs_idle_w(&gpu, 1.83e9), 118.2, 1e-9, 0);
    assert_close(el_dvfs_idle_w(&gpu, 1.905e9), 119.1, 1e-9, 0);
    assert_close(el_dvfs_volt_ratio2(&gpu, 1.98e9), 1, 1e-9, 0);
    gpu.slug = "l4"; /* not in the tables */
    gpu.idle_context_w = 20;
    assert_close(el_dvfs_idle_w(&gpu, 1.41e9), 20, 1e-9, 0);
    assert_true(el_dvfs_volt_ratio2(&gpu, 0.7e9) < 0.7);
    gpu.idle_context_w = EL_UNKNOWN;
    gpu.idle_w = 10;
    assert_close(el_dvfs_idle_w(&gpu, 1.41e9), 15, 1e-9, 0);
    gpu.idle_w = EL_UNKNOWN;
    gpu.tdp_w = 72;
    assert_close(el_dvfs_idle_w(&gpu, 1.41e9), 12, 1e-9, 0);
    gpu.boost_hz = EL_UNKNOWN;
    assert_close(el_dvfs_boost_hz(&gpu), 1.98e9, 0, 0);
}

static void test_links(void **state)
{
    static const char *const link[] = {"NVLink5",
                                       "NVLink4 / NVLink-C2C",
                                       "NVLink bridge",
                                       "NVLink2",
                                       "xGMI 7 x 128",
                                       "Infinity Fabric",
                                       "Xe Link 16 ports",
                                       "PCIe4 x16",
                                       ""};

    (void)state;
    for (size_t i = 0; i < sizeof link / sizeof link[0]; i++) {
        el_device d = {.n_sm = 1};

        el_device_link(link[i], 100e9, &d);
        for (int j = 0; j < 4; j++)
            assert_true(d.link_bus_bytes_s[j] > 0 &&
                        d.link_bus_bytes_s[j] < 50e9);
        el_device_link(link[i], EL_UNKNOWN, &d);
        assert_true(d.link_bus_bytes_s[0] > 0 && d.link_alpha_s > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),    cmocka_unit_test(test_unmeasured),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_dvfs),
        cmocka_unit_test(test_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
