/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/json.h"

static json_t *parse(const char *text)
{
    json_t *doc = NULL;
    el_error err = {0};

    if (el_json_parse(text, strlen(text), "t.json", &doc, &err) != EL_OK)
        fail_msg("%s", err.message);
    return doc;
}

static void refuse_n(const char *text, size_t len, const char *message)
{
    json_t *doc = NULL;
    el_error err;

    assert_int_equal(el_json_parse(text, len, "t.json", &doc, &err), EL_E_DATA);
    if (strncmp(err.message, message, strlen(message)) != 0)
        fail_msg("\"%s\", want \"%s\"", err.message, message);
    assert_null(strchr(err.message, '\n'));
    assert_null(doc);
    assert_int_equal(el_mem_live(), 0);
}

static void refuse(const char *text, const char *message)
{
    refuse_n(text, strlen(text), message);
}

static void expect_print(json_t *doc, const char *want)
{
    el_buf buf = {0};

    assert_int_equal(el_json_print(doc, &buf, NULL), EL_OK);
    assert_string_equal(el_buf_text(&buf), want);
    el_buf_clear(&buf);
    json_decref(doc);
    assert_int_equal(el_mem_live(), 0);
}

static void test_print(void **state)
{
    (void)state;
    expect_print(parse("{\"b\":[1,2.5,1e20,true,null],\"a\":\"\xC3\xA9\"}"),
                 "{\n  \"a\": \"\xC3\xA9\",\n  \"b\": [\n    1,\n    2.5,\n"
                 "    1e20,\n    true,\n    null\n  ]\n}\n");
    expect_print(el_json_number(0.1), "0.10000000000000001\n");
    expect_print(el_json_number(1), "1.0\n");
    expect_print(el_json_number(NAN), "null\n");
    expect_print(el_json_number(-INFINITY), "null\n");
}

/* jansson's own printer is the definition. */
static void test_print_as_jansson(void **state)
{
    json_t *doc = parse(
        "{\"b\\\"\\\\\":[[],{},[{}],[[1],-7],9007199254740993,1e-5,-0.0],"
        "\"a\":{\"z\":null,\"\":false,\"a_b\":1,\"a\":2,\"a b\":3},"
        "\"text\":\"\\u0001\\b\\f\\n\\r\\t\\u001f\\u007f\\/[{\xC3\xA9\"}");
    char *want = json_dumps(doc, JSON_INDENT(2) | JSON_SORT_KEYS |
                                     JSON_REAL_PRECISION(17));
    el_buf got = {0};

    (void)state;
    assert_int_equal(el_json_print(doc, &got, NULL), EL_OK);
    got.text[got.len - 1] = '\0'; /* the newline */
    assert_string_equal(got.text, want);
    el_buf_clear(&got);
    el_free(want);
    json_decref(doc);
    assert_int_equal(el_mem_live(), 0);
}

static void test_envelope(void **state)
{
    (void)state;
    expect_print(el_json_envelope("energylens.fit", 1, 42, json_object()),
                 "{\n  \"energylens\": \"" EL_VERSION "\",\n  \"result\": {},\n"
                 "  \"schema\": \"energylens.fit\",\n  \"seed\": 42,\n"
                 "  \"version\": 1\n}\n");
    expect_print(el_json_envelope("s", 2, UINT64_MAX, json_true()),
                 "{\n  \"energylens\": \"" EL_VERSION "\",\n"
                 "  \"result\": true,\n  \"schema\": \"s\",\n"
                 "  \"seed\": \"18446744073709551615\",\n"
                 "  \"version\": 2\n}\n");
    assert_null(el_json_envelope("s", 1, 0, NULL));
    assert_int_equal(el_mem_live(), 0);
}

static void test_bom(void **state)
{
    (void)state;
    expect_print(parse("\xEF\xBB\xBF[]"), "[]\n");
}

static void test_refused(void **state)
{
    char deep[5000];

    (void)state;
    refuse("", "t.json: empty file");
    refuse("{\"a\": 1", "t.json:1:7: ");
    refuse("{\n\"a\": [1,\n", "t.json:3:0: ");
    refuse("{\"a\":1,\"a\":2}", "t.json:1:10: duplicate object key");
    refuse("{\"a\":NaN}", "t.json:1:8: invalid token near 'NaN'");
    refuse("{\"a\":Infinity}", "t.json:1:13: invalid token near 'Infinity'");
    refuse("{\"a\":1e999}", "t.json:1:10: real number overflow near '1e999'");
    refuse("{\"a\":99999999999999999999}", "t.json:1:25: too big integer");
    refuse("[1] [2]", "t.json:1:5: end of file expected near '['");
    refuse("[\"\xFF\"]", "t.json:1:2: ");
    refuse("[\"a\nb\"]", "t.json:1:");
    refuse("[\"\\u0000\"]", "t.json:1:9: ");
    refuse("7", "t.json:1:1: '[' or '{' expected near '7'");
    refuse_n("\xFF\xFE[\0", 4, "t.json: UTF-16 text, save it as UTF-8");
    refuse("version https://git-lfs.github.com/spec/v1\n",
           "t.json: a git-LFS pointer, not the data");
    memset(deep, '[', sizeof deep);
    refuse_n(deep, sizeof deep, "t.json:1:2049: maximum parsing depth reached");
}

static void test_load(void **state)
{
    char path[] = "/tmp/el_test_json_XXXXXX";
    int fd = mkstemp(path);
    json_t *doc = NULL;
    el_error err;

    (void)state;
    assert_int_equal(write(fd, "{\"x\":1}", 7), 7);
    assert_int_equal(el_json_load(path, &doc, &err), EL_OK);
    assert_int_equal(json_integer_value(json_object_get(doc, "x")), 1);
    json_decref(doc);
    doc = NULL;
    assert_int_equal(ftruncate(fd, (64L << 20) + 1), 0);
    assert_int_equal(el_json_load(path, &doc, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "larger than 67108864 bytes"));
    (void)unlink(path);
    (void)close(fd);
    assert_int_equal(el_json_load(path, &doc, &err), EL_E_IO);
    assert_null(doc);
    assert_int_equal(el_mem_live(), 0);
}

static void test_arguments(void **state)
{
    json_t *doc = NULL;
    el_buf buf = {0};

    (void)state;
    assert_int_equal(el_json_parse(NULL, 1, "t", &doc, NULL), EL_E_ARG);
    assert_int_equal(el_json_parse("{}", 2, NULL, &doc, NULL), EL_E_ARG);
    assert_int_equal(el_json_parse("{}", 2, "t", NULL, NULL), EL_E_ARG);
    assert_int_equal(el_json_parse(NULL, 0, "t", &doc, NULL), EL_E_DATA);
    assert_int_equal(el_json_print(NULL, &buf, NULL), EL_E_NOMEM);
    assert_int_equal(el_json_print(json_true(), NULL, NULL), EL_E_ARG);
}

static el_status check(const char *text, int *version, el_error *err)
{
    json_t *doc = parse(text);
    el_status st =
        el_json_check_schema(doc, "f.json", "energylens.fit", 3, version, err);

    json_decref(doc);
    return st;
}

static void test_schema(void **state)
{
    static const char *const bad[][2] = {
        {"[]", "f.json: not a JSON object"},
        {"{}", "f.json: schema: missing, want \"energylens.fit\""},
        {"{\"schema\":1}", "f.json: schema: missing, want \"energylens.fit\""},
        {"{\"schema\":\"x\"}",
         "f.json: schema: is \"x\", want \"energylens.fit\""},
        {"{\"schema\":\"energylens.fit\"}",
         "f.json: version: missing or not a positive integer"},
        {"{\"schema\":\"energylens.fit\",\"version\":0}",
         "f.json: version: missing or not a positive integer"},
        {"{\"schema\":\"energylens.fit\",\"version\":1.5}",
         "f.json: version: missing or not a positive integer"},
    };
    el_error err;
    int version = -1;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(check(bad[i][0], &version, &err), EL_E_DATA);
        assert_string_equal(err.message, bad[i][1]);
    }
    assert_int_equal(
        check("{\"schema\":\"energylens.fit\",\"version\":4}", &version, &err),
        EL_E_VERSION);
    assert_string_equal(err.message, "f.json: energylens.fit version 4 is "
                                     "newer than 3, the newest read here");
    assert_int_equal(version, -1);
    assert_int_equal(
        check("{\"schema\":\"energylens.fit\",\"version\":2}", &version, &err),
        EL_OK);
    assert_int_equal(version, 2);
}

static void test_get_number(void **state)
{
    json_t *doc = parse("{\"i\":3,\"r\":2.5,\"n\":null,\"s\":\"x\"}");
    double v = -1;
    el_error err;

    (void)state;
    assert_int_equal(el_json_get_number(doc, "f:", "i", &v, &err), EL_OK);
    assert_close(v, 3, 0, 0);
    assert_int_equal(el_json_get_number(doc, "f:", "r", &v, &err), EL_OK);
    assert_close(v, 2.5, 0, 0);
    assert_int_equal(el_json_get_number(doc, "f:", "n", &v, &err), EL_OK);
    assert_true(isnan(v));
    v = -1;
    assert_int_equal(el_json_get_number(doc, "f:", "none", &v, &err), EL_OK);
    assert_true(isnan(v));
    v = -1;
    assert_int_equal(el_json_get_number(doc, "f:", "s", &v, &err), EL_E_DATA);
    assert_string_equal(err.message, "f: s: not a number");
    assert_int_equal(el_json_get_number(doc, "f: a[1]", "s", &v, &err),
                     EL_E_DATA);
    assert_string_equal(err.message, "f: a[1].s: not a number");
    assert_int_equal(el_json_get_number(doc, "", "s", &v, &err), EL_E_DATA);
    assert_string_equal(err.message, "s: not a number");
    assert_int_equal(el_json_get_number(NULL, "f: a", "s", &v, &err),
                     EL_E_DATA);
    assert_string_equal(err.message, "f: a: not a JSON object");
    assert_close(v, -1, 0, 0);
    json_decref(doc);
}

static void test_get_string(void **state)
{
    json_t *doc = parse("{\"s\":\"x\",\"n\":null,\"i\":3}");
    const char *v = "old";
    el_error err;

    (void)state;
    assert_int_equal(el_json_get_string(doc, "f:", "i", &v, &err), EL_E_DATA);
    assert_string_equal(err.message, "f: i: not a string");
    assert_int_equal(el_json_get_string(json_null(), "f:", "i", &v, &err),
                     EL_E_DATA);
    assert_string_equal(err.message, "f: not a JSON object");
    assert_string_equal(v, "old");
    assert_int_equal(el_json_get_string(doc, "f:", "s", &v, &err), EL_OK);
    assert_string_equal(v, "x");
    assert_int_equal(el_json_get_string(doc, "f:", "n", &v, &err), EL_OK);
    assert_null(v);
    v = "old";
    assert_int_equal(el_json_get_string(doc, "f:", "none", &v, &err), EL_OK);
    assert_null(v);
    json_decref(doc);
}

static void test_only_keys(void **state)
{
    static const char *const known[] = {"a", "b", NULL};
    json_t *good = parse("{\"b\":1,\"a\":2}");
    json_t *bad = parse("{\"a\":1,\"b \\n\":2}");
    el_error err;

    (void)state;
    assert_int_equal(el_json_only_keys(good, "f:", known, &err), EL_OK);
    assert_int_equal(el_json_only_keys(bad, "f:", known, &err), EL_E_DATA);
    assert_string_equal(err.message, "f: unknown key \"b ?\"");
    assert_int_equal(el_json_only_keys(bad, "f: x", known, &err), EL_E_DATA);
    assert_string_equal(err.message, "f: x: unknown key \"b ?\"");
    assert_int_equal(el_json_only_keys(bad, "", known, &err), EL_E_DATA);
    assert_string_equal(err.message, "unknown key \"b ?\"");
    assert_int_equal(el_json_only_keys(NULL, "", known, &err), EL_E_DATA);
    assert_string_equal(err.message, "not a JSON object");
    json_decref(good);
    json_decref(bad);
}

static el_status parse_and_print(el_buf *buf)
{
    static const char text[] = "{\"a\":[1,2.5,\"x\"],\"b\":{\"c\":null}}";
    json_t *doc = NULL, *whole;
    el_status st = el_json_parse(text, sizeof text - 1, "t", &doc, NULL);

    if (st != EL_OK)
        return st;
    whole = el_json_envelope("energylens.x", 1, 1, doc);
    st = el_json_print(whole, buf, NULL);
    json_decref(whole);
    return st;
}

static void test_out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_buf buf = {0};

        el_mem_fail_at(k);
        st = parse_and_print(&buf);
        el_mem_fail_at(-1);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
        el_buf_clear(&buf);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 1000);
    assert_true(k > 20 && k < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_print_as_jansson),
        cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_bom),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_schema),
        cmocka_unit_test(test_get_number),
        cmocka_unit_test(test_get_string),
        cmocka_unit_test(test_only_keys),
        cmocka_unit_test(test_out_of_memory),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
