/* SPDX-License-Identifier: Apache-2.0 */
/* The four sources of sweetspot's surfaces, its JSON, and running out of
 * memory on the way. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/sweetspot.h"
#include "base/mem.h"
#include "base/str.h"
#include "io/json.h"
#include "io/sweetspot_json.h"

static char folder[] = "/tmp/el_sweetspot_XXXXXX";
static char table[64], trace[64];
static el_sweetspot_answer answer; /* large, and stays in place */

/* Llama-3.1-8B on an H100, arXiv 2602.05695 Table 2; four times at batch 1. */
static const el_sweetspot llama8b = {{1.970934e-02, 3.329326e-07, 3.583505e-05,
                                      1.551942e-02, 2.249613e-05,
                                      8.939092e-01}};

static void write_table(void)
{
    FILE *f = fopen(table, "w");

    assert_non_null(f);
    (void)fputs("model,gpu,tp,batch_size,input_tokens,output_tokens,latency_s,"
                "energy_per_output_token_j\n",
                f);
    for (int i = 0; i < 50; i++) {
        int row = i % 25 / 5;
        double n = 64 * pow(2, row), m = 64 * pow(2, i % 5);
        double b = i < 25 ? 1 : 64;

        (void)fprintf(f, "llama-3.1-8b,h100-sxm5-80gb,1,%g,%g,%g,9,%.12g\n", b,
                      n, m,
                      el_sweetspot_token_j(&llama8b, n, m) * (b < 2 ? 4 : 1));
    }
    /* too few lengths of batch 7 */
    (void)fputs("llama-3.1-8b,h100-sxm5-80gb,1,7,64,64,9,1\n", f);
    assert_int_equal(fclose(f), 0);
    f = fopen(trace, "w");
    assert_non_null(f);
    (void)fputs("ContextTokens,GeneratedTokens\n100,100\n500,200\n9,0\n", f);
    assert_int_equal(fclose(f), 0);
}

static el_sweetspot_ask blank(void)
{
    const double na = EL_UNKNOWN;
    el_sweetspot_ask ask = {
        .isl_lo = na, .isl_hi = na, .osl_lo = na, .osl_hi = na};

    return ask;
}

static void from_a_table(void **state)
{
    el_sweetspot_ask ask = blank();
    el_surface_summary s;

    (void)state;
    ask.table = table;
    ask.trace = trace;
    ask.isl_lo = 64;
    ask.isl_hi = 1024;
    ask.osl_lo = 64;
    ask.osl_hi = 1024;
    assert_int_equal(el_app_sweetspot(&ask, NULL, &answer, NULL), EL_OK);
    assert_int_equal(answer.basis, EL_BASIS_TABLE);
    assert_int_equal(answer.n, 2);
    assert_non_null(strstr(answer.note, "1 of 3 pairs"));
    assert_true(el_surface_summarise(&answer.surface[0], &s));
    assert_close(s.best.token_j, 4 * el_sweetspot_token_j(&llama8b, 64, 256),
                 1e-4, 0);
    assert_close(answer.surface[1].batch, 64, 0, 0);
    assert_int_equal(answer.surface[1].source, EL_SOURCE_FITTED);
    assert_int_equal(answer.moves.n_request, 2);
    assert_int_equal(answer.moves.move[0].kind, EL_MOVE_BATCH);
    assert_close(answer.moves.move[0].saved_share, 0.75, 1e-4, 0);
    el_sweetspot_answer_clear(&answer);
    assert_int_equal(el_mem_live(), 0);
}

static void from_shape_and_analytic(void **state)
{
    el_sweetspot_ask ask = blank();

    (void)state;
    ask.model = "llama-3.1-8b";
    assert_int_equal(el_app_sweetspot(&ask, NULL, &answer, NULL), EL_OK);
    assert_int_equal(answer.basis, EL_BASIS_SHAPE);
    assert_close(el_surface_best_osl(&answer.surface[0], 0).osl, 290, 0.1, 0);
    el_sweetspot_answer_clear(&answer);
    ask.gpu = "a100-sxm4-80gb";
    ask.tp = (el_values){2, {1, 2}};
    ask.batch = (el_values){2, {8, 64}};
    ask.isl_lo = ask.osl_lo = 64;
    ask.isl_hi = ask.osl_hi = 256;
    assert_int_equal(el_app_sweetspot(&ask, NULL, &answer, NULL), EL_OK);
    assert_int_equal(answer.basis, EL_BASIS_ANALYTIC);
    assert_int_equal(answer.n, 4);
    assert_close(answer.surface[1].batch, 64, 0, 0);
    assert_close(answer.surface[2].tp, 2, 0, 0);
    for (size_t s = 0; s < answer.n; s++)
        assert_int_equal(answer.surface[s].n_known, 25);
    el_sweetspot_answer_clear(&answer);
    assert_int_equal(el_mem_live(), 0);
}

static void refused(const el_sweetspot_ask *ask, el_status want,
                    const char *why)
{
    el_error err = {0};

    assert_int_equal(el_app_sweetspot(ask, NULL, &answer, &err), want);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" not in \"%s\"", why, err.message);
    assert_int_equal(el_mem_live(), 0);
}

static void what_is_refused(void **state)
{
    el_sweetspot_ask ask = blank();

    (void)state;
    refused(&ask, EL_E_ARG, "name a table");
    ask.table = table;
    ask.fit_path = "x.json";
    refused(&ask, EL_E_ARG, "not both");
    ask.fit_path = NULL;
    ask.batch = (el_values){1, {7}};
    refused(&ask, EL_E_DATA, "1 rows for 6 terms");
    ask.batch = (el_values){1, {9}};
    refused(&ask, EL_E_DATA, "no row of this");
    ask.batch.n = 0;
    ask.engine = "SGLang";
    refused(&ask, EL_E_DATA, "precision and engine");
    ask = blank();
    ask.model = "/no/such/config.json";
    refused(&ask, EL_E_IO, "config.json");
    ask.model = "llama-3.1-8b";
    ask.gpu = "h100-sxm5-80gb";
    ask.batch.n = 40;
    for (size_t i = 0; i < 40; i++)
        ask.batch.v[i] = (double)(i + 1);
    ask.isl_lo = ask.isl_hi = ask.osl_lo = ask.osl_hi = 64;
    refused(&ask, EL_E_ARG, "more than 32");
}

static void as_json(void **state)
{
    el_sweetspot_ask ask = blank();
    el_buf text = {0};
    json_t *json;

    (void)state;
    ask.table = table;
    ask.trace = trace;
    assert_int_equal(el_app_sweetspot(&ask, NULL, &answer, NULL), EL_OK);
    json = el_sweetspot_json(&answer);
    assert_int_equal(el_json_print(json, &text, NULL), EL_OK);
    assert_non_null(strstr(text.text, "\"worst_over_best\""));
    assert_non_null(strstr(text.text, "\"move\": \"batch\""));
    json_decref(json);
    el_buf_clear(&text);
    el_sweetspot_answer_clear(&answer);
    assert_int_equal(el_mem_live(), 0);
}

static void out_of_memory(const el_sweetspot_ask *ask)
{
    el_status st;
    long k = 0;

    do {
        el_mem_fail_at(k);
        st = el_app_sweetspot(ask, NULL, &answer, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_sweetspot_answer_clear(&answer);
        else
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
        /* the catalogue alone allocates thousands of times */
        k += k < 32 ? 1 : 1 + k / 32;
    } while (st != EL_OK && k < 100000000);
    assert_int_equal(st, EL_OK);
}

static void every_source_out_of_memory(void **state)
{
    el_sweetspot_ask ask = blank();

    (void)state;
    ask.table = table;
    ask.trace = trace;
    out_of_memory(&ask);
    ask = blank();
    ask.model = "llama-3.1-8b";
    out_of_memory(&ask);
    ask.gpu = "h100-sxm5-80gb";
    ask.isl_lo = ask.isl_hi = ask.osl_lo = ask.osl_hi = 64;
    out_of_memory(&ask);
}

static int set_up(void **state)
{
    (void)state;
    /* no el_json_init(): jansson 2.14 reads past its buffer when an allocation
     * fails while it parses the catalogue */
    if (!mkdtemp(folder))
        return 1;
    (void)snprintf(table, sizeof table, "%s/t.csv", folder);
    (void)snprintf(trace, sizeof trace, "%s/trace.csv", folder);
    write_table();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(table) || unlink(trace) || rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_a_table),
        cmocka_unit_test(from_shape_and_analytic),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(as_json),
        cmocka_unit_test(every_source_out_of_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
