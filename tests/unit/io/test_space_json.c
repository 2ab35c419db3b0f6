/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "el_test.h"
#include "io/json.h"
#include "io/space_json.h"

#define HEAD "{\"schema\": \"energylens.space\", \"version\": 1, "
#define AXES                                                                   \
    "\"tp\": [1, 2], \"batch_size\": [8], \"input_tokens\": [128], "           \
    "\"output_tokens\": [64, 256]"

static el_status read_text(const char *text, el_space *out, el_error *err)
{
    json_t *doc = NULL;
    el_status st = el_json_parse(text, strlen(text), "s.json", &doc, err);

    if (st == EL_OK)
        st = el_space_read(doc, "s.json", out, err);
    json_decref(doc);
    return st;
}

static void test_read(void **state)
{
    el_space s;

    (void)state;
    assert_int_equal(read_text(HEAD AXES "}", &s, NULL), EL_OK);
    assert_int_equal(s.axis[EL_AXIS_TP].n, 2);
    assert_close(s.axis[EL_AXIS_OSL].v[1], 256, 0, 0);
    assert_int_equal(s.axis[EL_AXIS_PP].n, 1);
    assert_close(s.axis[EL_AXIS_PP].v[0], 1, 0, 0);
    assert_int_equal(s.n_dtype, 0);
    assert_true(isnan(s.max_gpus));
    assert_true(s.batch_in_cache);
    assert_int_equal(
        read_text(HEAD AXES ", \"ep\": [1, 4], \"dtype\": [\"fp8\", \"int4\"], "
                            "\"constraints\": {\"max_gpus\": 8, "
                            "\"batch_in_cache\": false}}",
                  &s, NULL),
        EL_OK);
    assert_close(s.axis[EL_AXIS_EP].v[1], 4, 0, 0);
    assert_string_equal(s.dtype[1], "int4");
    assert_close(s.max_gpus, 8, 0, 0);
    assert_false(s.batch_in_cache);
}

static void test_errors(void **state)
{
    static const struct {
        const char *text, *says;
        el_status st;
    } bad[] = {
        {"[1]", "s.json: not a JSON object", EL_E_DATA},
        {"{\"schema\": \"energylens.fit\", \"version\": 1}", "schema",
         EL_E_DATA},
        {"{\"schema\": \"energylens.space\", \"version\": 2}", "version",
         EL_E_VERSION},
        {HEAD "\"tp\": [1]}", "batch_size: missing", EL_E_DATA},
        {HEAD AXES ", \"pp\": []}", "s.json: pp: not a list", EL_E_DATA},
        {HEAD AXES ", \"pp\": 2}", "s.json: pp: not a list", EL_E_DATA},
        {HEAD AXES ", \"pp\": [1, 0]}",
         "s.json: pp[1]: must be a whole number from 1 to 65536, is 0",
         EL_E_DATA},
        {HEAD AXES ", \"pp\": [1.5]}", "pp[0]", EL_E_DATA},
        {HEAD AXES ", \"dp\": [\"2\"]}", "dp[0]: not a number", EL_E_DATA},
        {HEAD AXES ", \"dp\": [2, 4, 2]}", "dp[2]: 2 stands twice", EL_E_DATA},
        {HEAD AXES ", \"gpus\": [2]}", "gpus", EL_E_DATA},
        {HEAD AXES ", \"dtype\": [7]}", "dtype[0]: not a name", EL_E_DATA},
        {HEAD AXES ", \"dtype\": [\"a,b\"]}", "dtype[0]: no dtype", EL_E_DATA},
        {HEAD AXES ", \"dtype\": [\"fp8\", \"FP8\"]}", "stands twice",
         EL_E_DATA},
        {HEAD AXES ", \"constraints\": {\"max_gpus\": 0}}",
         "constraints.max_gpus: must be 1 or more, is 0", EL_E_DATA},
        {HEAD AXES ", \"constraints\": {\"gpus\": 1}}",
         "constraints: unknown key", EL_E_DATA},
        {HEAD AXES ", \"constraints\": {\"batch_in_cache\": 1}}",
         "batch_in_cache: not true or false", EL_E_DATA},
        {HEAD AXES ", \"constraints\": [1]}", "constraints", EL_E_DATA},
        {HEAD AXES ", \"dp\": [2}", "s.json:1", EL_E_DATA},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        el_space s = {.n_dtype = 77};
        el_error err;

        assert_int_equal(read_text(bad[i].text, &s, &err), bad[i].st);
        if (!strstr(err.message, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.message, bad[i].says);
        assert_int_equal(s.n_dtype, 77);
    }
}

static void test_file(void **state)
{
    el_space s;
    el_error err;

    (void)state;
    assert_int_equal(
        el_space_load(EL_SOURCE_DIR "/data/spaces/node4.json", &s, NULL),
        EL_OK);
    assert_int_equal(s.axis[EL_AXIS_TP].n, 3);
    assert_int_equal(el_space_load("/nonexistent.json", &s, &err), EL_E_IO);
}

static void test_out_of_memory(void **state)
{
    long k = 0;
    el_status st;
    el_space s;

    (void)state;
    el_json_init();
    do {
        el_mem_fail_at(k);
        st = read_text(HEAD AXES "}", &s, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    } while (st != EL_OK && ++k < 500);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
