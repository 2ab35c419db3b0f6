/* SPDX-License-Identifier: Apache-2.0 */
/* What files hold that nobody planned: other encodings, text around the JSON,
 * a last line that breaks off, records of which nothing can be used. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "io/import_docs.h"
#include "io/json.h"

static el_import take(const char *text, const char *format)
{
    el_import got = {0};
    el_error err = {0};

    if (el_import_parse(text, strlen(text), "f", NULL, &got, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_string_equal(got.format, format);
    return got;
}

static void refuse(const char *text, const char *why)
{
    el_import got = {0};
    el_error err = {0};

    assert_int_equal(el_import_parse(text, strlen(text), "f", NULL, &got, &err),
                     EL_E_DATA);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" does not say \"%s\"", err.message, why);
    assert_int_equal(el_mem_live(), 0);
}

static bool says(const el_import *got, const char *what)
{
    return strstr(el_buf_text(&got->said), what) != NULL;
}

/* --- from bytes to documents --- */

static const struct {
    const char *bytes;
    size_t n;
    const char *utf8; /* NULL: broken */
} wide[] = {
    {"\xFF\xFE\x3D\xD8\x00\xDE", 6, "\xF0\x9F\x98\x80"}, /* U+1F600 */
    {"\xFE\xFF\xD8\x3D\xDE\x00", 6, "\xF0\x9F\x98\x80"},
    {"\xFF\xFE\xE9\x00\xAC\x20", 6, "\xC3\xA9\xE2\x82\xAC"},
    {"\xFF\xFE\x41\x00\x42", 5, "A"}, /* half a unit at the end */
    {"\xFF\xFE\x3D\xD8\x41\x00", 6, NULL},
    {"\xFF\xFE\x00\xDE\x41\x00", 6, NULL},
    {"\xFF\xFE\x3D\xD8", 4, NULL},
};

static void test_wide(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        char *text = NULL;
        size_t len = 0;
        el_error err = {0};
        el_status st =
            el_import_decode(wide[i].bytes, wide[i].n, "w", &text, &len, &err);

        if (wide[i].utf8) {
            assert_int_equal(st, EL_OK);
            assert_string_equal(text, wide[i].utf8);
            assert_int_equal(len, strlen(wide[i].utf8));
        } else {
            assert_int_equal(st, EL_E_DATA);
            assert_string_equal(err.message, "w: broken UTF-16 text");
            assert_null(text);
        }
        el_free(text);
    }
}

static const struct {
    const char *text;
    size_t n;     /* documents */
    bool is_cut;  /* in the last line */
    bool refused; /* it begins like JSON */
} docs[] = {
    {"{\"a\": 1}\n", 1, false, false},
    {"[{\"a\": 1}, {\"b\": 2}]", 2, false, false},
    {"{\"a\": 1}\n\n{\"b\": 2}\n", 2, false, false},
    {"{\"a\": 1}\n{\"b\": ", 1, true, false},
    {"{\"a\": 1}\n{\"b\": \n \n", 1, true, false},
    {"{\"a\": 1}\n7\n{\"b\": 2}\n", 0, false, true},
    {"{\"a\": ", 0, false, true},
    {"loading\n{\"a\": \"}\\\"]\", \"b\": [1]}\ndone\n", 1, false, false},
    {"loading\n[{\"a\": 1}]\n", 1, false, false},
    {"loading\n{\"a\": ", 0, false, false},
    {"loading\n{a}\n", 0, false, false},
    {"loading\nno document\n", 0, false, false},
    {"{\"a\": -Infinity, \"b\": NaN, \"c\": \"NaN\"}", 1, false, false},
    {"{\"a\": NaN, \"b\": NaN, \"c\": [Infinity, NaN]}", 1, false, false},
};

static void test_docs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof docs / sizeof *docs; i++) {
        el_import_file f = {
            "f", docs[i].text, strlen(docs[i].text), NULL, false, false, {0}};
        el_status st = el_import_docs(&f, NULL);

        if (st != (docs[i].refused ? EL_E_DATA : EL_OK) ||
            json_array_size(f.docs) != docs[i].n ||
            f.cut_lines != docs[i].is_cut)
            fail_msg("\"%s\": %d, %zu documents, cut %d", docs[i].text, st,
                     json_array_size(f.docs), f.cut_lines);
        json_decref(f.docs);
        assert_int_equal(el_mem_live(), 0);
    }
}

static void test_docs_out_of_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof docs / sizeof *docs; i++) {
        el_status st;
        long k = 0;

        do {
            el_import_file f = {"f",  docs[i].text, strlen(docs[i].text),
                                NULL, false,        false,
                                {0}};

            el_mem_fail_at(k);
            st = el_import_docs(&f, NULL);
            el_mem_fail_at(-1);
            json_decref(f.docs);
            assert_int_equal(el_mem_live(), 0);
        } while (st == EL_E_NOMEM && ++k < 200);
        assert_int_equal(st, docs[i].refused ? EL_E_DATA : EL_OK);
        assert_true(k > 0);
    }
}

/* --- llama-bench --- */

#define TEST                                                                   \
    "{\"model_filename\": \"m.gguf\", \"n_prompt\": 8, \"n_gen\": 0, "         \
    "\"avg_ns\": 1e9, \"avg_ts\": 8}"

static void test_llama(void **state)
{
    el_import got = take("[" TEST ", {\"a\": 1}]", "llama-bench");

    (void)state;
    assert_int_equal(got.n_row, 1);
    assert_int_equal(got.n_skipped, 1);
    el_import_clear(&got);
    got = take(TEST "\n" TEST "\n{\"model", "llama-bench");
    assert_int_equal(got.n_row, 2);
    assert_true(says(&got, "the last line breaks off"));
    el_import_clear(&got);
    got = take("| model | test | t/s |\n"
               "| ----- | ---: | --: |\n"
               "| m | pp8+tg2 | 5.00 |\n"
               "| m | pp8 | 0.00 |\n"
               "| m | nothing | 5.00 |\n"
               "| m | pp8 @ d16 more words than any test of llama-bench has "
               "ever had in its name | 5.00 |\n"
               "| m | tg2 @ d16 | 4.00 | one cell more |\n"
               "| m | tg2 | 4.0",
               "llama-bench");
    assert_int_equal(got.n_row, 1);
    assert_int_equal(got.n_skipped, 3);
    assert_close(got.row->latency_s, 2, 1e-15, 0);
    assert_close(got.row->input_tokens, 8, 0, 0);
    assert_close(got.row->output_tokens, 2, 0, 0);
    assert_null(got.row->quality_flag);
    el_import_clear(&got);
}

/* --- AIPerf --- */

#define REQUEST(meta, metrics)                                                 \
    "{\"metadata\": {" meta "}, \"metrics\": {" metrics "}}\n"
#define MS(name, v) "\"" name "\": {\"value\": " v ", \"unit\": \"ms\"}"

static void test_aiperf(void **state)
{
    const char *answered = REQUEST(
        "\"benchmark_phase\": \"profiling\", \"request_start_ns\": 1e9",
        MS("request_latency", "500.0") ", " MS("time_to_first_token", "0.0"));
    const char *warm_up =
        REQUEST("\"benchmark_phase\": \"warmup\", \"request_start_ns\": 1e9",
                MS("request_latency", "900.0"));
    const char *failed = REQUEST(
        "\"benchmark_phase\": \"profiling\", \"request_start_ns\": 1e9", "");
    char text[1024];
    el_import got;

    (void)state;
    (void)snprintf(text, sizeof text, "%s%s%s{\"other\": 1}\n{\"meta", warm_up,
                   answered, failed);
    got = take(text, "aiperf");
    assert_int_equal(got.n_row, 1);
    assert_int_equal(got.n_skipped, 1);
    assert_int_equal(got.n_not_positive, 1); /* the first token at 0 */
    assert_close(got.row->latency_s, .5, 1e-15, 0);
    assert_close(got.row->requests, 1, 0, 0);
    assert_true(isnan(got.row->ttft_s) && isnan(got.row->itl_s));
    assert_true(says(&got, "one row of 1 requests (1 failed)"));
    assert_true(says(&got, "the last line breaks off"));
    el_import_clear(&got);
    refuse(failed, "all 1 requests failed");
}

/* --- optimum-benchmark --- */

#define PHASE(s, kwh)                                                          \
    "{\"latency\": {\"unit\": \"s\", \"mean\": " s                             \
    "}, \"energy\": {\"unit\": "                                               \
    "\"kWh\", \"gpu\": " kwh "}}"
#define SCENARIO(more)                                                         \
    "{\"config\": {\"backend\": {\"name\": \"b\", \"model\": \"a/b\"}, "       \
    "\"scenario\": {" more "}}, \"report\": {\"prefill\": " PHASE(             \
        "0.5", "1e-6") ", \"decode\": " PHASE("1.0", "2e-6") "}}"

static void test_optimum(void **state)
{
    el_import got = take(SCENARIO("\"new_tokens\": 11"), "optimum-benchmark");

    (void)state;
    assert_close(got.row->output_tokens, 11, 0, 0);
    assert_close(got.row->itl_s, .1, 1e-12, 0);
    assert_true(isnan(got.row->energy_j)); /* of how many requests? */
    assert_true(says(&got, "10.8 J, but of how many requests is not told"));
    el_import_clear(&got);
    got = take(SCENARIO("\"new_tokens\": 1"), "optimum-benchmark");
    assert_true(isnan(got.row->itl_s)); /* no gap between one token */
    el_import_clear(&got);
    got = take("model_name,task,successful_prompts,total_prompt_tokens,"
               "total_completion_tokens,avg_latency_seconds,gpu_energy_wh\n"
               "a/b,chat,10,1000,500,2.5,0.5\n"
               "a/b,chat,0,1000,500,2.5,0.5\n"
               "a/b,chat\n",
               "optimum-benchmark-csv");
    assert_int_equal(got.n_row, 2);
    assert_int_equal(got.n_skipped, 1);
    assert_close(got.row[0].input_tokens, 100, 0, 0);
    assert_close(got.row[0].output_tokens, 50, 0, 0);
    assert_close(got.row[0].energy_j, 1800, 1e-12, 0);
    assert_true(isnan(got.row[1].requests) && isnan(got.row[1].input_tokens));
    el_import_clear(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_docs),
        cmocka_unit_test(test_docs_out_of_memory),
        cmocka_unit_test(test_llama),
        cmocka_unit_test(test_aiperf),
        cmocka_unit_test(test_optimum),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
