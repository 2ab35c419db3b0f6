/* SPDX-License-Identifier: Apache-2.0 */
/* RAPL on a powercap folder of our own ($EL_POWERCAP_PATH). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "el_test.h"
#include "meter/meter.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): set before threads start */

static char root[] = "/tmp/el_rapl_XXXXXX";

static void put(const char *zone, const char *file, const char *text)
{
    char path[256];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", root, zone);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof path, "%s/%s/%s", root, zone, file);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void zone(const char *folder, const char *name, const char *energy_uj)
{
    put(folder, "name", name);
    put(folder, "energy_uj", energy_uj);
    put(folder, "max_energy_range_uj", "262143328850\n");
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(setenv("EL_POWERCAP_PATH", root, 1), 0);
    return 0;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command); /* NOLINT: a folder of our own */
}

static void nothing_there(void **state)
{
    el_meter *m = NULL;
    el_error err;

    (void)state;
    assert_int_equal(el_meter_open("rapl", &m, &err), EL_E_DEVICE);
    assert_true(strstr(err.message, "no CPU package") != NULL);
    assert_int_equal(setenv("EL_POWERCAP_PATH", "/nonexistent", 1), 0);
    assert_int_equal(el_meter_open("rapl", &m, &err), EL_E_DEVICE);
    assert_true(strstr(err.message, "no /nonexistent") != NULL);
    assert_int_equal(setenv("EL_POWERCAP_PATH", root, 1), 0);
}

static void zones(void **state)
{
    static const char *const want[] = {"package-0", "dram-0", "package-1"};
    el_meter *m = NULL;
    el_meter_device d;
    el_reading s;

    (void)state;
    zone("intel-rapl:1", "package-1\n", "5000000\n");
    zone("intel-rapl:0", "package-0\n", "123456789\n");
    zone("intel-rapl:0:0", "core\n", "1\n");
    zone("intel-rapl:0:1", "dram\n", "2500000\n");
    zone("intel-rapl:2", "psys\n", "1\n");           /* holds the packages */
    zone("intel-rapl-mmio:0", "package-0\n", "1\n"); /* the same again */
    put("intel-rapl", "enabled", "1\n");
    assert_int_equal(el_meter_open("rapl", &m, NULL), EL_OK);
    assert_int_equal(el_meter_count(m), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(el_meter_describe(m, i, &d, NULL), EL_OK);
        assert_string_equal(d.id, want[i]);
        assert_close(d.wrap_j, 262143.32885, 1e-12, 0);
        assert_int_equal(d.can, EL_HAVE_ENERGY);
    }
    assert_int_equal(el_meter_read(m, 0, true, &s, NULL), EL_OK);
    assert_close(s.energy_j, 123.456789, 1e-12, 0);
    put("intel-rapl:0", "energy_uj", "7000000\n"); /* same file, read anew */
    assert_int_equal(el_meter_read(m, 0, true, &s, NULL), EL_OK);
    assert_close(s.energy_j, 7, 1e-12, 0);
    el_meter_close(m);
}

/* Not a number is an error, never 0 J. */
static void rubbish(void **state)
{
    static const char *const text[] = {"",    "abc\n",  "-1\n",
                                       "12x", "0x10\n", "99999999999999999999",
                                       " 1",  "1e3\n"};
    el_meter *m = NULL;
    el_error err;
    el_reading s = {.energy_j = -1};

    (void)state;
    assert_int_equal(el_meter_open("rapl", &m, NULL), EL_OK);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        put("intel-rapl:0", "energy_uj", text[i]);
        assert_int_equal(el_meter_read(m, 0, true, &s, &err), EL_E_IO);
    }
    assert_close(s.energy_j, -1, 0, 0);
    put("intel-rapl:0", "energy_uj", "1\n");
    el_meter_close(m);
}

static void no_permission(void **state)
{
    char path[256];
    el_meter *m = NULL;
    el_error err = {0};
    el_status st;
    uid_t me = geteuid();

    (void)state;
    (void)snprintf(path, sizeof path, "%s/intel-rapl:0/energy_uj", root);
    assert_int_equal(chmod(path, 0), 0);
    if (me == 0) /* root may read everything: be somebody else for a moment */
        assert_int_equal(seteuid(65534), 0);
    st = el_meter_open("rapl", &m, &err);
    if (me == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(st, EL_E_DEVICE);
    assert_true(strstr(err.message, "permission denied") != NULL);
    assert_int_equal(chmod(path, 0644), 0);
}

static void out_of_memory(void **state)
{
    el_meter *m = NULL;

    (void)state;
    for (long k = 0; k < 2; k++) {
        el_mem_fail_at(k);
        assert_int_equal(el_meter_open("rapl", &m, NULL), EL_E_NOMEM);
        el_mem_fail_at(-1);
        assert_null(m);
        assert_int_equal(el_mem_live(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_there), cmocka_unit_test(zones),
        cmocka_unit_test(rubbish),       cmocka_unit_test(no_permission),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
/* NOLINTEND(concurrency-mt-unsafe) */
