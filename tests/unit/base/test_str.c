/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static void buffer_appends(void **state)
{
    el_buf b = {0};

    (void)state;
    assert_string_equal(el_buf_text(&b), "");
    el_buf_add(&b, "");
    assert_string_equal(b.text, "");
    el_buf_add(&b, "a=");
    el_buf_printf(&b, "%d;", 42);
    el_buf_add_n(&b, "xyz", 2);
    assert_string_equal(el_buf_text(&b), "a=42;xy");
    assert_int_equal(b.len, 7);
    el_buf_printf(&b, "%0300d", 1); /* longer than the first try */
    assert_int_equal(b.len, 307);
    assert_int_equal(b.text[306], '1');
    assert_true(el_buf_ok(&b));
    el_buf_clear(&b);
    assert_null(b.text);
    assert_int_equal(el_mem_live(), 0);
}

static void buffer_failure_is_sticky(void **state)
{
    el_buf b = {0};

    (void)state;
    el_buf_add(&b, "kept");
    el_mem_fail_at(0);
    el_buf_printf(&b, "%0400d", 1);
    el_mem_fail_at(-1);
    assert_false(el_buf_ok(&b));
    el_buf_add(&b, "more");
    el_buf_printf(&b, "more");
    assert_string_equal(el_buf_text(&b), "kept");
    assert_int_equal(b.len, 4);
    el_buf_clear(&b);
    assert_true(el_buf_ok(&b));
}

static void buffer_second_try_fails(void **state)
{
    el_buf b = {0};

    (void)state;
    el_buf_add_n(&b, NULL, 0);
    el_mem_fail_at(1); /* room for the first try, none for the second */
    el_buf_printf(&b, "%0400d", 1);
    el_mem_fail_at(-1);
    assert_false(el_buf_ok(&b));
    assert_string_equal(el_buf_text(&b), "");
    el_buf_clear(&b);
    assert_int_equal(el_mem_live(), 0);
}

static void buffer_refuses_overflow(void **state)
{
    el_buf b = {0};

    (void)state;
    el_buf_add(&b, "x");
    el_buf_add_n(&b, "x", SIZE_MAX - 1);
    assert_false(el_buf_ok(&b));
    assert_string_equal(el_buf_text(&b), "x");
    el_buf_clear(&b);
}

static void strings_are_shared(void **state)
{
    el_strings s = {0};
    const char *first[500];
    char text[16];

    (void)state;
    for (int i = 0; i < 500; i++) {
        (void)snprintf(text, sizeof text, "k%d", i);
        first[i] = el_strings_add(&s, text, strlen(text));
        assert_string_equal(first[i], text);
    }
    for (int i = 0; i < 500; i++) {
        (void)snprintf(text, sizeof text, "k%d", i);
        assert_ptr_equal(el_strings_add(&s, text, strlen(text)), first[i]);
    }
    assert_int_equal(s.n, 500);
    assert_ptr_equal(el_strings_add(&s, "k12345", 3), first[12]);
    assert_ptr_equal(el_strings_add(&s, "k7\0junk", 7), first[7]);
    assert_string_equal(el_strings_add(&s, "", 0), "");
    el_strings_clear(&s);
    assert_int_equal(el_mem_live(), 0);
    el_strings_clear(&s);
}

static void strings_out_of_memory(void **state)
{
    (void)state;
    for (long k = 0; k < 20; k++) {
        el_strings s = {0};
        const char *p = "";
        char text[2] = "a";

        el_mem_fail_at(k);
        for (; text[0] <= 't' && p; text[0]++)
            p = el_strings_add(&s, text, 1);
        el_mem_fail_at(-1);
        assert_null(p);
        text[0]--;
        assert_string_equal(el_strings_add(&s, text, 1), text);
        assert_string_equal(el_strings_add(&s, "a", 1), "a");
        el_strings_clear(&s);
        assert_int_equal(el_mem_live(), 0);
    }
}

static void compares_without_case(void **state)
{
    (void)state;
    assert_true(el_str_eq_nocase("H100-SXM", "h100-sxm"));
    assert_true(el_str_eq_nocase("", ""));
    assert_false(el_str_eq_nocase("a", "ab"));
    assert_false(el_str_eq_nocase("ab", "a"));
    assert_false(el_str_eq_nocase("[", "{"));
    assert_true(el_str_ends_nocase("A.JSON", ".json"));
    assert_false(el_str_ends_nocase(".json", ".json"));
    assert_false(el_str_ends_nocase("on", ".json"));
    assert_false(el_str_ends_nocase("a.json5", ".json"));
}

static void copies_cut_at_characters(void **state)
{
    char b[8] = "zzzzzzz";

    (void)state;
    el_str_copy(b, 0, "abc");
    assert_int_equal(b[0], 'z');
    el_str_copy(b, sizeof b, "abc");
    assert_string_equal(b, "abc");
    el_str_copy(b, sizeof b, "abcdefg");
    assert_string_equal(b, "abcdefg");
    el_str_copy(b, sizeof b, "abcdefgh");
    assert_string_equal(b, "abcdefg");
    el_str_copy(b, 5, "abc\xC3\xA9"); /* e acute does not fit */
    assert_string_equal(b, "abc");
    el_str_copy(b, 6, "abc\xC3\xA9");
    assert_string_equal(b, "abc\xC3\xA9");
    el_str_copy(b, 1, "abc");
    assert_string_equal(b, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_appends),
        cmocka_unit_test(buffer_failure_is_sticky),
        cmocka_unit_test(buffer_second_try_fails),
        cmocka_unit_test(buffer_refuses_overflow),
        cmocka_unit_test(strings_are_shared),
        cmocka_unit_test(strings_out_of_memory),
        cmocka_unit_test(compares_without_case),
        cmocka_unit_test(copies_cut_at_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
