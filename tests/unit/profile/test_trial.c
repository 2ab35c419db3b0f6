/* SPDX-License-Identifier: Apache-2.0 */
/* One trial against doubles of an engine and of NVML. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "el_test.h"
/* after the types that it needs */
#include "el_fake_openai.h"
#include "profile/trial.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): set before threads start */

static size_t device[2] = {0, 1};

static int set_up(void **state)
{
    (void)state;
    return setenv("EL_NVML_PATH", EL_DOUBLES "/fake_nvml.so", 1) ||
           setenv("FAKE_NVML", "gpus=2,idle=300", 1) ||
           unsetenv("CUDA_VISIBLE_DEVICES");
}

static void start(const char *const *option, el_fake_openai *server)
{
    assert_true(
        el_fake_openai_start(EL_DOUBLES "/fake_openai", option, server));
}

static el_load *connect_to(const el_fake_openai *server)
{
    const el_load_target target = {.url = server->url};
    el_load *load = NULL;

    assert_int_equal(el_load_open(&target, NULL, &load, NULL), EL_OK);
    return load;
}

/* 4 requests at a time, 2 ms and 7 gaps of 1 ms, a window of 50 ms. */
static el_trial_ask ask(el_load *load, el_meter *meter)
{
    return (el_trial_ask){.load = load,
                          .shape = {32, 8},
                          .in_flight = 4,
                          .meter = meter,
                          .device = device,
                          .n_device = meter ? 2 : 0,
                          .n_used = 1,
                          .interval_s = 0.02,
                          .window_s = 0.05,
                          .max_s = 10};
}

static const char *const usual[] = {"--ttft", "0.002", "--itl", "0.001", NULL};

static void with_a_meter(void **state)
{
    el_fake_openai server;
    el_load *load;
    el_meter *meter = NULL;
    el_trial_ask a;
    el_trial t;
    double sum;

    (void)state;
    start(usual, &server);
    load = connect_to(&server);
    assert_int_equal(el_meter_open("nvml", &meter, NULL), EL_OK);
    a = ask(load, meter);
    assert_int_equal(el_trial_run(&a, NULL, &t, NULL), EL_OK);
    assert_true(t.end_s - t.start_s >= 0.05);
    assert_true(t.n_round >= 1 && t.n_request >= 4);
    assert_close(t.output_tokens, 8.0 * (double)t.n_request, 0, 0);
    /* 300 W all the time, on the one that works and on both */
    assert_close(t.energy_j, 300 * (t.end_s - t.start_s), 0.02, 0);
    assert_close(t.all_energy_j, 2 * t.energy_j, 0.02, 0);
    assert_true(t.latency_s >= 0.009 && t.ttft_s >= 0.002);
    assert_true(t.in_flight > 2 && t.in_flight <= 4);
    assert_true(t.has_phases);
    sum = t.phases.prefill_j + t.phases.decode_j + t.phases.nobody_j;
    assert_close(sum, t.energy_j, 1e-9, 0);
    assert_true(t.quality & EL_Q_SHORT);
    assert_true(t.tags & EL_TRIAL_UNTESTED);
    assert_false(t.tags & EL_TRIAL_FAILURES);
    assert_true(isnan(t.idle_w)); /* not asked for */
    assert_true(t.device[1].trace.n > 5);
    el_trial_clear(&t);
    el_load_close(load);
    el_meter_close(meter);
    el_fake_openai_stop(&server);
    assert_int_equal(el_mem_live(), 0);
}

static void without(void **state)
{
    el_fake_openai server;
    el_load *load;
    el_trial_ask a;
    el_trial t;

    (void)state;
    start(usual, &server);
    load = connect_to(&server);
    a = ask(load, NULL);
    assert_int_equal(el_trial_run(&a, NULL, &t, NULL), EL_OK);
    assert_true(isnan(t.energy_j) && isnan(t.power_w) && !t.has_phases);
    assert_true(t.token_hz > 0);
    el_trial_clear(&t);
    el_load_close(load);
    el_fake_openai_stop(&server);
    assert_int_equal(el_mem_live(), 0);
}

static void refuse(const char *fault, double max_s, el_status want,
                   const char *why)
{
    const char *const args[] = {"--itl", "0.001", "--fault", fault, NULL};
    el_fake_openai server;
    el_load *load;
    el_trial_ask a;
    el_trial t = {.n_all = 77};
    el_error err = {0};

    start(args, &server);
    load = connect_to(&server);
    a = ask(load, NULL);
    a.max_s = max_s;
    assert_int_equal(el_trial_run(&a, NULL, &t, &err), want);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" lacks \"%s\"", err.message, why);
    assert_int_equal(t.n_all, 77);
    el_load_close(load);
    el_fake_openai_stop(&server);
    assert_int_equal(el_mem_live(), 0);
}

static void refused(void **state)
{
    (void)state;
    refuse("early_eos=3@1", 10, EL_E_DATA, "3 tokens on average, not 8");
    refuse("status=401@1", 10, EL_E_DEVICE, "401");
    refuse("hang=1@1", 0.4, EL_E_DATA, "no round of 4 requests in 0.4 s");
}

static bool at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void cancelled(void **state)
{
    const el_task task = {.cancelled = at_once};
    el_trial_ask a = ask(NULL, NULL);
    el_trial t = {.n_all = 77};

    (void)state;
    assert_int_equal(el_trial_run(&a, &task, &t, NULL), EL_E_CANCELLED);
    assert_int_equal(t.n_all, 77);
    assert_int_equal(el_mem_live(), 0);
}

/* Not every k: each takes the time of a trial. */
static void out_of_memory(void **state)
{
    el_fake_openai server;
    el_load *load;
    el_meter *meter = NULL;
    el_trial_ask a;
    el_status st = EL_E_NOMEM;
    long base;
    int failed = 0;

    (void)state;
    start(usual, &server);
    load = connect_to(&server);
    assert_int_equal(el_meter_open("nvml", &meter, NULL), EL_OK);
    a = ask(load, meter);
    base = el_mem_live();
    for (long k = 0; st != EL_OK && k < 400; k += k < 12 ? 1 : 29) {
        el_trial t = {.n_device = 0};

        el_mem_fail_at(k);
        st = el_trial_run(&a, NULL, &t, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_trial_clear(&t);
        failed += st != EL_OK;
        /* the client keeps what it grew between runs */
        assert_true(el_mem_live() <= base + 64);
    }
    assert_true(failed > 5);
    el_load_close(load);
    el_meter_close(meter);
    el_fake_openai_stop(&server);
    assert_int_equal(el_mem_live(), 0);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(el_trial_tag(0), "not_steady");
    assert_null(el_trial_tag(9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_a_meter),  cmocka_unit_test(without),
        cmocka_unit_test(refused),       cmocka_unit_test(cancelled),
        cmocka_unit_test(out_of_memory), cmocka_unit_test(names)};

    return cmocka_run_group_tests(tests, set_up, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */
