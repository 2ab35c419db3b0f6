/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines into arguments: quotes, values, what is refused. */
#include <string.h>

#include "base/mem.h"
#include "el_test.h"
#include "profile/engine_words.h"

static const el_engine_value values[] = {
    {"tp", "4"}, {"model", "a b'c"}, {"port", "8000"}};

static el_status split(const char *text, el_argv *out, el_error *err)
{
    return el_engine_words(text, values, 3, out, err);
}

/* want: words ended by NULL */
static void is(const char *text, const char *const *want)
{
    el_argv a;
    size_t n = 0;

    assert_int_equal(split(text, &a, NULL), EL_OK);
    for (; want[n]; n++) {
        assert_true(n < a.n);
        assert_string_equal(a.v[n], want[n]);
    }
    assert_int_equal(a.n, n);
    assert_null(a.v[n]);
    el_argv_clear(&a);
    assert_int_equal(el_mem_live(), 0);
}

static void words(void **state)
{
    static const char *const plain[] = {"vllm", "serve", "--tp", "4", NULL};
    static const char *const one[] = {"x", "a b'c", "p=a b'c!", NULL};
    static const char *const shell[] = {"a",  "$HOME", "*", "|",   "b;c",
                                        "&&", ">f",    "~", "`x`", NULL};
    static const char *const quotes[] = {"a b",   "c\"d", "e\\f", "",
                                         "g'h\\", "ij",   "\\n",  NULL};
    static const char *const braces[] = {"{\"a\": {4}}", "{x}", NULL};

    (void)state;
    is("  vllm serve\t--tp  {tp}\n", plain);
    is("x {model} p={model}!", one); /* a value is never split */
    is("a $HOME * | b;c && >f ~ `x`", shell);
    is("'a b' c\\\"d \"e\\\\f\" '' \"g'h\\\\\" i''j '\\n'", quotes);
    is("'{{\"a\": {{{tp}}}}}' \\{x\\}", braces);
}

static void refused(const char *text, const char *why)
{
    el_argv a = {.n = 77};
    el_error err = {0};

    assert_int_equal(split(text, &a, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, why));
    assert_int_equal(a.n, 77);
    assert_int_equal(el_mem_live(), 0);
}

static void bad_words(void **state)
{
    (void)state;
    refused("", "empty");
    refused(" \t ", "empty");
    refused("a 'b", "does not end");
    refused("a \"b\\", "does not end");
    refused("a \\", "backslash");
    refused("a {gpu}", "{gpu} is not known; there are {tp} {model} {port}");
    refused("a {tp", "lone {");
    refused("a tp}", "lone }");
    refused("a {t{p}}", "lone {");
}

static void too_many(void **state)
{
    char text[2 * EL_ENGINE_MAX_WORDS + 3];

    (void)state;
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = i % 2 ? ' ' : 'a';
    text[sizeof text - 1] = '\0';
    refused(text, "above 4096 words");
}

static void print_and_split_again(void **state)
{
    static const char *const odd[] = {"a",  "b c", "",   "it's",   "{x}",
                                      "$y", "\\",  "\"", "a{{b}}", "é"};
    char text[10][8];
    char *v[11] = {NULL};
    el_argv a = {.v = v, .n = 10}, b;
    el_buf line = {0};

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        el_str_copy(text[i], sizeof text[i], odd[i]);
        v[i] = text[i];
    }
    el_argv_print(&a, &line);
    assert_int_equal(split(el_buf_text(&line), &b, NULL), EL_OK);
    assert_int_equal(b.n, 10);
    for (size_t i = 0; i < 10; i++)
        assert_string_equal(b.v[i], odd[i]);
    el_argv_clear(&b);
    el_buf_clear(&line);
}

static void masked(void **state)
{
    el_argv a;
    el_buf line = {0};

    (void)state;
    assert_int_equal(split("HF_TOKEN=hf_1 vllm --api-key sk-1 --api-key=sk-2 "
                           "--max-num-batched-tokens 8192 --password --tp {tp}",
                           &a, NULL),
                     EL_OK);
    el_argv_print_masked(&a, &line);
    assert_string_equal(el_buf_text(&line),
                        "HF_TOKEN=*** vllm --api-key *** --api-key=*** "
                        "--max-num-batched-tokens 8192 --password --tp 4");
    el_buf_clear(&line);
    el_argv_clear(&a);
}

static void asks(void **state)
{
    (void)state;
    assert_true(el_engine_asks_for("x --port {port}", "port"));
    assert_false(el_engine_asks_for("x --port {{port}}", "port"));
    assert_false(el_engine_asks_for("x {ports}", "port"));
}

static void out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_argv a = {.n = 0};

        el_mem_fail_at(k);
        st = split("vllm serve {model} --tp {tp}", &a, NULL);
        el_mem_fail_at(-1);
        el_argv_clear(&a);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 20);
    assert_int_equal(st, EL_OK);
    assert_true(k > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),        cmocka_unit_test(bad_words),
        cmocka_unit_test(too_many),     cmocka_unit_test(print_and_split_again),
        cmocka_unit_test(asks),         cmocka_unit_test(masked),
        cmocka_unit_test(out_of_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
