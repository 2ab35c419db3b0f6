/* SPDX-License-Identifier: Apache-2.0 */
/* Options printed and read again are the same options. */
#include <string.h>

#include "cli/opt_print.h"
#include "el_test.h"

typedef struct args {
    bool flag, other;
    const char *text, *none;
    uint64_t n;
    double x, missing, time_s;
    el_amount amount;
    el_amounts amounts;
    el_ints ints;
    el_range range;
    int choice, unset;
    el_names names, repeated;
} args;

static const char *const choices[] = {"one", "two", NULL};

static const el_opt options[] = {
    {.name = "flag", .kind = EL_OPT_FLAG, EL_OPT_AT(args, flag)},
    {.name = "other", .kind = EL_OPT_FLAG, EL_OPT_AT(args, other)},
    {.name = "text", .kind = EL_OPT_STRING, EL_OPT_AT(args, text)},
    {.name = "none", .kind = EL_OPT_STRING, EL_OPT_AT(args, none)},
    {.name = "n", .kind = EL_OPT_UINT, EL_OPT_AT(args, n)},
    {.name = "x", .kind = EL_OPT_DOUBLE, EL_OPT_AT(args, x)},
    {.name = "missing", .kind = EL_OPT_DOUBLE, EL_OPT_AT(args, missing)},
    {.name = "time", .kind = EL_OPT_DURATION, EL_OPT_AT(args, time_s)},
    {.name = "amount", .kind = EL_OPT_AMOUNT, EL_OPT_AT(args, amount)},
    {.name = "amounts", .kind = EL_OPT_AMOUNTS, EL_OPT_AT(args, amounts)},
    {.name = "ints", .kind = EL_OPT_INTS, EL_OPT_AT(args, ints)},
    {.name = "range", .kind = EL_OPT_RANGE, EL_OPT_AT(args, range)},
    {.name = "choice",
     .kind = EL_OPT_ENUM,
     .choices = choices,
     EL_OPT_AT(args, choice)},
    {.name = "unset",
     .kind = EL_OPT_ENUM,
     .choices = choices,
     EL_OPT_AT(args, unset)},
    {.name = "names", .kind = EL_OPT_NAMES, EL_OPT_AT(args, names)},
    {.name = "repeated", .kind = EL_OPT_REPEATED, EL_OPT_AT(args, repeated)},
    {.name = NULL}};

static size_t print(const args *a, el_buf *words)
{
    size_t n = 0;

    for (const el_opt *o = options; o->name; o++)
        el_opt_print(o, a, words, &n);
    return n;
}

static void there_and_back(void **state)
{
    char line[] = "--flag\0--text=--a 'b' $c=d\0--n=18446744073709551615\0"
                  "--x=0.1\0--time=1.5min\0--amount=3%\0--amounts=5,20\0"
                  "--ints=1,2,4\0--range=64:32768\0--choice=two\0"
                  "--names=a,b\0--repeated=a,b\0--repeated=c\0";
    char *argv[16];
    const char *pos[16];
    args a, b;
    el_strings strings = {0};
    el_buf first = {0}, second = {0};
    size_t n_pos = 0, n = 0;

    (void)state;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    const el_opt_set set_a = {options, &a}, set_b = {options, &b};

    for (char *at = line; *at; at += strlen(at) + 1)
        argv[n++] = at;
    assert_int_equal(el_opt_defaults(&set_a, &strings, NULL), EL_OK);
    assert_int_equal(el_opt_parse(&set_a, 1, &(el_words){(int)n, argv}, pos,
                                  &n_pos, &strings, NULL),
                     EL_OK);
    n = print(&a, &first);
    assert_int_equal(n, 14); /* and --no-other */
    n = 0;
    for (char *at = first.text; at && n < 14; at += strlen(at) + 1)
        argv[n++] = at;
    assert_int_equal(el_opt_defaults(&set_b, &strings, NULL), EL_OK);
    assert_int_equal(el_opt_parse(&set_b, 1, &(el_words){14, argv}, pos, &n_pos,
                                  &strings, NULL),
                     EL_OK);
    assert_int_equal(print(&b, &second), 14);
    assert_int_equal(first.len, second.len);
    assert_int_equal(
        memcmp(el_buf_text(&first), el_buf_text(&second), first.len), 0);
    assert_close(b.time_s, 90, 0, 0);
    assert_true(b.n == UINT64_MAX && b.flag && !b.other && !b.none);
    assert_string_equal(b.text, "--a 'b' $c=d");
    assert_int_equal(b.repeated.n, 2);
    assert_string_equal(b.repeated.v[0], "a,b");
    el_buf_clear(&first);
    el_buf_clear(&second);
    el_strings_clear(&strings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
