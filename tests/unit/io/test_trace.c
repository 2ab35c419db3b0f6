/* SPDX-License-Identifier: Apache-2.0 */
/* Request logs: what is taken, what is refused and where. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "io/trace.h"

static el_status take(const char *text, el_lengths *out, el_error *err)
{
    return el_trace_parse(text, strlen(text), "t.csv", true, out, err);
}

static void columns_by_name(void **state)
{
    el_lengths l = {0};

    (void)state;
    assert_int_equal(take("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                          "2023-11-16 18:15:46.6805900,374,44\n"
                          "2023-11-16 18:15:50.9951690,396,109\n",
                          &l, NULL),
                     EL_OK);
    assert_int_equal(l.n, 2);
    assert_close(l.isl[1], 396, 0, 0);
    assert_close(l.osl[0], 44, 0, 0);
    assert_int_equal(l.n_blank, 0);
    el_lengths_clear(&l);
    assert_int_equal(
        take("GeneratedTokens,ContextTokens\n0,5\n3,7\n2,0\n", &l, NULL),
        EL_OK);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.n_blank, 2);
    assert_close(l.isl[0], 7, 0, 0);
    el_lengths_clear(&l);
    assert_int_equal(el_mem_live(), 0);
}

/* One row of each kind of log: 2.5 s after the first. */
static void expect_kind(const char *text, double start_s)
{
    el_lengths l = {0};

    assert_int_equal(take(text, &l, NULL), EL_OK);
    assert_int_equal(l.n, 2);
    assert_close(l.arrive_s[0], 0, 0, 0);
    assert_close(l.arrive_s[1], 2.5, 0, 1e-6);
    assert_close(l.isl[1], 30, 0, 0);
    assert_close(l.osl[1], 4, 0, 0);
    if (start_s > 0)
        assert_close(l.start_s, start_s, 0, 1e-6);
    else
        assert_true(isnan(l.start_s));
    el_lengths_clear(&l);
    assert_int_equal(el_mem_live(), 0);
}

static void kinds(void **state)
{
    (void)state;
    expect_kind("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                "2023-11-16 18:15:50.0000000,10,2\n"
                "2023-11-16 18:15:52.5000000,30,4\n",
                1700158550);
    expect_kind("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                "2024-05-10 00:00:00.500000+00:00,10,2\n"
                "2024-05-10 00:00:03.000000+00:00,30,4\n",
                1715299200.5);
    expect_kind("arrived_at,num_prefill_tokens,num_decode_tokens\n"
                "3.5,30,4\n1.0,10,2\n", /* not in order */
                -1);
    expect_kind("Timestamp,Model,Request tokens,Response tokens,Total tokens\n"
                "5,GPT-4,10,2,12\n7.5,GPT-4,30,4,34\n",
                -1);
    expect_kind("request_id,arrival_timestamp,batch_size,prompt_size,"
                "token_size\n0,1,1,10,2\n1,3.5,1,30,4\n",
                -1);
    expect_kind("{\"timestamp\": 0, \"input_length\": 10, "
                "\"output_length\": 2, \"hash_ids\": [0, 1]}\n"
                "{\"timestamp\": 2500, \"input_length\": 30, "
                "\"output_length\": 4}\n",
                -1);
    expect_kind("{\"input_toks\":10,\"output_toks\":2,\"arrival_time_ns\":1}"
                "\n\n{\"input_toks\":30,\"output_toks\":4,"
                "\"arrival_time_ns\":2500000001}",
                -1);
}

/* Times are not needed, but a column of them must hold times. */
static void times(void **state)
{
    const char *text;
    el_lengths l = {0};

    (void)state;
    assert_int_equal(take("ContextTokens,GeneratedTokens\n1,2\n", &l, NULL),
                     EL_OK);
    assert_null(l.arrive_s);
    el_lengths_clear(&l);
    /* where they are not looked at, they may be anything */
    text = "TIMESTAMP,ContextTokens,GeneratedTokens\nx,1,2\n";
    assert_int_equal(
        el_trace_parse(text, strlen(text), "t.csv", false, &l, NULL), EL_OK);
    assert_null(l.arrive_s);
    el_lengths_clear(&l);
    assert_int_equal(el_mem_live(), 0);
}

static void refused(const char *text, const char *want)
{
    el_lengths l = {.n = 99};
    el_error err = {0};

    assert_int_equal(take(text, &l, &err), EL_E_DATA);
    if (!strstr(err.message, want))
        fail_msg("\"%s\" not in \"%s\"", want, err.message);
    assert_int_equal(l.n, 99);
    assert_int_equal(el_mem_live(), 0);
}

static void malformed(void **state)
{
    (void)state;
    refused("ContextTokens\n5\n", "t.csv: no column GeneratedTokens");
    refused("ContextTokens,GeneratedTokens\n1,2\n1.5,3\n",
            "t.csv:3: ContextTokens: \"1.5\"");
    refused("ContextTokens,GeneratedTokens\n1,-2\n",
            "t.csv:2: GeneratedTokens: \"-2\"");
    refused("ContextTokens,GeneratedTokens\n1,\n", "GeneratedTokens: \"\"");
    refused("ContextTokens,GeneratedTokens\n1,1e9\n", "0 to 1e+08");
    refused("ContextTokens,GeneratedTokens\n0,0\n", "no request");
    refused("ContextTokens,GeneratedTokens\n", "no request");
    refused("a,b\n1,2\n", "Vidur");
    refused("TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,1,2\n",
            "t.csv:2: TIMESTAMP: \"yesterday\" is no date");
    refused("arrived_at,num_prefill_tokens,num_decode_tokens\n-1,1,2\n",
            "t.csv:2: arrived_at: \"-1\" is no time in seconds");
    refused("{\"timestamp\": 0}\n", "t.csv:1: no input_length");
    refused("{\"timestamp\": 0, \"input_length\": 1.5, "
            "\"output_length\": 2}\n",
            "t.csv:1: input_length: no whole number");
    refused("{\"timestamp\": \"x\", \"input_length\": 1, "
            "\"output_length\": 2}\n",
            "t.csv:1: timestamp: no time");
    refused("{\"timestamp\": 0,\n", "t.csv:1: not a JSON object");
}

static void no_such_file(void **state)
{
    el_lengths l;

    (void)state;
    assert_int_equal(el_trace_read("/no/such/trace.csv", true, &l, NULL),
                     EL_E_IO);
}

static void out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_lengths l = {0};

        el_mem_fail_at(k);
        st = take("ContextTokens,GeneratedTokens\n1,2\n3,4\n", &l, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
        el_lengths_clear(&l);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    assert_true(k > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_by_name), cmocka_unit_test(kinds),
        cmocka_unit_test(times),           cmocka_unit_test(malformed),
        cmocka_unit_test(no_such_file),    cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
