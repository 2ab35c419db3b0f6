/* SPDX-License-Identifier: Apache-2.0 */
/* Requests made up from a vLLM server's counters: as many, as long and as early
 * as the server counted. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "el_oom.h"
#include "io/json.h"
#include "io/vllm_log.h"
#include "io/vllm_metrics.h"

/* A page of an engine that has served n requests of 100 to 200 tokens and n
 * answers, half of 5 to 10 tokens, half above the last bound. */
static void print_page(el_buf *out, int engine, double n, const char *stamp)
{
    static const struct {
        const char *name;
        double le[3], upto[3], sum;
    } both[] = {{"prompt", {100, 200, INFINITY}, {0, 1, 1}, 160},
                {"generation", {5, 10, INFINITY}, {0, 0.5, 1}, 24}};

    el_buf_printf(out,
                  "# HELP vllm:num_requests_running x\n"
                  "process_start_time_seconds 1700000000%s\n",
                  stamp);
    el_buf_printf(out,
                  "vllm:num_requests_running{engine=\"%d\",model_name=\"m\"} "
                  "3%s\n",
                  engine, stamp);
    el_buf_printf(out,
                  "vllm:generation_tokens_total{engine=\"%d\",model_name="
                  "\"m\"} %g%s\n",
                  engine, 30 * n, stamp);
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 3; k++) {
            char le[16] = "+Inf";

            if (k < 2)
                (void)snprintf(le, sizeof le, "%.1f", both[i].le[k]);
            el_buf_printf(out,
                          "vllm:request_%s_tokens_bucket{engine=\"%d\",le="
                          "\"%s\",model_name=\"m\"} %g%s\n",
                          both[i].name, engine, le, n * both[i].upto[k], stamp);
        }
        el_buf_printf(out,
                      "vllm:request_%s_tokens_sum{engine=\"%d\",model_name="
                      "\"m\"} %g%s\n",
                      both[i].name, engine, n * both[i].sum, stamp);
    }
}

static char path[64];

static void write_file(const el_buf *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    (void)fputs(el_buf_text(text), f);
    (void)fclose(f);
}

/* The pages in `text` as one file. */
static el_status take(const el_buf *text, double span_s, el_lengths *out,
                      el_vllm_said *said, el_error *err)
{
    const char *names[] = {path};
    const el_vllm_ask ask = {1, names, span_s, 7};

    write_file(text);
    return el_vllm_log_read(&ask, out, said, err);
}

static double mean(const double *v, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (double)n;
}

/* Two engines, three pages: what the first page shows came before. */
static void counts_are_kept(void **state)
{
    el_buf text = {0};
    el_lengths l;
    el_vllm_said said;
    size_t early = 0;

    (void)state;
    for (int page = 0; page < 3; page++)
        for (int engine = 0; engine < 2; engine++)
            print_page(&text, engine, page == 0 ? 50 : 50 + 400 * page, "");
    /* process_start_time_seconds stands on each engine's page: cut it */
    for (char *at = text.text; (at = strstr(at, "process_start")) != NULL;)
        *at = '#';
    assert_int_equal(take(&text, 200.0, &l, &said, NULL), EL_OK);
    assert_int_equal(l.n, 1600);
    assert_close(l.until_s, 200, 0, 0);
    assert_true(isnan(l.start_s));
    for (size_t i = 0; i < l.n; i++) {
        assert_true(i == 0 || l.arrive_s[i] >= l.arrive_s[i - 1]);
        assert_true(l.isl[i] > 100 && l.isl[i] <= 200);
        assert_true((l.osl[i] > 5 && l.osl[i] <= 10) || l.osl[i] > 10);
        early += l.arrive_s[i] < 100.0;
    }
    assert_int_equal(early, 800); /* 400 of each engine in each interval */
    assert_close(mean(l.isl, l.n), 160, 2e-3, 0);
    assert_close(mean(l.osl, l.n), 24, 5e-3, 0);
    assert_int_equal(said.n_page, 3);
    assert_string_equal(said.model, "m");
    assert_close(said.output_tokens, 2 * 30 * 800, 0, 0);
    assert_close(said.running, 6, 0, 0);
    assert_int_equal(said.n_engine, 2);
    assert_true(isnan(said.ttft_s));
    el_lengths_clear(&l);
    el_buf_clear(&text);
}

/* One page with a stamp counts from the server's start; the clock is known. */
static void stamps(void **state)
{
    el_buf text = {0};
    el_lengths l;
    el_vllm_said said;
    el_error err = {0};

    (void)state;
    print_page(&text, 0, 10, " 1700000100000");
    assert_int_equal(take(&text, NAN, &l, &said, NULL), EL_OK);
    assert_int_equal(l.n, 10);
    assert_close(l.start_s, 1.7e9, 0, 0);
    assert_close(said.span_s, 100, 0, 0);
    el_lengths_clear(&l);
    assert_int_equal(take(&text, 50, &l, &said, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "have time stamps"));
    print_page(&text, 0, 20, " 1700000090000");
    assert_int_equal(take(&text, NAN, &l, &said, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "page 2: not later"));
    print_page(&text, 0, 20, "");
    assert_int_equal(take(&text, NAN, &l, &said, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "2 of 3 pages have a time stamp"));
    el_buf_clear(&text);
}

/* A counter that fell was reset: it has gained what it shows. */
static void restart(void **state)
{
    el_buf text = {0};
    el_lengths l;
    el_vllm_said said;
    el_error err = {0};

    (void)state;
    print_page(&text, 0, 100, "");
    print_page(&text, 0, 40, "");
    assert_int_equal(take(&text, 60, &l, &said, NULL), EL_OK);
    assert_int_equal(l.n, 40);
    assert_true(said.n_restart > 0);
    el_lengths_clear(&l);
    el_buf_clear(&text);
    print_page(&text, 0, 40, ""); /* nothing between two pages */
    print_page(&text, 0, 40, "");
    assert_int_equal(take(&text, 60, &l, &said, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "0 requests finished"));
    el_buf_clear(&text);
}

static void refused(const char *from, const char *to, double span_s,
                    const char *want)
{
    el_buf text = {0};
    el_lengths l = {.n = 99};
    el_vllm_said said;
    el_error err = {0};
    char *at;

    print_page(&text, 0, 0, "");
    print_page(&text, 0, 10, "");
    while (*from && (at = strstr(text.text, from)) != NULL)
        for (size_t i = 0; to[i]; i++) /* of one length */
            at[i] = to[i];
    assert_true(take(&text, span_s, &l, &said, &err) != EL_OK);
    if (!strstr(err.message, want))
        fail_msg("\"%s\" not in \"%s\"", want, err.message);
    assert_int_equal(l.n, 99);
    el_buf_clear(&text);
    assert_int_equal(el_mem_live(), 0);
}

static void bad_pages(void **state)
{
    (void)state;
    refused("", "", NAN, "--span says how long it was from the first");
    refused("vllm:", "sgln:", 60, "no metric of vLLM");
    refused("_tokens_bucket", "_tokens_brocken", 60, "no whole histogram");
    refused("prompt_tokens_sum", "prompt_tokens_som", 60,
            "histogram vllm:request_prompt_tokens");
    refused("le=\"+Inf\"", "le=\"1000\"", 60, "no whole histogram");
    refused("le=\"5.0\"", "le=\"5_0\"", 60, "a bucket without le");
    refused("} 300", "} NaN", 60, "vllm:generation_tokens_total\": nan is no");
    refused("generation_tokens_bucket{engine=\"0\",le=\"+Inf\",model_name="
            "\"m\"} 10",
            "generation_tokens_bucket{engine=\"0\",le=\"+Inf\",model_name="
            "\"m\"} 11",
            60, "10 prompts but 11 answers");
    refused("\"0\",model_name=\"m\"} 240", "\"0\",model_name=\"q\"} 240", 60,
            "two models, m and q");
}

static void put_series(el_buf *out, const char *name, const char *le,
                       const double v[3])
{
    el_buf_printf(out,
                  "%s{\"metric\": {\"__name__\": \"vllm:%s\"%s%s%s, "
                  "\"model_name\": \"a \\\"m\\\"\"}, \"values\": [",
                  out->text[out->len - 1] == '[' ? "" : ", ", name,
                  *le ? ", \"le\": \"" : "", le, *le ? "\"" : "");
    for (int k = 0; k < 3; k++)
        if (!isnan(v[k]))
            el_buf_printf(out, "%s[%d, \"%g\"]", k ? ", " : "",
                          1700000000 + 60 * k, v[k]);
    el_buf_add(out, "]}");
}

static double span_s = 60.0; /* of once() */

static el_status once(void)
{
    const char *names[] = {path};
    const el_vllm_ask ask = {1, names, span_s, 7};
    el_lengths l;
    el_vllm_said said;
    el_status st = el_vllm_log_read(&ask, &l, &said, NULL);

    if (st == EL_OK)
        el_lengths_clear(&l);
    return st;
}

static void out_of_memory(void **state)
{
    el_buf text = {0};

    (void)state;
    print_page(&text, 0, 0, "");
    print_page(&text, 0, 10, "");
    write_file(&text);
    el_buf_clear(&text);
    el_test_oom(once, 8, 200);
    el_buf_add(&text, "{\"data\": {\"resultType\": \"matrix\", \"result\": [");
    put_series(&text, "request_prompt_tokens_bucket", "+Inf",
               (double[]){5, 15, 35});
    put_series(&text, "request_prompt_tokens_sum", "",
               (double[]){200, 600, 1400});
    put_series(&text, "request_generation_tokens_bucket", "+Inf",
               (double[]){5, 15, 35});
    put_series(&text, "request_generation_tokens_sum", "",
               (double[]){25, 75, 175});
    el_buf_add(&text, "]}}");
    write_file(&text);
    el_buf_clear(&text);
    span_s = NAN;
    el_test_oom(once, 30, 1000);
}

/* What Prometheus kept: the same counters, a series each. */
static void kept_by_prometheus(void **state)
{
    el_buf text = {0};
    el_lengths l = {.n = 99};
    el_vllm_said said;
    el_error err = {0};
    char *at;

    (void)state;
    el_buf_add(&text, "{\"status\": \"success\", \"data\": {\"resultType\": "
                      "\"matrix\", \"result\": [");
    put_series(&text, "request_prompt_tokens_bucket", "100.0",
               (double[]){5, 15, 35});
    put_series(&text, "request_prompt_tokens_bucket", "+Inf",
               (double[]){5, 15, 35});
    put_series(&text, "request_prompt_tokens_sum", "",
               (double[]){200, 600, 1400});
    put_series(&text, "request_generation_tokens_bucket", "10.0",
               (double[]){5, 15, 35});
    put_series(&text, "request_generation_tokens_bucket", "+Inf",
               (double[]){5, 15, 35});
    put_series(&text, "request_generation_tokens_sum", "",
               (double[]){25, 75, 175});
    put_series(&text, "num_requests_running", "", (double[]){2, NAN, 4});
    el_buf_add(&text, "]}}");
    assert_int_equal(take(&text, NAN, &l, &said, &err), EL_OK);
    assert_int_equal(l.n, 30); /* 10 and 20 */
    assert_int_equal(said.n_page, 3);
    assert_string_equal(said.model, "a \"m\"");
    assert_close(said.span_s, 120, 0, 0);
    assert_close(l.start_s, 1.7e9, 0, 0);
    assert_true(l.arrive_s[9] < 60 && l.arrive_s[10] >= 60);
    assert_close(mean(l.isl, l.n), 40, 0.02, 0);
    el_lengths_clear(&l);
    l.n = 99;
    at = strstr(text.text, "matrix");
    assert_non_null(at);
    at[0] = 'M'; /* another kind */
    assert_int_equal(take(&text, NAN, &l, &said, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "/api/v1/query_range is needed"));
    text.len = 0;
    el_buf_add(&text, "{\"status\": \"error\", \"error\": \"parse error\"}");
    assert_int_equal(take(&text, NAN, &l, &said, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "Prometheus says: parse error"));
    text.len = 0;
    el_buf_add(&text, "{\"data\": {\"resultType\": \"matrix\", \"result\": "
                      "[{\"metric\": {}, \"values\": [[1, \"2\"]]}]}}");
    assert_int_equal(take(&text, NAN, &l, &said, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "data.result[0].metric: no __name__"));
    assert_int_equal(l.n, 99);
    el_buf_clear(&text);
    assert_int_equal(el_mem_live(), 0);
}

/* A server's own pages, where they are at hand. */
static void real_pages(void **state)
{
    const char *names[] = {
        EL_SHARED "/samples/vllm/metrics_vllm_0_25_1_idle.txt",
        EL_SHARED "/samples/vllm/metrics_vllm_0_25_1_loaded.txt"};
    const el_vllm_ask ask = {2, names, 20, 7};
    el_lengths l;
    el_vllm_said said;

    (void)state;
    if (access(names[0], R_OK) != 0)
        skip();
    assert_int_equal(el_vllm_log_read(&ask, &l, &said, NULL), EL_OK);
    assert_int_equal(l.n, 600); /* all of 512 + 256 tokens */
    assert_close(mean(l.isl, l.n), 512, 1e-3, 0);
    assert_close(mean(l.osl, l.n), 256, 1e-3, 0);
    assert_close(said.ttft_s, 88.24499082565308 / 664, 1e-12, 0);
    assert_close(said.itl_s, 998.1225105317717 / 164629, 1e-12, 0);
    assert_close(said.cached_share, 2480.0 / 339968, 1e-12, 0);
    el_lengths_clear(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_kept), cmocka_unit_test(stamps),
        cmocka_unit_test(restart),         cmocka_unit_test(bad_pages),
        cmocka_unit_test(out_of_memory),   cmocka_unit_test(kept_by_prometheus),
        cmocka_unit_test(real_pages),
    };
    int failed, fd;

    el_json_init();
    (void)snprintf(path, sizeof path, "/tmp/el_vllm_XXXXXX");
    fd = mkstemp(path);
    if (fd < 0)
        return 1;
    (void)close(fd);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
