/* SPDX-License-Identifier: Apache-2.0 */
/* Watts and joules as Prometheus reads them. */
#include "el_test.h"

#include <string.h>

#include "base/prometheus.h"
#include "cli/live_metrics.h"

/* The sample of a name whose label has this value; false: none. */
static bool find(const el_buf *page, const char *name, const char *label,
                 const char *want, double *value)
{
    const char *at = el_buf_text(page), *end = at + page->len;
    size_t bad = 0;
    el_prom p;
    char text[128];

    while (el_prom_next(&at, end, &p, &bad))
        if (el_prom_is(&p, name) &&
            el_prom_label(&p, label, text, sizeof text) &&
            strcmp(text, want) == 0) {
            *value = p.value;
            return true;
        }
    assert_int_equal(bad, 0);
    return false;
}

/* Each family has one HELP and TYPE before its samples, counters end in _total
 * (but for DCGM's, which has a name of its own). */
static void check_form(const el_buf *page)
{
    char text[16384], family[128] = "";

    assert_true(page->len < sizeof text);
    memcpy(text, el_buf_text(page), page->len + 1);
    for (char *line = text, *next; *line; line = next) {
        char *end = strchr(line, '\n');

        assert_non_null(end);
        *end = '\0';
        next = end + 1;
        if (strncmp(line, "# HELP ", 7) == 0) {
            el_str_copy(family, sizeof family, line + 7);
            *strchr(family, ' ') = '\0';
            assert_null(strstr(next, line)); /* once */
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            size_t len = strlen(family);

            assert_int_equal(strncmp(line + 7, family, len), 0);
            if (strcmp(line + 7 + len, " counter") == 0 &&
                strncmp(family, "DCGM", 4) != 0)
                assert_string_equal(family + len - 6, "_total");
        } else {
            size_t len = strlen(family);

            assert_int_equal(strncmp(line, family, len), 0);
            assert_true(line[len] == '{');
        }
    }
}

static void print(const el_live_now *now, el_buf *out)
{
    el_live_metrics(now, out);
    assert_true(el_buf_ok(out));
    check_form(out);
}

static void boards(void **state)
{
    static el_live_now now;
    el_buf page = {0};
    double v = NAN;

    (void)state;
    now = (el_live_now){.meter = "nvml", .n_device = 2};
    now.device[0] = (el_live_device){
        .index = 0,
        .about = {.id = "GPU-0", .name = "odd \"name\" \\ of\ntwo lines"},
        .power_w = 250.5,
        .energy_j = 1000.0,
        .counter_j = 123456.789};
    now.device[1] = (el_live_device){.index = 3,
                                     .about = {.id = "GPU-3", .name = "H100"},
                                     .power_w = NAN,
                                     .energy_j = 7.0,
                                     .counter_j = NAN,
                                     .n_failed = 2};
    print(&now, &page);
    assert_true(find(&page, "energylens_measured_watts", "id", "GPU-0", &v));
    assert_close(v, 250.5, 0, 0);
    assert_non_null(strstr(page.text, "\"odd \\\"name\\\" \\\\ of\\ntwo"));
    assert_true(find(&page, "DCGM_FI_DEV_POWER_USAGE", "gpu", "0", &v));
    assert_close(v, 250.5, 0, 0);
    assert_true(find(&page, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "UUID",
                     "GPU-0", &v));
    assert_close(v, 123456789.0, 0, 0); /* mJ */
    /* missing is no line, not 0 */
    assert_false(find(&page, "DCGM_FI_DEV_POWER_USAGE", "gpu", "3", &v));
    assert_false(find(&page, "energylens_measured_watts", "id", "GPU-3", &v));
    assert_true(
        find(&page, "energylens_measured_joules_total", "device", "3", &v));
    assert_close(v, 7.0, 0, 0);
    assert_true(
        find(&page, "energylens_measured_failures_total", "id", "GPU-3", &v));
    assert_close(v, 2.0, 0, 0);
    el_buf_clear(&page);
}

static void packages(void **state)
{
    static el_live_now now;
    el_buf page = {0};
    double v = NAN;

    (void)state;
    now = (el_live_now){.meter = "rapl", .n_device = 1};
    now.device[0] =
        (el_live_device){.about = {.id = "package-1", .name = "CPU package-1"},
                         .power_w = 80.0,
                         .energy_j = 5.0,
                         .counter_j = 9.0};
    print(&now, &page);
    assert_true(find(&page, "kepler_node_cpu_watts", "index", "1", &v));
    assert_close(v, 80.0, 0, 0);
    assert_true(
        find(&page, "kepler_node_cpu_joules_total", "zone", "package", &v));
    assert_null(strstr(page.text, "DCGM"));
    el_buf_clear(&page);
    now.meter = "dcgm"; /* an exporter has its names already */
    print(&now, &page);
    assert_null(strstr(page.text, "DCGM"));
    assert_null(strstr(page.text, "kepler"));
    el_buf_clear(&page);
}

static void server(void **state)
{
    static el_live_now now;
    el_buf page = {0};
    double v = NAN;

    (void)state;
    print(&now, &page);
    assert_int_equal(page.len, 0);
    now = (el_live_now){.has_server = true,
                        .server = {.model = "m",
                                   .gpu = "g",
                                   .config = {1, 1, 1, 2, 8},
                                   .decode_j = 3.0,
                                   .output_tokens = 12.0,
                                   .power_w = NAN,
                                   .power_lo_w = NAN,
                                   .power_hi_w = NAN,
                                   .j_per_output_token = NAN,
                                   .in_flight = 2.0,
                                   .busy = 0.5}};
    print(&now, &page);
    assert_true(
        find(&page, "energylens_modelled_joules_total", "phase", "decode", &v));
    assert_close(v, 3.0, 0, 0);
    assert_true(
        find(&page, "energylens_watched_tokens_total", "kind", "output", &v));
    assert_close(v, 12.0, 0, 0);
    assert_true(find(&page, "energylens_watched_up", "config",
                     "tp=1 dp=2 batch=8", &v));
    assert_close(v, 0.0, 0, 0);
    assert_false(find(&page, "energylens_modelled_watts", "model", "m", &v));
    el_buf_clear(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(boards),
                                       cmocka_unit_test(packages),
                                       cmocka_unit_test(server)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
