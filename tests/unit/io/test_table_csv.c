/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/table_csv.h"

#define HEAD "model,gpu,tp,batch_size,output_tokens"

typedef struct warnings {
    char line[4][512];
    size_t n;
} warnings;

static void take_warning(const char *line, void *ctx)
{
    warnings *w = ctx;

    assert_true(w->n < 4);
    (void)snprintf(w->line[w->n++], sizeof w->line[0], "%s", line);
}

static el_status read_text(const char *text, el_table_use use, warnings *w,
                           el_table **out, el_error *err)
{
    el_task task = {.warn = take_warning, .ctx = w};
    el_table *table = NULL;
    el_csv *csv = NULL;
    el_status st = el_csv_parse(text, strlen(text), "t.csv", &csv, err);

    if (st == EL_OK)
        st = el_table_new(&table, err);
    if (st == EL_OK)
        st = el_table_add_csv(table, csv, use, w ? &task : NULL, err);
    el_csv_free(csv);
    if (st != EL_OK) {
        assert_int_equal(el_table_n_rows(table), 0);
        el_table_free(table);
        return st;
    }
    *out = table;
    return EL_OK;
}

static el_table *read_ok(const char *text, el_table_use use, warnings *w)
{
    el_table *table = NULL;
    el_error err = {0};

    if (read_text(text, use, w, &table, &err) != EL_OK)
        fail_msg("%s", err.message);
    return table;
}

static void refuse_as(const char *text, el_table_use use, const char *message)
{
    warnings w = {.n = 0};
    el_table *table = NULL;
    el_error err = {0};

    assert_int_equal(read_text(text, use, &w, &table, &err), EL_E_DATA);
    assert_string_equal(err.message, message);
    assert_int_equal(w.n, 0);
    assert_int_equal(el_mem_live(), 0);
}

static void refuse(const char *text, const char *message)
{
    refuse_as(text, EL_TABLE_MEASURED, message);
}

/* One column and its cell beside good ones. */
static void refuse_cell(const char *column, const char *cell,
                        const char *message)
{
    char text[512], want[256];

    (void)snprintf(text, sizeof text,
                   HEAD ",energy_per_request_j,%s\nm,g,1,2,3,4,\n"
                        "m,g,1,2,3,4,\"%s\"\n",
                   column, cell);
    (void)snprintf(want, sizeof want, "t.csv:3: %s: %s: \"%s\"", column,
                   message, cell);
    refuse(text, want);
}

static void test_all_columns(void **state)
{
    warnings w = {.n = 0};
    el_table *table = read_ok(
        "energy_j,model,gpu,tp,pp,ep,dp,num_gpus,precision,engine,workload,"
        "batch_size,input_tokens,output_tokens,vision_tokens,params_b,"
        "active_params_b,arch,avg_batch,requests,energy_node_gpus_j,"
        "prefill_energy_j,decode_energy_j,latency_s,ttft_s,itl_s,avg_power_w,"
        "throughput_tok_s,quality_flag,dataset,config_note,source_file,"
        "global_batch_size,energy_j_recorded\n"
        "100, m ,g,2,3,4,5,16,fp8,vLLM,chat,8,10.5,20,4,8.03,1.5,moe,7.5,50,"
        "200,25,75,1,0.5,0,300,40,short_run;x,d,avg_batch=3,f,99,oops\n",
        EL_TABLE_MEASURED, &w);
    const el_row *r = el_table_rows(table);

    (void)state;
    assert_int_equal(w.n, 0);
    assert_int_equal(el_table_n_rows(table), 1);
    assert_int_equal(r->line, 2);
    assert_string_equal(r->file, "t.csv");
    assert_string_equal(r->model, "m"); /* spaces around go */
    assert_string_equal(r->precision, "fp8");
    assert_string_equal(r->engine, "vLLM");
    assert_string_equal(r->workload, "chat");
    assert_string_equal(r->arch, "moe");
    assert_string_equal(r->dataset, "d");
    assert_string_equal(r->config_note, "avg_batch=3");
    assert_string_equal(r->source_file, "f");
    assert_string_equal(r->quality_flag, "short_run;x");
    assert_close(r->tp, 2, 0, 0);
    assert_close(r->pp, 3, 0, 0);
    assert_close(r->ep, 4, 0, 0);
    assert_close(r->dp, 5, 0, 0);
    assert_close(r->num_gpus, 16, 0, 0);
    assert_close(r->batch_size, 8, 0, 0);
    assert_close(r->input_tokens, 10.5, 0, 0);
    assert_close(r->output_tokens, 20, 0, 0);
    assert_close(r->vision_tokens, 4, 0, 0);
    assert_close(r->avg_batch, 7.5, 0, 0); /* the column before the note */
    assert_close(r->params, 8.03e9, 1e-15, 0);
    assert_close(r->active_params, 1.5e9, 0, 0);
    assert_close(r->energy_per_request_j, 2, 0, 0);
    assert_close(r->energy_node_per_request_j, 4, 0, 0);
    assert_close(r->prefill_energy_per_request_j, 0.5, 0, 0);
    assert_close(r->decode_energy_per_request_j, 1.5, 0, 0);
    assert_close(r->latency_s, 1, 0, 0);
    assert_close(r->ttft_s, 0.5, 0, 0);
    assert_close(r->itl_s, 0, 0, 0);
    assert_close(r->avg_power_w, 300, 0, 0);
    assert_close(r->throughput_tok_s, 40, 0, 0);
    el_table_free(table);
    assert_int_equal(el_mem_live(), 0);
}

static void test_blanks_and_defaults(void **state)
{
    el_table *table = read_ok(HEAD ",pp,ep,dp,energy_j,input_tokens,arch,"
                                   "requests,config_note\n"
                                   "m,g,,8,20,2,4,3,480, ,,,max_bs=9\n"
                                   "m,g,8,8,20,,,,,,,,\n",
                              EL_TABLE_MEASURED, NULL);
    const el_row *r = el_table_rows(table);

    (void)state;
    assert_close(r[0].tp, 1, 0, 0);
    assert_close(r[0].num_gpus, 2 * 3 * 4, 0, 0); /* expert parallel, tp = 1 */
    assert_close(r[0].requests, 24, 0, 0);
    assert_close(r[0].energy_per_request_j, 20, 0, 0);
    assert_true(isnan(r[0].input_tokens));
    assert_true(isnan(r[0].avg_batch));
    assert_true(isnan(r[0].params));
    assert_true(isnan(r[0].energy_node_per_request_j));
    assert_true(isnan(r[0].prefill_energy_per_request_j));
    assert_true(isnan(r[0].latency_s));
    assert_string_equal(r[0].arch, "");
    assert_string_equal(r[0].dataset, "");
    assert_close(r[1].num_gpus, 8, 0, 0);
    assert_true(isnan(r[1].energy_per_request_j)); /* kept, unknown */
    el_table_free(table);
}

static void test_energy_columns(void **state)
{
    warnings w = {.n = 0};
    el_table *table = read_ok(
        HEAD ",energy_per_output_token_j,energy_per_request_j,energy_j\n"
             "m,g,1,2,10,0.5,,\nm,g,1,2,10,0.5,5.01,\nm,g,1,2,10,9,6,14\n"
             "m,g,1,2,10,0.5,9,\nm,g,1,2,10,0.7,7,14\n",
        EL_TABLE_MEASURED, &w);
    const el_row *r = el_table_rows(table);

    (void)state;
    assert_close(r[0].energy_per_request_j, 5, 0, 0);
    assert_close(r[1].energy_per_request_j, 5.01, 0, 0);
    assert_close(r[2].energy_per_request_j, 7, 0, 0);
    assert_close(r[3].energy_per_request_j, 9, 0, 0);
    assert_int_equal(w.n, 1);
    assert_string_equal(w.line[0],
                        "t.csv:4: energy_j gives 7 J a request, "
                        "energy_per_request_j 6 J: the first is used (2 rows "
                        "like this)");
    el_table_free(table);
}

static void test_average_batch_in_note(void **state)
{
    el_table *table =
        read_ok(HEAD ",config_note\nm,g,1,2,3,avg_batch=63.49;max_bs=64\n"
                     "m,g,1,2,3,max_bs=64; avg_batch= 7 ;x\n"
                     "m,g,1,2,3,my_avg_batch=7;;avg_batch\n",
                EL_TABLE_QUERY, NULL);
    const el_row *r = el_table_rows(table);

    (void)state;
    assert_close(r[0].avg_batch, 63.49, 0, 0);
    assert_close(r[1].avg_batch, 7, 0, 0);
    assert_true(isnan(r[2].avg_batch));
    el_table_free(table);
    refuse_as(HEAD ",config_note\nm,g,1,2,3,avg_batch=many\n", EL_TABLE_QUERY,
              "t.csv:2: config_note: avg_batch: not a number: \"many\"");
}

static void test_unknown_columns(void **state)
{
    warnings w = {.n = 0};
    el_table *table = read_ok(HEAD ",foo,energy_j,ba\"r\nm,g,1,2,3,x,4,y\n",
                              EL_TABLE_MEASURED, &w);

    (void)state;
    assert_int_equal(w.n, 1);
    assert_string_equal(w.line[0],
                        "t.csv: unknown columns ignored: \"foo\", \"ba\"r\"");
    el_table_free(table);
    w.n = 0;
    table =
        read_ok("a,b,c,d,e,f,g,h,i,j," HEAD "\n1,2,3,4,5,6,7,8,9,0,m,g,1,2,3\n",
                EL_TABLE_QUERY, &w);
    assert_string_equal(w.line[0], "t.csv: unknown columns ignored: \"a\", "
                                   "\"b\", \"c\", \"d\", \"e\", \"f\", \"g\", "
                                   "\"h\" and 2 more");
    el_table_free(table);
}

static void test_query_never_looks_at_measured(void **state)
{
    warnings w = {.n = 0};
    el_table *table = read_ok(
        HEAD ",energy_j,energy_per_request_j,energy_per_output_token_j,"
             "energy_node_gpus_j,prefill_energy_j,decode_energy_j,"
             "energy_j_recorded,latency_s,ttft_s,itl_s,avg_power_w,"
             "throughput_tok_s,quality_flag\n"
             "m,g,1,2,3,x,-1,0,inf,\"12,3\",nan,?,-5,x,x,x,x,bad_latency\n"
             "m,g,1,2,3,4,4,4,4,4,4,4,4,4,4,4,4,\n",
        EL_TABLE_QUERY, &w);
    const el_row *r = el_table_rows(table);

    (void)state;
    assert_int_equal(w.n, 0);
    assert_int_equal(el_table_n_rows(table), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(isnan(r[i].energy_per_request_j));
        assert_true(isnan(r[i].energy_node_per_request_j));
        assert_true(isnan(r[i].prefill_energy_per_request_j));
        assert_true(isnan(r[i].latency_s));
        assert_true(isnan(r[i].throughput_tok_s));
        assert_string_equal(r[i].quality_flag, "");
    }
    el_table_free(table);
}

static void test_missing_columns(void **state)
{
    (void)state;
    refuse("model,dp\nm,1\n",
           "t.csv:1: missing columns: gpu, tp, batch_size, output_tokens, one "
           "of energy_j, energy_per_request_j, energy_per_output_token_j");
    refuse_as("gpu,tp,batch_size,output_tokens\n", EL_TABLE_QUERY,
              "t.csv:1: missing columns: model");
    refuse(HEAD "\nm,g,1,2,3\n",
           "t.csv:1: missing columns: one of energy_j, energy_per_request_j, "
           "energy_per_output_token_j");
    refuse_as("model;gpu\n", EL_TABLE_QUERY,
              "t.csv:1: missing columns: model, gpu, tp, batch_size, "
              "output_tokens (the separator must be a comma, not a semicolon)");
    refuse_as("model\tgpu\n", EL_TABLE_QUERY,
              "t.csv:1: missing columns: model, gpu, tp, batch_size, "
              "output_tokens (the separator must be a comma, not a tab)");
    refuse_as("model\n", EL_TABLE_QUERY,
              "t.csv:1: missing columns: gpu, tp, batch_size, output_tokens");
    refuse(HEAD ",energy_kwh,Energy_J\nm,g,1,2,3,4,5\n",
           "t.csv:1: missing columns: one of energy_j, energy_per_request_j, "
           "energy_per_output_token_j; unknown here: \"energy_kwh\", "
           "\"Energy_J\"");
    refuse("model;energy_j\nm;12,5\n",
           "t.csv:2: 2 cells where the header has 1 (the separator must be a "
           "comma, not a semicolon)");
}

static void test_no_rows(void **state)
{
    el_table *table = read_ok(HEAD "\n", EL_TABLE_QUERY, NULL);

    (void)state;
    assert_int_equal(el_table_n_rows(table), 0);
    el_table_free(table);
    refuse(HEAD ",energy_j\n", "t.csv: no rows below the header");
}

static void test_bad_numbers(void **state)
{
    (void)state;
    refuse(HEAD ",energy_j\nm,g,1,2,3,\"12,3\"\n",
           "t.csv:2: energy_j: not a number: \"12,3\" (no comma in a number: "
           "1234.5)");
    refuse(HEAD ",energy_j\nm,g,1,2,3,N/A\n",
           "t.csv:2: energy_j: not a number: \"N/A\" (leave blank what is "
           "unknown)");
    refuse(HEAD ",energy_j,ttft_s\nm,g,1,2,3,4,nan\n",
           "t.csv:2: ttft_s: not a number: \"nan\" (leave blank what is "
           "unknown)");
    refuse_cell("latency_s", "Inf", "not a number");
    refuse_cell("latency_s", "1e999", "not a number");
    refuse_cell("params_b", "20;70", "not a number");
    refuse_cell("energy_j", "-3", "must be above 0 and at most 1e18");
    refuse_cell("energy_j", "0", "must be above 0 and at most 1e18");
    refuse_cell("energy_node_gpus_j", "1e19",
                "must be above 0 and at most 1e18");
    refuse_cell("latency_s", "-0.5", "must be from 0 to 1e18");
    refuse_cell("input_tokens", "0", "must be above 0 and at most 1e12");
    refuse_cell("vision_tokens", "-1", "must be from 0 to 1e18");
    refuse_cell("requests", "0", "must be from 1 to 1e12");
    refuse_cell("pp", "0", "must be a whole number from 1 to 65536");
    refuse_cell("ep", "1.5", "must be a whole number from 1 to 65536");
    refuse_cell("dp", "65537", "must be a whole number from 1 to 65536");
    refuse_cell("num_gpus", "-1", "must be a whole number from 1 to 65536");
}

static void test_bad_needed_cells(void **state)
{
    (void)state;
    refuse_as(HEAD "\nm,g,0,2,3\n", EL_TABLE_QUERY,
              "t.csv:2: tp: must be a whole number from 1 to 65536: \"0\"");
    refuse_as(HEAD "\nm,g,1,0,3\n", EL_TABLE_QUERY,
              "t.csv:2: batch_size: must be from 1 to 1e12: \"0\"");
    refuse_as(HEAD "\nm,g,1,2,0\n", EL_TABLE_QUERY,
              "t.csv:2: output_tokens: must be above 0 and at most 1e12: "
              "\"0\"");
    refuse_as(HEAD "\n ,g,1,2,3\n", EL_TABLE_QUERY,
              "t.csv:2: model: blank, but needed");
    refuse_as(HEAD "\nm,,1,2,3\n", EL_TABLE_QUERY,
              "t.csv:2: gpu: blank, but needed");
    refuse_as(HEAD "\nm,g,1,,3\n", EL_TABLE_QUERY,
              "t.csv:2: batch_size: blank, but needed");
    refuse_as(HEAD "\nm,g,1,2,\n", EL_TABLE_QUERY,
              "t.csv:2: output_tokens: blank, but needed");
}

static void test_contradictions(void **state)
{
    (void)state;
    refuse_as(HEAD ",input_tokens,vision_tokens\nm,g,1,2,3,10,11\n",
              EL_TABLE_QUERY,
              "t.csv:2: vision_tokens: 11 is more than input_tokens, which "
              "include them (10)");
    refuse_as(HEAD ",pp,dp\nm,g,64,2,3,64,64\n", EL_TABLE_QUERY,
              "t.csv:2: num_gpus: pp dp max(tp, ep) is 262144 (limit 65536)");
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_cancelled(void **state)
{
    el_task task = {.cancelled = always};
    el_table *table = NULL;
    el_csv *csv = NULL;

    (void)state;
    assert_int_equal(el_table_new(&table, NULL), EL_OK);
    assert_int_equal(
        el_csv_parse(HEAD "\nm,g,1,2,3\n", sizeof HEAD + 10, "t", &csv, NULL),
        EL_OK);
    assert_int_equal(el_table_add_csv(table, csv, EL_TABLE_QUERY, &task, NULL),
                     EL_E_CANCELLED);
    assert_int_equal(el_table_n_rows(table), 0);
    assert_int_equal(el_table_add_csv(NULL, csv, EL_TABLE_QUERY, NULL, NULL),
                     EL_E_ARG);
    assert_int_equal(el_table_add_csv(table, NULL, EL_TABLE_QUERY, NULL, NULL),
                     EL_E_ARG);
    el_csv_free(csv);
    el_table_free(table);
}

static void test_table_arguments(void **state)
{
    const char *path = "/no/such.csv";
    el_table *table = NULL;
    el_row row = {0};
    el_error err;

    (void)state;
    assert_int_equal(el_table_new(NULL, NULL), EL_E_ARG);
    assert_int_equal(el_table_add(NULL, &row, NULL), EL_E_ARG);
    assert_int_equal(el_table_new(&table, NULL), EL_OK);
    assert_int_equal(el_table_add(table, NULL, NULL), EL_E_ARG);
    assert_null(el_table_rows(table));
    el_table_free(table);
    el_table_free(NULL);
    assert_int_equal(el_table_n_rows(NULL), 0);
    assert_null(el_table_rows(NULL));
    table = NULL;
    assert_int_equal(el_table_read(NULL, 1, EL_TABLE_QUERY, NULL, &table, NULL),
                     EL_E_ARG);
    assert_int_equal(
        el_table_read(&path, 0, EL_TABLE_QUERY, NULL, &table, NULL), EL_E_ARG);
    assert_int_equal(el_table_read(&path, 1, EL_TABLE_QUERY, NULL, NULL, NULL),
                     EL_E_ARG);
    assert_int_equal(
        el_table_read(&path, 1, EL_TABLE_QUERY, NULL, &table, &err), EL_E_IO);
    assert_string_equal(err.message, "/no/such.csv: No such file or directory");
    assert_null(table);
    assert_int_equal(el_mem_live(), 0);
}

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

static void test_several_files(void **state)
{
    char a[] = "/tmp/el_test_table_XXXXXX", b[] = "/tmp/el_test_table_XXXXXX";
    const char *path[] = {a, b};
    el_table *table = NULL;
    const el_row *r;

    (void)state;
    write_file(a, HEAD ",energy_j\nm1,g,1,2,3,4\nm2,g,1,2,3,4\n");
    write_file(b, "energy_j," HEAD "\n8,m3,g,1,2,3\n");
    assert_int_equal(
        el_table_read(path, 2, EL_TABLE_MEASURED, NULL, &table, NULL), EL_OK);
    r = el_table_rows(table);
    assert_int_equal(el_table_n_rows(table), 3);
    assert_string_equal(r[1].model, "m2");
    assert_string_equal(r[2].model, "m3");
    assert_string_equal(r[2].file, b);
    assert_ptr_equal(r[0].gpu, r[2].gpu); /* interned */
    el_table_free(table);
    (void)unlink(a);
    (void)unlink(b);
}

static void test_out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        warnings w = {.n = 0};
        el_table *table = NULL;

        el_mem_fail_at(k);
        st = read_text(HEAD ",foo,engine\nm,g,1,2,3,x,e1\nm,g,1,2,3,x,e2\n",
                       EL_TABLE_QUERY, &w, &table, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_null(table);
            assert_int_equal(w.n, 0);
        }
        el_table_free(table);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 100);
    assert_true(k > 6 && k < 100);
}

static void test_out_of_memory_in_message(void **state)
{
    el_status st = EL_E_NOMEM;

    (void)state;
    for (long k = 0; st == EL_E_NOMEM && k < 100; k++) {
        warnings w = {.n = 0};
        el_table *table = NULL;

        el_mem_fail_at(k);
        st = read_text("model\nm\n", EL_TABLE_QUERY, &w, &table, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
    }
    assert_int_equal(st, EL_E_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_columns),
        cmocka_unit_test(test_blanks_and_defaults),
        cmocka_unit_test(test_energy_columns),
        cmocka_unit_test(test_average_batch_in_note),
        cmocka_unit_test(test_unknown_columns),
        cmocka_unit_test(test_query_never_looks_at_measured),
        cmocka_unit_test(test_missing_columns),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_bad_needed_cells),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_table_arguments),
        cmocka_unit_test(test_several_files),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_out_of_memory_in_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
