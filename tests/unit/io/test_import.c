/* SPDX-License-Identifier: Apache-2.0 */
/* Importers on files made up here: what each field becomes, what is refused. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "el_import_sample.h"
#include "io/import.h"
#include "io/import_csv.h"
#include "io/import_docs.h"
#include "io/json.h"

static el_status parse(const char *text, const char *name, el_import *out,
                       el_error *err)
{
    return el_import_parse(text, strlen(text), name, NULL, out, err);
}

/* The sample of that name; el_import_clear. */
static el_import sample(const char *name)
{
    el_import got = {0};
    el_error err = {0};

    for (size_t i = 0; i < EL_N_IMPORT_SAMPLES; i++)
        if (strcmp(el_import_samples[i].name, name) == 0 &&
            parse(el_import_samples[i].text, name, &got, &err) != EL_OK)
            fail_msg("%s", err.message);
    assert_non_null(got.format);
    return got;
}

static void test_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < EL_N_IMPORT_SAMPLES; i++) {
        const el_import_sample *s = &el_import_samples[i];
        el_import got = sample(s->name);

        if (strcmp(got.format, s->format) != 0 || got.n_row != s->rows ||
            got.n_sample != s->readings || got.n_window != s->windows)
            fail_msg("%s: %s with %zu rows, %zu readings, %zu windows", s->name,
                     got.format, got.n_row, got.n_sample, got.n_window);
        for (size_t k = 0; k < got.n_row; k++)
            assert_string_equal(got.row[k].source_file, s->name);
        assert_true(got.used.n > 0);
        el_import_clear(&got);
        assert_int_equal(el_mem_live(), 0);
    }
}

/* Every format of the list has a sample here. */
static void test_all_covered(void **state)
{
    (void)state;
    for (size_t i = 0; el_importers[i]; i++) {
        bool found = false;

        for (size_t k = 0; k < EL_N_IMPORT_SAMPLES; k++)
            found = found || strcmp(el_import_samples[k].format,
                                    el_importers[i]->name) == 0;
        if (!found)
            fail_msg("%s has no sample", el_importers[i]->name);
    }
}

static bool lists(const el_import_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->name[i], name) == 0)
            return true;
    return false;
}

static void test_vllm(void **state)
{
    el_import got = sample("bench.json");
    const el_import_row *r = got.row;

    (void)state;
    assert_string_equal(r->model, "meta-llama/Llama-3.1-8B");
    assert_null(r->engine);
    assert_null(r->gpu);
    assert_true(isnan(r->tp) && isnan(r->energy_j));
    assert_close(r->input_tokens, 100, 0, 0);
    assert_close(r->output_tokens, 32, 0, 0);
    assert_close(r->ttft_s, .05, 1e-15, 0);
    assert_close(r->itl_s, .021, 1e-15, 0);
    assert_close(r->latency_s, .7, 1e-15, 0);
    assert_close(r->avg_batch, 1.4, 1e-15, 0);
    assert_close(r->concurrency, 4, 0, 0);
    assert_close(r->end_s - r->start_s, 10, 1e-12, 0);
    assert_int_equal(r->clock, EL_CLOCK_LOCAL);
    assert_true(lists(&got.used, "mean_ttft_ms"));
    assert_true(lists(&got.ignored, "backend"));
    assert_true(lists(&got.ignored, "request_goodput:"));
    assert_false(lists(&got.ignored, "mean_ttft_ms"));
    el_import_clear(&got);
    got = sample("suite.json");
    assert_close(got.row->output_tokens, 200, 0, 0);
    assert_close(got.row->input_tokens, 300, 0, 0);
    assert_null(got.row->gpu);
    el_import_clear(&got);
}

static void test_reports(void **state)
{
    el_import got = sample("sglang.jsonl");

    (void)state;
    assert_string_equal(got.row->model, "a/b");
    assert_null(got.row->precision); /* auto */
    assert_close(got.row->tp, 2, 0, 0);
    assert_close(got.row->output_tokens, 32, 0, 0);
    assert_int_equal(got.row->clock, EL_CLOCK_NONE);
    el_import_clear(&got);
    got = sample("trtllm.json"); /* 60 W of one GPU: 2 x 60 W x 2 s = 240 J */
    assert_close(got.row->energy_j, 240, 0, 0);
    assert_close(got.row->avg_power_w, 120, 0, 0);
    assert_string_equal(got.row->precision, "FP8");
    assert_close(got.row->batch_size, 4, 0, 0);
    el_import_clear(&got);
    got = sample("aiperf.json"); /* one board under two exporters */
    assert_close(got.row->measured_j, 700, 1e-9, 0);
    assert_int_equal(got.row->measured_gpus, 1);
    assert_string_equal(got.row->gpu, "NVIDIA L4");
    assert_close(got.row->avg_batch, 3, 1e-15, 0);
    assert_int_equal(got.row->clock, EL_CLOCK_UTC);
    el_import_clear(&got);
    got = sample("aiperf.csv");
    assert_close(got.row->avg_batch, 3, 1e-15, 0);
    assert_close(got.row->requests, 20, 0, 0);
    el_import_clear(&got);
    got = sample("analyze.csv");
    assert_close(got.row[1].output_tokens, 120, 0, 0);
    assert_true(isnan(got.row[1].ttft_s)); /* a percentile */
    el_import_clear(&got);
}

static void test_llama(void **state)
{
    el_import got = sample("llama.json");

    (void)state;
    assert_string_equal(got.row[0].model, "Qwen3-4B-Q8_0");
    assert_string_equal(got.row[0].precision, "Q8_0");
    assert_string_equal(got.row[0].quality_flag, "prefill_only");
    assert_true(isnan(got.row[0].output_tokens));
    assert_close(got.row[0].latency_s, .1, 1e-15, 0);
    assert_close(got.row[1].input_tokens, 256, 0, 0);
    assert_close(got.row[1].itl_s, .02, 1e-15, 0);
    assert_close(got.row[1].tp, 1, 0, 0);
    el_import_clear(&got);
    got = sample("llama.md");
    assert_close(got.row[0].input_tokens, 1536, 0, 0);
    assert_close(got.row[0].latency_s, .512, 1e-15, 0);
    assert_close(got.row[1].itl_s, .02, 1e-15, 0);
    assert_null(got.row[0].gpu);
    el_import_clear(&got);
}

/* A rate of 0 was not measured, nor what is its reciprocal. */
static void test_llama_no_rate(void **state)
{
    static const char text[] =
        "model_filename,model_type,gpu_info,model_n_params,n_prompt,n_gen,"
        "n_depth,avg_ns,avg_ts\n"
        "m/x.gguf,x,NVIDIA L4,0,0,128,0,2560000000,0\n"
        "m/x.gguf,x,NVIDIA L4,7000000000,0,128,0,-1,50\n"
        "m/x.gguf,x,NVIDIA L4,7000000000,0,128,0,1e-320,50\n";
    el_import got = {0};

    (void)state;
    assert_int_equal(parse(text, "zero.csv", &got, NULL), EL_OK);
    assert_int_equal(got.n_row, 1);
    assert_int_equal(got.n_skipped, 2);
    assert_int_equal(got.n_not_positive, 3); /* n_params, avg_ts, avg_ns */
    assert_true(isnan(got.row->params_b));
    assert_true(isnan(got.row->throughput_tok_s));
    assert_close(got.row->itl_s, .02, 1e-15, 0);
    el_import_clear(&got);
}

/* What an importer derives: 0 from 1e-320, no number from 1e308 thousands. */
static void test_not_measured(void **state)
{
    static const char text[] =
        "[{\"n_prompt\": 8, \"n_gen\": 0, \"avg_ns\": 1e-320, "
        "\"avg_ts\": 50},"
        " {\"n_prompt\": 1e308, \"n_gen\": 0, \"n_depth\": 1e308, "
        "\"avg_ns\": 1e9, \"avg_ts\": 50}]";
    el_import got = {0};

    (void)state;
    assert_int_equal(parse(text, "tiny.json", &got, NULL), EL_OK);
    assert_int_equal(got.n_row, 2);
    assert_true(isnan(got.row[0].latency_s));
    assert_true(isnan(got.row[1].input_tokens));
    assert_close(got.row[1].latency_s, 1, 1e-15, 0);
    assert_int_equal(got.n_not_positive, 2);
    el_import_clear(&got);
}

static void test_tables(void **state)
{
    el_import got = sample("optimum.json");

    (void)state;
    assert_close(got.row->energy_j, 18, 1e-12, 0);
    assert_close(got.row->prefill_energy_j, 3.6, 1e-12, 0);
    assert_close(got.row->itl_s, .05, 1e-12, 0);
    assert_close(got.row->requests, 2, 0, 0);
    assert_string_equal(got.row->gpu, "NVIDIA L4");
    el_import_clear(&got);
    got = sample("argonne.csv"); /* mW; throughput of input and output */
    assert_close(got.row->avg_power_w, 250, 0, 0);
    assert_close(got.row->energy_j, 2500, 0, 0);
    assert_close(got.row->throughput_tok_s, 1638.4, 1e-15, 0);
    assert_close(got.row->tp, 1, 0, 0);
    el_import_clear(&got);
    got = sample("mlenergy.json");
    assert_close(got.row->energy_per_request_j, 50, 0, 0);
    assert_close(got.row->tp, 2, 0, 0);
    assert_true(isnan(got.row->pp));
    el_import_clear(&got);
}

static void test_power(void **state)
{
    el_import got = sample("smi.csv");

    (void)state;
    assert_close(got.sample[1].power_w, 61.5, 0, 0);
    assert_close(got.sample[1].time_s - got.sample[0].time_s, 2, 1e-9, 0);
    assert_string_equal(got.gpu_name, "NVIDIA L4");
    assert_int_equal(got.n_skipped, 1);
    el_import_clear(&got);
    got = sample("semicolon.csv");
    assert_close(got.sample[0].power_w, 60.5, 0, 0);
    assert_close(got.sample[1].time_s - got.sample[0].time_s, 1, 1e-9, 0);
    el_import_clear(&got);
    got = sample("dmon.txt");
    assert_close(got.sample[1].time_s - got.sample[0].time_s, 2, 1e-9, 0);
    assert_int_equal(got.clock, EL_CLOCK_LOCAL);
    el_import_clear(&got);
    got = sample("dcgm.prom"); /* a MIG board once, mJ, what is not available */
    assert_close(got.sample[0].power_w, 60.5, 0, 0);
    assert_close(got.sample[1].counter_j, 5, 0, 0);
    assert_close(got.sample[0].time_s, 1.75e9, 0, 0);
    el_import_clear(&got);
    got = sample("rocm.json");
    assert_close(got.sample[1].counter_j, 5, 1e-12, 0);
    el_import_clear(&got);
    got = sample("xpu.csv"); /* past midnight */
    assert_close(got.sample[1].time_s - got.sample[0].time_s, 1, 1e-9, 0);
    el_import_clear(&got);
    got = sample("emissions.csv"); /* cumulative */
    assert_close(got.window[0].energy_j, 3600, 1e-12, 0);
    assert_close(got.window[1].energy_j, 7200, 1e-12, 0);
    assert_close(got.window[1].duration_s, 10, 1e-12, 0);
    el_import_clear(&got);
}

static void test_utf16(void **state)
{
    const char *text = "timestamp, power.draw [W]\n"
                       "2026/01/02 12:00:00.000, 60.50 W\n";
    char wide[256] = "\xFF\xFE";
    size_t n = 2;
    el_import got = {0};

    (void)state;
    for (size_t i = 0; text[i]; i++) {
        wide[n++] = text[i];
        wide[n++] = '\0';
    }
    assert_int_equal(el_import_parse(wide, n, "w.csv", NULL, &got, NULL),
                     EL_OK);
    assert_close(got.sample[0].power_w, 60.5, 0, 0);
    el_import_clear(&got);
    for (size_t i = 0; i < n; i += 2) { /* the other order of bytes */
        char c = wide[i];

        wide[i] = wide[i + 1];
        wide[i + 1] = c;
    }
    assert_int_equal(el_import_parse(wide, n, "w.csv", NULL, &got, NULL),
                     EL_OK);
    assert_close(got.sample[0].power_w, 60.5, 0, 0);
    el_import_clear(&got);
    assert_int_equal(
        el_import_parse("\xFF\xFE\x00\xD8", 4, "w", NULL, &got, NULL),
        EL_E_DATA);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "empty file"},
        {" \n\n", "empty file"},
        {"a,b\n1,2\n", "of no format that is known: begins with \"a,b\""},
        {"sec,power\n0,387\n", "a power log of no known tool"},
        {"{\"model_type\": \"llama\", \"hidden_size\": 8}", "config.json"},
        {"{\"a\": 1", "f:1:"},
        {"version https://git-lfs.github.com/spec/v1\n", "git-LFS pointer"},
        {"\x1F\x8B", "gzip"},
        {"a\xFFz", "byte 2 is no UTF-8"},
        {"timestamp, power.draw [W]\n", "holds no reading"},
        {"timestamp, power.draw [W]\n2026/01/02 12:00:00.000, 60 W\n"
         "2026/01/02 12:00:00.000, 61 W\n",
         "tells them apart"},
        {"timestamp, power.draw [W]\n2026/01/02 12:00:00.000, 60,5 W\n",
         "holds no reading"},
        {"timestamp,run_id,duration,emissions,energy_consumed\n"
         "2026-01-02T12:00:10,r,10,1,1\n",
         "no gpu_energy"},
        {"n_prompt,n_gen,avg_ns,x\n1,2,3\n", "header names 4 columns"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        el_import got = {.format = "untouched"};
        el_error err = {0};

        assert_int_equal(parse(bad[i].text, "f", &got, &err), EL_E_DATA);
        assert_string_equal(got.format, "untouched");
        if (strncmp(err.message, "f:", 2) != 0 ||
            !strstr(err.message, bad[i].why) || strchr(err.message, '\n'))
            fail_msg("\"%s\" lacks \"%s\"", err.message, bad[i].why);
        assert_int_equal(el_mem_live(), 0);
    }
}

/* Zeros of a run that measured nothing are no measurements. */
static void test_zeros(void **state)
{
    el_import got = {0};
    el_error err = {0};

    (void)state;
    assert_int_equal(parse("{\"request_rate\": 1, \"model_id\": \"m\", "
                           "\"completed\": 3, \"total_output_tokens\": 0, "
                           "\"mean_ttft_ms\": 0.0, \"mean_itl_ms\": -1}",
                           "z", &got, &err),
                     EL_OK);
    assert_true(isnan(got.row->ttft_s) && isnan(got.row->output_tokens) &&
                isnan(got.row->itl_s));
    assert_int_equal(got.n_not_positive, 3);
    el_import_clear(&got);
}

static void test_csv(void **state)
{
    el_import got = sample("bench.json");
    el_buf buf = {0};
    json_t *rows;

    (void)state;
    got.row->model = "a,\"b\"";
    assert_int_equal(el_import_csv(got.row, 1, &buf, NULL), EL_OK);
    assert_non_null(strstr(buf.text, "\n\"a,\"\"b\"\"\",,,"));
    assert_non_null(strstr(buf.text, "model,gpu,tp,batch_size,avg_batch,"));
    assert_null(strstr(buf.text, "energy_j"));
    el_buf_clear(&buf);
    rows = el_import_rows_json(got.row, 1);
    assert_close(json_number_value(
                     json_object_get(json_array_get(rows, 0), "output_tokens")),
                 32, 0, 0);
    assert_null(json_object_get(json_array_get(rows, 0), "energy_j"));
    json_decref(rows);
    el_import_clear(&got);
}

/*
 * Allocations until the documents of a sample are parsed: jansson 2.14 drops
 * the byte that its token buffer cannot grow for and then reads past its end,
 * so that a loop cannot make those fail one by one.
 */
static long first_to_fail(const el_import_sample *s)
{
    const long many = 100000;
    el_import_file file = {.name = s->name};
    char *text = NULL;
    void *p;
    long left = 0;

    el_mem_fail_at(many);
    assert_int_equal(el_import_decode(s->text, strlen(s->text), s->name, &text,
                                      &file.len, NULL),
                     EL_OK);
    file.text = text;
    assert_int_equal(el_import_docs(&file, NULL), EL_OK);
    for (; (p = el_array(1, 1)) != NULL; left++)
        el_free(p);
    el_mem_fail_at(-1);
    el_free(text);
    if (!file.docs)
        return 0;
    json_decref(file.docs);
    return many - left;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < EL_N_IMPORT_SAMPLES; i++) {
        const el_import_sample *s = &el_import_samples[i];
        const long from = first_to_fail(s);
        el_status st;
        long k = from;

        do {
            el_import got = {.format = "untouched"};

            el_mem_fail_at(k);
            st = parse(s->text, s->name, &got, NULL);
            el_mem_fail_at(-1);
            if (st == EL_OK) {
                assert_int_equal(got.n_row, s->rows);
                assert_true(s->rows == 0 || got.row->source_file);
                el_import_clear(&got);
            } else {
                if (st != EL_E_NOMEM)
                    fail_msg("%s: allocation %ld: status %d", s->name, k, st);
                assert_string_equal(got.format, "untouched");
            }
            assert_int_equal(el_mem_live(), 0);
        } while (st != EL_OK && ++k < 20000);
        assert_int_equal(st, EL_OK);
        assert_true(k > from + 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each),
                                       cmocka_unit_test(test_all_covered),
                                       cmocka_unit_test(test_vllm),
                                       cmocka_unit_test(test_reports),
                                       cmocka_unit_test(test_llama),
                                       cmocka_unit_test(test_llama_no_rate),
                                       cmocka_unit_test(test_not_measured),
                                       cmocka_unit_test(test_tables),
                                       cmocka_unit_test(test_power),
                                       cmocka_unit_test(test_utf16),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_zeros),
                                       cmocka_unit_test(test_csv),
                                       cmocka_unit_test(test_out_of_memory)};

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
