/* SPDX-License-Identifier: Apache-2.0 */
/* GPU back ends through the same dlopen as on a GPU, on libraries that behave
   like the vendors' (tests/support/fake_*.c). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "el_test.h"
#include "meter/meter.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): set before threads start */

static void machine(const char *nvml)
{
    assert_int_equal(setenv("EL_NVML_PATH", EL_DOUBLES "/fake_nvml.so", 1), 0);
    assert_int_equal(setenv("FAKE_NVML", nvml, 1), 0);
    assert_int_equal(unsetenv("CUDA_VISIBLE_DEVICES"), 0);
}

static el_meter *open_meter(const char *spec)
{
    el_meter *m = NULL;
    el_error err;

    if (el_meter_open(spec, &m, &err) != EL_OK)
        fail_msg("%s: %s", spec, err.message);
    return m;
}

static void fails(const char *spec, el_status want, const char *says)
{
    el_meter *m = NULL;
    el_error err = {0};

    assert_int_equal(el_meter_open(spec, &m, &err), want);
    assert_null(m);
    if (!strstr(err.message, says))
        fail_msg("\"%s\" lacks \"%s\"", err.message, says);
}

static void nvml_tells_all(void **state)
{
    el_meter_device d;
    el_reading s;
    el_meter *m;
    size_t users = 99;

    (void)state;
    machine("gpus=2,throttle=0x44,users=3");
    m = open_meter("nvml");
    assert_int_equal(el_meter_count(m), 2);
    assert_int_equal(el_meter_describe(m, 1, &d, NULL), EL_OK);
    assert_string_equal(d.id, "GPU-00000001-fake");
    assert_string_equal(d.name, "NVIDIA H100 80GB HBM3");
    assert_int_equal(d.can, 0x3f);
    assert_false(d.shared);
    assert_int_equal(el_meter_read(m, 1, true, &s, NULL), EL_OK);
    assert_close(s.power_w, 300, 1e-9, 0);
    assert_close(s.energy_j, 123456.789, 1e-3, 0);
    assert_close(s.sm_clock_hz, 1.98e9, 0, 0);
    assert_close(s.temp_c, 53, 0, 0);
    assert_int_equal(s.throttle, EL_THROTTLE_POWER | EL_THROTTLE_HEAT);
    assert_true(s.time_s > 0);
    assert_int_equal(el_meter_read(m, 1, false, &s, NULL), EL_OK);
    assert_int_equal(s.have, EL_HAVE_ENERGY | EL_HAVE_POWER);
    assert_true(el_meter_users(m, 1, &users));
    assert_int_equal(users, 3);
    el_meter_close(m);
}

/* What is not supported is a cleared bit, and nothing at all is an error. */
static void nvml_tells_less(void **state)
{
    el_meter_device d;
    el_error err;
    el_reading s;
    el_meter *m;

    (void)state;
    machine("no_energy=1");
    m = open_meter("nvml");
    assert_int_equal(el_meter_describe(m, 0, &d, NULL), EL_OK);
    assert_false(d.can & EL_HAVE_ENERGY);
    assert_true(strstr(d.note, "polled") != NULL);
    el_meter_close(m);
    machine("no_power=1");
    m = open_meter("nvml");
    assert_int_equal(el_meter_read(m, 0, false, &s, NULL), EL_OK);
    assert_int_equal(s.have, EL_HAVE_ENERGY);
    el_meter_close(m);
    machine("no_power=1,no_energy=1");
    m = open_meter("nvml");
    assert_int_equal(el_meter_describe(m, 0, &d, &err), EL_E_DEVICE);
    assert_int_equal(el_meter_read(m, 0, false, &s, &err), EL_E_IO);
    assert_true(strstr(err.message, "Not Supported") != NULL);
    el_meter_close(m);
}

static void nvml_fails(void **state)
{
    el_reading s;
    el_error err;
    el_meter *m;

    (void)state;
    machine("fail_init=9");
    fails("nvml", EL_E_DEVICE, "Driver Not Loaded");
    machine("gpus=0");
    fails("nvml", EL_E_DEVICE, "no device");
    machine("lost=0");
    m = open_meter("nvml");
    assert_int_equal(el_meter_read(m, 0, false, &s, &err), EL_E_DEVICE);
    assert_true(strstr(err.message, "GPU is lost") != NULL);
    el_meter_close(m);
    assert_int_equal(setenv("EL_NVML_PATH", "/nonexistent.so", 1), 0);
    fails("nvml", EL_E_DEVICE, "/nonexistent.so is not there");
    /* a library of another kind */
    assert_int_equal(setenv("EL_NVML_PATH", EL_DOUBLES "/fake_ze.so", 1), 0);
    fails("nvml", EL_E_DEVICE, "no function nvmlInit_v2");
}

static void specs(void **state)
{
    (void)state;
    fails("nvmll", EL_E_ARG, "unknown");
    fails("dcgm", EL_E_ARG, "URL");
    fails("replay:", EL_E_ARG, "FILE");
    fails("nvml:0", EL_E_ARG, "no argument");
}

static size_t pick(el_meter *m, const char *a, const char *b, size_t *index,
                   el_status want)
{
    const char *name[] = {a, b};
    size_t n = 0;
    el_error err = {0};

    assert_int_equal(el_meter_pick(m, name,
                                   b   ? 2
                                   : a ? 1
                                       : 0,
                                   index, &n, &err),
                     want);
    if (want != EL_OK)
        assert_true(err.message[0] != '\0');
    return n;
}

static void picking(void **state)
{
    size_t i[4];
    el_meter *m;

    (void)state;
    machine("gpus=4");
    m = open_meter("nvml");
    assert_int_equal(pick(m, NULL, NULL, i, EL_OK), 4);
    assert_int_equal(pick(m, "2", "0", i, EL_OK), 2);
    assert_int_equal(i[0], 2);
    assert_int_equal(i[1], 0);
    assert_int_equal(pick(m, "1", "GPU-00000001", i, EL_OK), 1);
    (void)pick(m, "4", NULL, i, EL_E_ARG);
    (void)pick(m, "GPU-", NULL, i, EL_E_ARG); /* four begin with it */
    (void)pick(m, "", NULL, i, EL_E_ARG);
    (void)pick(m, "MIG-1234", NULL, i, EL_E_DEVICE);
    assert_int_equal(setenv("CUDA_VISIBLE_DEVICES", "3,GPU-00000001", 1), 0);
    assert_int_equal(pick(m, NULL, NULL, i, EL_OK), 2);
    assert_int_equal(i[0], 3);
    assert_int_equal(i[1], 1);
    assert_int_equal(pick(m, "0", NULL, i, EL_OK), 1); /* said, so taken */
    assert_int_equal(setenv("CUDA_VISIBLE_DEVICES", "", 1), 0);
    (void)pick(m, NULL, NULL, i, EL_E_DEVICE);
    assert_int_equal(setenv("CUDA_VISIBLE_DEVICES", "9", 1), 0);
    (void)pick(m, NULL, NULL, i, EL_E_ARG);
    el_meter_close(m);
}

static void mig(void **state)
{
    el_meter_device d;
    size_t i[1];
    el_meter *m;

    (void)state;
    machine("mig=1");
    m = open_meter("nvml");
    assert_int_equal(el_meter_describe(m, 0, &d, NULL), EL_OK);
    assert_true(d.shared);
    (void)pick(m, NULL, NULL, i, EL_E_DEVICE);
    assert_int_equal(pick(m, "0", NULL, i, EL_OK), 1);
    el_meter_close(m);
}

static double power_by_counter(el_meter *m)
{
    el_reading a, b;

    assert_int_equal(el_meter_read(m, 0, false, &a, NULL), EL_OK);
    do
        assert_int_equal(el_meter_read(m, 0, false, &b, NULL), EL_OK);
    while (b.time_s < a.time_s + 0.05);
    assert_true(b.have & EL_HAVE_ENERGY);
    return (b.energy_j - a.energy_j) / (b.time_s - a.time_s);
}

/* On a busy machine time may pass between a counter and its time: then again.
 */
static void check_power(el_meter *m, double want_w)
{
    double got = power_by_counter(m);

    for (int k = 0; k < 20 && !(fabs(got / want_w - 1) < 0.02); k++)
        got = power_by_counter(m);
    assert_close(got, want_w, 0.02, 0);
}

static void amd(void **state)
{
    el_meter_device d;
    el_reading s;
    el_meter *m;

    (void)state;
    assert_int_equal(
        setenv("EL_ROCM_SMI_PATH", EL_DOUBLES "/fake_rocm_smi.so", 1), 0);
    assert_int_equal(setenv("EL_AMDSMI_PATH", EL_DOUBLES "/fake_amd_smi.so", 1),
                     0);
    m = open_meter("rocm");
    assert_int_equal(el_meter_count(m), 2);
    check_power(m, 400);
    el_meter_close(m);
    assert_int_equal(setenv("FAKE_AMDSMI", "no_energy", 1), 0);
    m = open_meter("rocm"); /* ROCm SMI stands in */
    assert_int_equal(el_meter_count(m), 2);
    check_power(m, 200);
    assert_int_equal(el_meter_describe(m, 1, &d, NULL), EL_OK);
    assert_string_equal(d.name, "AMD Instinct MI300X 1");
    assert_int_equal(setenv("FAKE_ROCM", "power", 1), 0);
    assert_int_equal(el_meter_read(m, 0, false, &s, NULL), EL_OK);
    assert_int_equal(s.have, EL_HAVE_POWER);
    assert_close(s.power_w, 200, 1e-9, 0);
    el_meter_close(m);
    assert_int_equal(setenv("FAKE_ROCM", "none", 1), 0);
    fails("rocm", EL_E_DEVICE, "driver");
}

static void intel(void **state)
{
    el_meter_device d;
    el_error err;
    el_meter *m;

    (void)state;
    assert_int_equal(setenv("EL_ZE_PATH", EL_DOUBLES "/fake_ze.so", 1), 0);
    m = open_meter("xpu");
    check_power(m, 150);
    assert_int_equal(el_meter_describe(m, 0, &d, NULL), EL_OK);
    assert_string_equal(d.note, "");
    el_meter_close(m);
    assert_int_equal(setenv("FAKE_ZE", "no_card", 1), 0);
    m = open_meter("xpu");
    assert_int_equal(el_meter_describe(m, 0, &d, NULL), EL_OK);
    assert_true(strstr(d.note, "maybe not") != NULL);
    el_meter_close(m);
    assert_int_equal(setenv("FAKE_ZE", "no_power", 1), 0);
    m = open_meter("xpu");
    assert_int_equal(el_meter_describe(m, 0, &d, &err), EL_E_DEVICE);
    assert_true(strstr(err.message, "no power domain") != NULL);
    el_meter_close(m);
}

static void out_of_memory(void **state)
{
    const char *const spec[] = {"nvml", "rocm", "xpu"};

    (void)state;
    machine("gpus=2");
    assert_int_equal(unsetenv("FAKE_ROCM"), 0);
    for (size_t i = 0; i < 3; i++) {
        el_status st;
        long k = 0;

        do {
            el_meter *m = NULL;

            el_mem_fail_at(k);
            st = el_meter_open(spec[i], &m, NULL);
            el_mem_fail_at(-1);
            if (st != EL_OK) {
                assert_int_equal(st, EL_E_NOMEM);
                assert_null(m);
            }
            el_meter_close(m);
            assert_int_equal(el_mem_live(), 0);
        } while (st != EL_OK && ++k < 20);
        assert_int_equal(st, EL_OK);
        assert_true(k > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nvml_tells_all),
        cmocka_unit_test(nvml_tells_less),
        cmocka_unit_test(nvml_fails),
        cmocka_unit_test(specs),
        cmocka_unit_test(picking),
        cmocka_unit_test(mig),
        cmocka_unit_test(amd),
        cmocka_unit_test(intel),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */
