/* SPDX-License-Identifier: Apache-2.0 */
/* Request logs: what is taken, what is refused and where. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "io/trace_csv.h"

static el_status take(const char *text, el_lengths *out, el_error *err)
{
    el_csv *csv = NULL;
    el_status st = el_csv_parse(text, strlen(text), "t.csv", &csv, err);

    if (st == EL_OK)
        st = el_trace_csv_take(csv, out, err);
    el_csv_free(csv);
    return st;
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
}

static void no_such_file(void **state)
{
    el_lengths l;

    (void)state;
    assert_int_equal(el_trace_csv_read("/no/such/trace.csv", &l, NULL),
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
        cmocka_unit_test(columns_by_name),
        cmocka_unit_test(malformed),
        cmocka_unit_test(no_such_file),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
