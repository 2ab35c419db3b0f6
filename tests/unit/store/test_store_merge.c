/* SPDX-License-Identifier: Apache-2.0 */
/* Merging, checking and exporting. On SQLite; with EL_TEST_STORE also from
 * SQLite into the database there. */
#include "el_store_sample.h"
#include "el_test.h"

#include <math.h>

#include "store/check.h"
#include "store/export.h"
#include "store/merge.h"

static char other[80]; /* a second store, a file */

static el_store *open_other(el_store_use use)
{
    el_store *store = NULL;
    el_error err = {0};

    (void)snprintf(other, sizeof other, "%s/b.db", sample_dir);
    if (el_store_open(other, use, &store, &err) != EL_OK)
        fail_msg("%s", err.message);
    return store;
}

/* Lines that check says. */
static size_t faults(el_store *store, el_buf *said)
{
    size_t n = 0;
    el_error err = {0};

    el_buf_clear(said);
    if (el_store_check(store, NULL, said, &err) != EL_OK)
        fail_msg("%s", err.message);
    for (const char *p = el_buf_text(said); *p; p++)
        n += *p == '\n';
    return n;
}

static el_status to_buffer(void *ctx, const char *text, size_t len,
                           el_error *err)
{
    (void)err;
    el_buf_add_n(ctx, text, len);
    return EL_OK;
}

static size_t export_to(el_store *store, el_store_export_what what,
                        const el_store_filter *filter, el_buf *out)
{
    size_t n = 0;

    el_buf_clear(out);
    assert_int_equal(
        el_store_export(store, what, filter, NULL, to_buffer, out, &n, NULL),
        EL_OK);
    return n;
}

/* Three runs of two configurations. */
static void fill_other(sample_run *s)
{
    el_store *from = open_other(EL_STORE_WRITE);

    sample_run_make(s, 1);
    sample_run_write(from, s, true);
    sample_run_make(s, 2);
    sample_run_write(from, s, true);
    s->run.state = EL_RUN_PARTIAL;
    s->run.energylens = "0.0.7";
    sample_run_write(from, s, true);
    el_store_close(from);
}

static void test_merge(void **state)
{
    static const el_store_filter all = {.run = 0};
    sample_run s;
    el_store *into, *from;
    el_store_merged m;
    el_store_campaign_seen c;
    el_buf a = {0}, b = {0};
    el_error err;

    fill_other(&s);
    into = open_fresh(state, EL_STORE_WRITE);
    sample_run_make(&s, 2);
    sample_run_write(into, &s, true); /* one of them is here already */
    from = open_other(EL_STORE_READ);
    assert_int_equal(el_store_merge(into, from, NULL, &m, &err), EL_OK);
    assert_int_equal(m.n_campaign, 1);
    assert_int_equal(m.n_run, 3);
    assert_int_equal(m.n_new, 2);
    assert_int_equal(el_store_merge(into, from, NULL, &m, &err), EL_OK);
    assert_int_equal(m.n_new, 0);
    assert_int_equal(only_campaign(into, &c), 1);
    assert_int_equal(c.runs.n_complete, 2);
    assert_int_equal(c.runs.n_partial, 1);
    assert_int_equal(c.n_sample, 3 * 2 * N_SAMPLE);
    assert_int_equal(faults(into, &a), 0);
    assert_int_equal(faults(from, &a), 0);
    /* the same rows, bit for bit */
    s.run.configuration.batch_size = 64;
    assert_int_equal(
        export_to(into, EL_EXPORT_RUNS, &(el_store_filter){.run = 2}, &a), 1);
    assert_int_equal(
        export_to(from, EL_EXPORT_RUNS, &(el_store_filter){.run = 1}, &b), 1);
    assert_string_equal(el_buf_text(&a), el_buf_text(&b));
    assert_int_equal(export_to(into, EL_EXPORT_SAMPLES, &all, &a),
                     3 * 2 * N_SAMPLE);
    assert_int_equal(export_to(from, EL_EXPORT_SAMPLES, &all, &b),
                     3 * 2 * N_SAMPLE);
    assert_int_equal(a.len, b.len);
    /* back again, which may not be written to:
       NOLINTNEXTLINE(readability-suspicious-call-argument) */
    assert_int_equal(el_store_merge(from, into, NULL, &m, &err), EL_E_ARG);
    el_buf_clear(&a);
    el_buf_clear(&b);
    el_store_close(from);
    el_store_close(into);
    sample_remove(other);
    assert_int_equal(el_mem_live(), 0);
}

static const char run_header[] =
    "model,gpu,precision,engine,workload,arch,dataset,tp,pp,ep,dp,num_gpus,"
    "batch_size,input_tokens,output_tokens,vision_tokens,params_b,"
    "active_params_b,avg_batch,requests,energy_j,energy_per_request_j,"
    "energy_per_output_token_j,energy_node_gpus_j,prefill_energy_j,"
    "decode_energy_j,latency_s,ttft_s,itl_s,avg_power_w,throughput_tok_s,"
    "config_note,source_file,quality_flag\n";

static void test_export(void **state)
{
    static const el_store_filter first = {.run = 1, .campaign = "first"};
    static const el_store_filter complete = {.complete = true};
    static const el_store_filter elsewhere = {.campaign = "elsewhere"};
    sample_run s;
    el_store *store = open_fresh(state, EL_STORE_WRITE);
    el_buf out = {0};

    sample_run_make(&s, 1);
    s.run.configuration.dataset = "a, \"b\"";
    sample_run_write(store, &s, true);
    s.run.state = EL_RUN_PARTIAL;
    sample_run_write(store, &s, true);

    assert_int_equal(export_to(store, EL_EXPORT_RUNS, &complete, &out), 1);
    assert_int_equal(
        strncmp(el_buf_text(&out), run_header, sizeof run_header - 1), 0);
    assert_string_equal(
        el_buf_text(&out) + sizeof run_header - 1,
        "meta-llama/Llama-3.1-8B,NVIDIA H100 80GB HBM3,bf16,vLLM \xc2\xb5,,,"
        "\"a, \"\"b\"\"\",2,,,,,64,128,64,,,,,512,411.5,,,,"
        "0.10000000000000001,,12.300000000000001,,,612,2000,,,"
        "throttled_power;short_window\n");
    assert_int_equal(export_to(store, EL_EXPORT_RUNS, &elsewhere, &out), 0);
    assert_string_equal(el_buf_text(&out), run_header);

    assert_int_equal(export_to(store, EL_EXPORT_REQUESTS, &first, &out),
                     N_REQUEST);
    assert_non_null(strstr(
        el_buf_text(&out),
        "\n1,2,0.20000000000000284,0.033333333333333333,,,1.5,128,0,0,\"HTTP "
        "500: \"\"a\tb\nc\\d\"\"\"\n"));
    assert_int_equal(export_to(store, EL_EXPORT_SAMPLES, &first, &out),
                     2 * N_SAMPLE);
    assert_non_null(
        strstr(el_buf_text(&out),
               "\n1,-0.42000000000000171,GPU-0,300.57142857142856,1000000024,"
               "61,,,1,H100\n1,"));
    assert_non_null(strstr(el_buf_text(&out), ",GPU-1,300.14285714285717,,,,,,"
                                              "\n"));
    el_buf_clear(&out);
    el_store_close(store);
}

/* Cancelled between rows. */
static bool at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_cancelled(void **state)
{
    static const el_store_filter all = {.run = 0};
    const el_task task = {.cancelled = at_once};
    sample_run s;
    el_store *store = open_fresh(state, EL_STORE_WRITE), *from;
    el_store_merged m;
    el_buf out = {0};
    size_t n = 0;

    fill_other(&s);
    from = open_other(EL_STORE_READ);
    assert_int_equal(el_store_export(from, EL_EXPORT_SAMPLES, &all, &task,
                                     to_buffer, &out, &n, NULL),
                     EL_E_CANCELLED);
    assert_int_equal(el_store_merge(store, from, &task, &m, NULL),
                     EL_E_CANCELLED);
    assert_int_equal(el_store_check(from, &task, &out, NULL), EL_E_CANCELLED);
    assert_int_equal(el_store_merge(store, from, NULL, &m, NULL), EL_OK);
    assert_int_equal(m.n_new, 3);
    el_buf_clear(&out);
    el_store_close(from);
    el_store_close(store);
    sample_remove(other);
}

#define CHANGED "run 1: facts, devices, requests or samples were changed\n"

/* Each breaks one promise, and check says which. */
static void test_check_finds(void **state)
{
    static const struct {
        const char *sql, *said;
    } harm[] = {
        {"DELETE FROM sample WHERE run_id = 1 AND device = 1 AND seq = 3",
         "run 1: samples were lost or added\n" CHANGED},
        {"DELETE FROM request WHERE run_id = 1 AND seq = 4",
         "run 1: requests were lost or added\n" CHANGED},
        {"UPDATE run SET energy_j = energy_j * 2",
         "run 1: its content gives another key\n"},
        {"UPDATE configuration SET gpu = 'A100'",
         "run 1: its configuration gives another key\n"},
        {"UPDATE environment_fact SET value = '600' WHERE name = "
         "'gpu.0.power_limit_w'",
         "run 1: its environment gives another key\n"},
        {"UPDATE campaign SET name = 'second'",
         "campaign 1: its content gives another key\n"},
        {"UPDATE sample SET device = 7 WHERE run_id = 1 AND seq = 0 AND device "
         "= 1",
         "run 1: samples of a device that it does not have\n" CHANGED},
        {"UPDATE sample SET power_w = 300.25 WHERE seq = 2 AND device = 1",
         CHANGED},
        {"UPDATE sample SET power_w = NULL WHERE seq = 2 AND device = 1",
         CHANGED},
        {"UPDATE request SET error = NULL", CHANGED},
        {"UPDATE fact SET value = 'none'", CHANGED},
        {"UPDATE device SET energy_j = 601 WHERE device = 0", CHANGED}};

    for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
        sample_run s;
        el_store *store = open_fresh(state, EL_STORE_WRITE);
        el_buf said = {0};
        el_error err = {0};

        sample_run_make(&s, 1);
        sample_run_write(store, &s, true);
        assert_int_equal(faults(store, &said), 0);
        if (store->kind->run(store->self, harm[i].sql, &err) != EL_OK)
            fail_msg("%s", err.message);
        assert_true(faults(store, &said) > 0);
        assert_string_equal(el_buf_text(&said), harm[i].said);
        el_buf_clear(&said);
        el_store_close(store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_export),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_check_finds),
    };

    return cmocka_run_group_tests_name("store_merge", tests, sample_setup,
                                       sample_teardown);
}
