/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prometheus.h"

static bool next(const char **at, const char *text, el_prom *p, size_t *bad)
{
    return el_prom_next(at, text + strlen(text), p, bad);
}

static void lines(void **state)
{
    const char *text = "# HELP x\n"
                       "\n"
                       "a_b:c 1.5\r\n"
                       "  d{x=\"1\",y=\"a}b\\\"c\\\\\"}  -2e3 1700000000000\n"
                       "e{} NaN\n"
                       "bad{x=\"1\" 3\n"
                       "bad\n"
                       "bad 1x\n"
                       "{x=\"1\"} 1\n"
                       "f{z=\"\",} 7 1700000000.5";
    const char *at = text;
    char value[16];
    size_t bad = 0;
    el_prom p;

    (void)state;
    assert_true(next(&at, text, &p, &bad));
    assert_true(el_prom_is(&p, "a_b:c"));
    assert_false(el_prom_is(&p, "a_b"));
    assert_close(p.value, 1.5, 0, 0);
    assert_true(isnan(p.time_s));
    assert_true(next(&at, text, &p, &bad));
    assert_true(el_prom_is(&p, "d"));
    assert_close(p.value, -2000, 0, 0);
    assert_close(p.time_s, 1.7e9, 0, 0);
    assert_true(el_prom_label(&p, "y", value, sizeof value));
    assert_string_equal(value, "a}b\"c\\");
    assert_true(el_prom_label(&p, "x", value, sizeof value));
    assert_string_equal(value, "1");
    assert_true(el_prom_label(&p, "y", value, 3));
    assert_string_equal(value, "a}");
    assert_false(el_prom_label(&p, "z", value, sizeof value));
    assert_string_equal(value, "");
    assert_true(next(&at, text, &p, &bad));
    assert_true(isnan(p.value));
    assert_true(next(&at, text, &p, &bad));
    assert_true(el_prom_is(&p, "f"));
    assert_close(p.time_s, 1700000000.5, 0, 0);
    assert_true(el_prom_label(&p, "z", value, sizeof value));
    assert_false(next(&at, text, &p, &bad));
    assert_int_equal(bad, 4);
}

/* A page of a real exporter, where it is at hand. */
static void a_real_page(void **state)
{
    FILE *f =
        fopen(EL_SHARED "/samples/power_dcgm/dcgm_exporter_tesla_t4.prom", "r");
    static char text[65536];
    const char *at = text;
    size_t len, bad = 0, n = 0;
    char uuid[64];
    el_prom p;

    (void)state;
    if (!f)
        skip();
    len = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    while (el_prom_next(&at, text + len, &p, &bad)) {
        n++;
        assert_true(el_prom_label(&p, "UUID", uuid, sizeof uuid));
        assert_int_equal(strncmp(uuid, "GPU-", 4), 0);
        if (n == 4) {
            assert_true(el_prom_is(&p, "DCGM_FI_DEV_POWER_USAGE"));
            assert_close(p.value, 8.969, 0, 0);
        }
    }
    assert_int_equal(bad, 0);
    assert_true(n > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines),
                                       cmocka_unit_test(a_real_page)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
