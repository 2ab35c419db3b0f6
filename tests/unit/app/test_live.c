/* SPDX-License-Identifier: Apache-2.0 */
/* Joules as they go: a recording summed up, what cannot be watched refused. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/live.h"
#include "app/live_part.h"
#include "base/clock.h"
#include "el_oom.h"
#include "io/kept.h"

static char path[] = "/tmp/el_live_XXXXXX";
static char spec[64];

static int set_up(void **state)
{
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

    (void)state;
    (void)snprintf(spec, sizeof spec, "replay:%s", path);
    if (!f)
        return 1;
    (void)fputs("device,time_s,power_w\nA,0,50\nA,1000,50\nB,0,8\nB,0.3,8\n",
                f);
    return fclose(f);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void nap(double time_s)
{
    const struct timespec t = {0, (long)(1e9 * time_s)};

    (void)nanosleep(&t, NULL);
}

/* Constant power: the energy is that of the time between first and last
 * reading, which lie where the clock says. */
static void sums_up(void **state)
{
    static el_live_now now;
    double before_s = el_clock_s(), open_s, look_s, least_s;
    el_live_meter *m = NULL;

    (void)state;
    assert_int_equal(el_live_meter_open(spec, &m, NULL), EL_OK);
    open_s = el_clock_s();
    assert_close(el_live_meter_interval_s(m), 0.2, 0, 0); /* no counter */
    for (int i = 0; i < 3; i++) {
        nap(0.05);
        look_s = el_clock_s();
        el_live_meter_look(m);
    }
    least_s = look_s - open_s;
    el_live_meter_copy(m, &now);
    assert_string_equal(now.meter, "replay");
    assert_int_equal(now.n_device, 2);
    assert_close(now.device[0].power_w, 50.0, 0, 1e-9);
    assert_true(now.device[0].energy_j >= 50.0 * least_s);
    assert_true(now.device[0].energy_j <= 50.0 * (el_clock_s() - before_s));
    assert_true(isnan(now.device[0].counter_j));
    assert_int_equal(now.device[0].n_failed, 0);
    while (el_clock_s() < before_s + 0.4) /* B's recording has ended */
        nap(0.05);
    el_live_meter_look(m);
    el_live_meter_copy(m, &now);
    assert_true(isnan(now.device[1].power_w)); /* not 0 */
    assert_true(now.device[1].n_failed >= 1 && now.device[0].n_failed == 0);
    assert_true(now.device[1].energy_j > 0.0);
    el_live_meter_close(m);
    el_live_meter_close(NULL);
    assert_int_equal(el_mem_live(), 0);
}

static el_live_ask ask_of(const char *current)
{
    el_live_ask ask = {.url = "http://127.0.0.1:9", .every_s = 60.0};

    ask.ask.model = "llama-3.1-8b";
    ask.ask.axis[EL_SETUP_GPU] = (el_choices){.n = 1, .v = {"h100"}};
    ask.ask.current = current;
    ask.ask.query.gpus = 65536.0;
    ask.ask.query.node_gpus = 1.0;
    ask.ask.query.percentile = 95.0;
    ask.ask.query.request_rate_hz = NAN;
    ask.ask.query.ttft_s = ask.ask.query.tpot_s = ask.ask.query.latency_s = NAN;
    return ask;
}

static void refuses(void **state)
{
    el_live_ask ask = ask_of(NULL);
    el_live *live = NULL;
    el_error err = {0};

    (void)state;
    assert_int_equal(el_live_open(&ask, NULL, &live, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "--config"));
    ask = ask_of("tp=3"); /* heads do not divide */
    assert_int_equal(el_live_open(&ask, NULL, &live, &err), EL_E_DATA);
    ask = (el_live_ask){.meter = "nosuch"};
    assert_int_equal(el_live_open(&ask, NULL, &live, &err), EL_E_ARG);
    assert_null(live);
    assert_int_equal(el_mem_live(), 0);
}

/* A server that is not there is not an error: it may come. */
static void nobody_there(void **state)
{
    static el_live_now now;
    el_live_ask ask = ask_of("tp=1,batch=8");
    el_live *live = NULL;
    el_error err = {0};
    el_status st = el_live_open(&ask, NULL, &live, &err);

    (void)state;
    if (st == EL_E_DEVICE)
        skip(); /* no libcurl */
    assert_int_equal(st, EL_OK);
    do {
        nap(0.02);
        el_live_read(live, &now);
    } while (now.server.n_look == 0);
    assert_true(now.has_server && !now.server.up);
    assert_int_equal(now.server.n_failed, 1);
    assert_non_null(strstr(now.server.why, "127.0.0.1:9"));
    assert_close(now.server.idle_j, 0.0, 0, 0);
    assert_true(isnan(now.server.power_w));
    el_live_close(live);
    assert_int_equal(el_mem_live(), 0);
}

static el_status open_meter(void)
{
    const el_live_ask ask = {.meter = spec};
    el_live *live;
    el_status st = el_live_open(&ask, NULL, &live, NULL);

    if (st == EL_OK)
        el_live_close(live);
    return st;
}

static el_status open_page(void)
{
    const el_live_ask ask = ask_of("tp=1,batch=4");
    el_live_page *page;
    el_status st = el_live_page_open(&ask, &page, NULL);

    if (st == EL_OK)
        el_live_page_close(page);
    return st;
}

static void out_of_memory(void **state)
{
    (void)state;
    el_test_oom(open_meter, 3, 200);
    if (open_page() == EL_E_DEVICE)
        return;
    assert_int_equal(el_kept_open(NULL), EL_OK); /* or each try reads it all */
    el_test_oom(open_page, 20, 5000);
    el_kept_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_up),
        cmocka_unit_test(refuses),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
