/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "el_test.h"
#include "meter/meter.h"

static char path[] = "/tmp/el_replay_XXXXXX";
static char spec[64];

static int set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    (void)snprintf(spec, sizeof spec, "replay:%s", path);
    return fd < 0 ? 1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void plays_back(void **state)
{
    const struct timespec nap = {0, 300000000};
    el_meter *m = NULL;
    el_meter_device d;
    el_error err;
    el_reading s;

    (void)state;
    put("device,time_s,power_w,energy_j,temp_c,name,other\r\n"
        "A,100,50,1000,,H100,x\r\n"
        "B,100,70,,40,,\r\n"
        "A,200,50,2000,,,\r\n"
        "\r\n"
        "B,100.2,70,,,,\r\n");
    assert_int_equal(el_meter_open(spec, &m, NULL), EL_OK);
    assert_int_equal(el_meter_count(m), 2);
    assert_int_equal(el_meter_describe(m, 0, &d, NULL), EL_OK);
    assert_string_equal(d.id, "A");
    assert_string_equal(d.name, "H100");
    assert_int_equal(d.can, EL_HAVE_POWER | EL_HAVE_ENERGY);
    assert_int_equal(el_meter_read(m, 0, true, &s, NULL), EL_OK);
    assert_close(s.power_w, 50, 1e-12, 0);
    assert_close(s.energy_j, 1000, 0, 0); /* stands until the next row */
    assert_int_equal(nanosleep(&nap, NULL), 0);
    assert_int_equal(el_meter_read(m, 1, true, &s, &err), EL_E_DEVICE);
    assert_true(strstr(err.message, "ends after 0.2 s") != NULL);
    assert_int_equal(el_meter_read(m, 0, true, &s, NULL), EL_OK);
    el_meter_close(m);
}

static void refuses(const char *text, const char *says)
{
    el_meter *m = NULL;
    el_error err = {0};

    put(text);
    assert_int_equal(el_meter_open(spec, &m, &err), EL_E_DATA);
    assert_null(m);
    if (!strstr(err.message, says))
        fail_msg("\"%s\" lacks \"%s\"", err.message, says);
    assert_int_equal(el_mem_live(), 0);
}

#define HEAD "time_s,device,power_w\n"

static void bad_files(void **state)
{
    el_meter *m = NULL;

    (void)state;
    refuses("", "empty");
    refuses("\n", ":1: columns time_s and device");
    refuses("time_s,device\n", "power_w or energy_j");
    refuses(HEAD, "no reading");
    refuses(HEAD "1,A\n", ":2: fewer cells");
    refuses(HEAD "1,A,x\n", ":2: power_w: not a number: \"x\"");
    refuses(HEAD "1,A,nan\n", "not a number");
    refuses(HEAD "1,A,1e999\n", "not a number");
    refuses(HEAD "1,A,0x10\n", "not a number");
    refuses(HEAD "1,A,-5\n", "below 0");
    refuses(HEAD ",A,5\n", "time_s is blank");
    refuses(HEAD "1,,5\n", "device");
    refuses(HEAD "1,A,5\n0.5,A,5\n", ":3: time_s does not grow");
    refuses(HEAD "1,\"A\",5\n", "quoted");
    refuses("time_s,device,power_w,throttle\n1,A,5,8\n", "throttle");
    assert_int_equal(el_meter_open("replay:/nonexistent", &m, NULL), EL_E_IO);
}

static void out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    put(HEAD "1,A,5\n2,A,5\n1,B,5\n");
    do {
        el_meter *m = NULL;

        el_mem_fail_at(k);
        st = el_meter_open(spec, &m, NULL);
        el_mem_fail_at(-1);
        el_meter_close(m);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 30);
    assert_int_equal(st, EL_OK);
    assert_true(k >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plays_back),
                                       cmocka_unit_test(bad_files),
                                       cmocka_unit_test(out_of_memory)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
