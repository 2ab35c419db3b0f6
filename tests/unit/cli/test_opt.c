/* SPDX-License-Identifier: Apache-2.0 */
/* Option tables: every kind of value, every way to give it, every error. */
#include "el_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/nearest.h"
#include "cli/opt.h"
#include "cli/verbs.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): tests set their environment */

typedef struct args {
    bool flag;
    const char *text;
    uint64_t n;
    double x, wait_s;
    el_amount part;
    el_amounts parts;
    el_ints tp;
    el_range isl;
    int scope;
    el_names forms, set;
} args;

static const char *const scopes[] = {"gpus", "node", "facility", NULL};

static const el_opt options[] = {
    {.name = "flag", .letter = 'f', .kind = EL_OPT_FLAG, EL_OPT_AT(args, flag)},
    {.name = "text",
     .letter = 't',
     .kind = EL_OPT_STRING,
     EL_OPT_AT(args, text)},
    {.name = "n",
     .letter = 'n',
     .kind = EL_OPT_UINT,
     EL_OPT_AT(args, n),
     .def = "3",
     .min = 1,
     .max = 1024},
    {.name = "x",
     .kind = EL_OPT_DOUBLE,
     EL_OPT_AT(args, x),
     .min = 0,
     .max = HUGE_VAL},
    {.name = "wait-time", .kind = EL_OPT_DURATION, EL_OPT_AT(args, wait_s)},
    {.name = "part", .kind = EL_OPT_AMOUNT, EL_OPT_AT(args, part)},
    {.name = "parts", .kind = EL_OPT_AMOUNTS, EL_OPT_AT(args, parts)},
    {.name = "tp",
     .alias = "tensor-parallel-size",
     .kind = EL_OPT_INTS,
     EL_OPT_AT(args, tp),
     .min = 1,
     .max = 64},
    {.name = "isl",
     .alias = "input",
     .kind = EL_OPT_RANGE,
     EL_OPT_AT(args, isl)},
    {.name = "scope",
     .kind = EL_OPT_ENUM,
     .choices = scopes,
     EL_OPT_AT(args, scope),
     .def = "node"},
    {.name = "forms", .kind = EL_OPT_NAMES, EL_OPT_AT(args, forms)},
    {.name = "set", .kind = EL_OPT_REPEATED, EL_OPT_AT(args, set)},
    {.name = NULL}};

/* One parsed command line. */
typedef struct parsed {
    args a;
    const char *pos[16];
    size_t n_pos;
    bool help;
    el_strings strings;
    el_error err;
    el_status st;
} parsed;

static void parse(parsed *p, int argc, const char *const *argv)
{
    const el_opt_set set = {options, &p->a};
    el_words words = {argc, NULL};

    memcpy(&words.argv, &argv, sizeof argv); /* main() gets them mutable */
    memset(p, 0, sizeof *p);
    p->st = el_opt_defaults(&set, &p->strings, &p->err);
    p->help = el_opt_wants_help(&words);
    if (p->st == EL_OK && !p->help)
        p->st = el_opt_parse(&set, 1, &words, p->pos, &p->n_pos, &p->strings,
                             &p->err);
}

#define PARSE(p, ...)                                                          \
    do {                                                                       \
        const char *const argv_[] = {__VA_ARGS__};                             \
        parse(p, (int)(sizeof argv_ / sizeof argv_[0]), argv_);                \
    } while (0)

/* The command line is refused with exactly this message. */
#define REFUSED(message_, ...)                                                 \
    do {                                                                       \
        parsed r_;                                                             \
        PARSE(&r_, __VA_ARGS__);                                               \
        assert_int_equal(r_.st, EL_E_ARG);                                     \
        assert_string_equal(r_.err.message, message_);                         \
        el_strings_clear(&r_.strings);                                         \
    } while (0)

static void test_empty_values_and_defaults(void **state)
{
    parsed p;

    (void)state;
    PARSE(&p, "-");
    assert_int_equal(p.st, EL_OK);
    assert_false(p.a.flag);
    assert_null(p.a.text);
    assert_int_equal(p.a.n, 3);
    assert_true(isnan(p.a.x) && isnan(p.a.wait_s));
    assert_true(isnan(p.a.part.value) && isnan(p.a.isl.lo));
    assert_int_equal(p.a.tp.n, 0);
    assert_int_equal(p.a.scope, 1);
    assert_int_equal(p.n_pos, 1); /* "-" is a positional */
    el_strings_clear(&p.strings);
}

static void test_every_kind(void **state)
{
    parsed p;

    (void)state;
    PARSE(&p, "--flag", "--text", "a b", "--n=7", "--x", "-0", "--wait-time",
          "500ms", "--part", "50%", "--tensor-parallel-size", "1,2,4",
          "--input=64:32768", "--scope", "gpus", "--forms", "a,b", "--set",
          "x=1,2", "--set=y");
    assert_int_equal(p.st, EL_OK);
    assert_true(p.a.flag);
    assert_string_equal(p.a.text, "a b");
    assert_int_equal(p.a.n, 7);
    assert_close(p.a.wait_s, 0.5, 0, 0);
    assert_close(p.a.part.value, 50, 0, 0);
    assert_true(p.a.part.percent);
    assert_int_equal(p.a.tp.n, 3);
    assert_int_equal(p.a.tp.v[2], 4);
    assert_close(p.a.isl.lo, 64, 0, 0);
    assert_close(p.a.isl.hi, 32768, 0, 0);
    assert_int_equal(p.a.scope, 0);
    assert_int_equal(p.a.forms.n, 2);
    assert_string_equal(p.a.forms.v[1], "b");
    assert_int_equal(p.a.set.n, 2);
    assert_string_equal(p.a.set.v[0], "x=1,2");
    assert_string_equal(p.a.set.v[1], "y");
    el_strings_clear(&p.strings);
}

static void test_amounts(void **state)
{
    parsed p;

    (void)state;
    PARSE(&p, "--parts", "5,20,5,7.5");
    assert_int_equal(p.st, EL_OK);
    assert_int_equal(p.a.parts.n, 3); /* twice asks for it once */
    assert_false(p.a.parts.percent);
    assert_close(p.a.parts.v[0], 5, 0, 0);
    assert_close(p.a.parts.v[2], 7.5, 0, 0);
    el_strings_clear(&p.strings);
    PARSE(&p, "--parts=10%,50%");
    assert_int_equal(p.a.parts.n, 2);
    assert_true(p.a.parts.percent);
    assert_close(p.a.parts.v[1], 50, 0, 0);
    el_strings_clear(&p.strings);
    REFUSED("--parts: counts and percentages do not mix: \"5,50%\"", "--parts",
            "5,50%");
    REFUSED("--parts: not a number: \"5,,7\"", "--parts", "5,,7");
    REFUSED("--parts: not a number: \"%\"", "--parts", "%");
}

static void test_durations(void **state)
{
    static const struct {
        const char *text;
        double want_s;
    } cases[] = {{"1.5", 1.5},  {"0.5s", 0.5}, {"40ms", 0.04}, {"20us", 2e-5},
                 {"7ns", 7e-9}, {"2min", 120}, {"1h", 3600},   {"1e-3s", 1e-3}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        parsed p;

        PARSE(&p, "--wait-time", cases[i].text);
        assert_int_equal(p.st, EL_OK);
        assert_close(p.a.wait_s, cases[i].want_s, 0, 0);
        el_strings_clear(&p.strings);
    }
    REFUSED("--wait-time: not a time (500ms, 1.5s, 2min): \"5m\"",
            "--wait-time", "5m");
    REFUSED("--wait-time: not a time (500ms, 1.5s, 2min): \"-1s\"",
            "--wait-time=-1s");
    REFUSED("--wait-time: not a time (500ms, 1.5s, 2min): \"\"",
            "--wait-time=");
}

static void test_short_options(void **state)
{
    parsed p;

    (void)state;
    PARSE(&p, "in.csv", "-fn", "9", "-tFILE", "--", "--n", "-x");
    assert_int_equal(p.st, EL_OK);
    assert_true(p.a.flag);
    assert_int_equal(p.a.n, 9);
    assert_string_equal(p.a.text, "FILE");
    assert_int_equal(p.n_pos, 3);
    assert_string_equal(p.pos[0], "in.csv");
    assert_string_equal(p.pos[1], "--n");
    assert_string_equal(p.pos[2], "-x");
    el_strings_clear(&p.strings);
}

static void test_last_one_wins_and_negation(void **state)
{
    parsed p;

    (void)state;
    PARSE(&p, "--flag", "--no-flag", "--n", "1", "--n", "2", "--tp", "1",
          "--tp", "2");
    assert_int_equal(p.st, EL_OK);
    assert_false(p.a.flag);
    assert_int_equal(p.a.n, 2);
    assert_int_equal(p.a.tp.n, 1);
    el_strings_clear(&p.strings);
}

static void test_help_anywhere(void **state)
{
    parsed p;

    (void)state;
    PARSE(&p, "--nonsense", "--help");
    assert_int_equal(p.st, EL_OK);
    assert_true(p.help);
    PARSE(&p, "--", "--help");
    assert_false(p.help);
    el_strings_clear(&p.strings);
}

static void test_refusals(void **state)
{
    (void)state;
    REFUSED("unknown option --tpp, did you mean --tp?", "--tpp", "4");
    REFUSED("unknown option --tensor-paralel-size, did you mean "
            "--tensor-parallel-size?",
            "--tensor-paralel-size=4");
    REFUSED("unknown option --nonsense", "--nonsense");
    REFUSED("unknown option -z", "-z");
    REFUSED("--n needs a value", "--n");
    REFUSED("--text needs a value, not --flag (or write --text=--flag)",
            "--text", "--flag");
    REFUSED("--flag takes no value", "--flag=1");
    REFUSED("--n: not a whole number: \"1.5\"", "--n", "1.5");
    REFUSED("--n: not a whole number: \"-1\"", "--n", "-1");
    REFUSED("--n: not a whole number: \"\"", "--n=");
    REFUSED("--n: number too large: \"18446744073709551616\"",
            "--n=18446744073709551616");
    REFUSED("--n: 0 is outside 1 .. 1024", "--n", "0");
    REFUSED("-n: 1025 is outside 1 .. 1024", "-n1025");
    REFUSED("--x: -1 is below 0", "--x", "-1");
    REFUSED("--x: not a number: \"12,3\"", "--x", "12,3");
    REFUSED("--x: not a number: \"nan\"", "--x", "nan");
    REFUSED("--part: not a number: \"%\"", "--part", "%");
    REFUSED("--tp: not a whole number: \"1,,2\"", "--tp", "1,,2");
    REFUSED("--tp: 1,65 is outside 1 .. 64", "--tp", "1,65");
    REFUSED("--isl: the range ends before it starts: \"9:1\"", "--isl", "9:1");
    REFUSED("--isl: not a number: \"1:\"", "--isl", "1:");
    REFUSED("--scope: unknown value \"gpu\", did you mean gpus?", "--scope",
            "gpu");
    REFUSED("--scope: unknown value \"everything\" (one of gpus, node, "
            "facility)",
            "--scope", "everything");
    REFUSED("--forms: empty name in the list: \"a,\"", "--forms", "a,");
}

static void test_refused_value_changes_nothing(void **state)
{
    parsed p;

    (void)state;
    PARSE(&p, "--tp", "1,2", "--tp", "3,x");
    assert_int_equal(p.st, EL_E_ARG);
    assert_int_equal(p.a.tp.n, 2);
    assert_int_equal(p.a.tp.v[0], 1);
    el_strings_clear(&p.strings);
}

static void test_too_many_values(void **state)
{
    char list[8 * EL_OPT_MAX_LIST] = "";
    int used = 0;

    (void)state;
    for (int i = 1; i <= (int)EL_OPT_MAX_LIST + 1; i++)
        used += snprintf(list + used, sizeof list - (size_t)used, "%s%d",
                         i > 1 ? "," : "", i);
    REFUSED("--forms: more than 64 values", "--forms", list);
}

static void test_values_named_twice(void **state)
{
    parsed p;

    (void)state;
    PARSE(&p, "--tp", "2,1,2,2", "--forms", "a,ab,a,ab,b");
    assert_int_equal(p.st, EL_OK);
    assert_int_equal(p.a.tp.n, 2);
    assert_int_equal(p.a.tp.v[0], 2);
    assert_int_equal(p.a.tp.v[1], 1);
    assert_int_equal(p.a.forms.n, 3);
    assert_string_equal(p.a.forms.v[1], "ab");
    assert_string_equal(p.a.forms.v[2], "b");
    el_strings_clear(&p.strings);
}

static char *fake_environment(const char *name)
{
    static char wait[] = "2s", empty[] = "", yes[] = "Yes", bad[] = "x";

    if (strcmp(name, "ENERGYLENS_WAIT_TIME") == 0)
        return wait;
    if (strcmp(name, "ENERGYLENS_FLAG") == 0)
        return yes;
    if (strcmp(name, "ENERGYLENS_TEXT") == 0)
        return empty;
    if (strcmp(name, "ENERGYLENS_SCOPE") == 0)
        return getenv("EL_TEST_SCOPE") ? bad : NULL;
    return NULL;
}

static void test_environment(void **state)
{
    args a;
    const el_opt_set set = {options, &a};
    el_strings strings = {0};
    el_error err;

    (void)state;
    assert_int_equal(el_opt_defaults(&set, &strings, &err), EL_OK);
    assert_int_equal(
        el_opt_environment(&set, 1, fake_environment, &strings, &err), EL_OK);
    assert_close(a.wait_s, 2, 0, 0);
    assert_true(a.flag);
    assert_null(a.text);
    setenv("EL_TEST_SCOPE", "1", 1);
    assert_int_equal(
        el_opt_environment(&set, 1, fake_environment, &strings, &err),
        EL_E_ARG);
    unsetenv("EL_TEST_SCOPE");
    assert_string_equal(err.message, "ENERGYLENS_SCOPE: unknown value \"x\" "
                                     "(one of gpus, node, facility)");
    el_strings_clear(&strings);
}

static void test_flag_words(void **state)
{
    args a;
    el_strings strings = {0};
    el_error err;

    (void)state;
    assert_int_equal(
        el_opt_store(&options[0], &a, "w", "on", true, &strings, &err), EL_OK);
    assert_true(a.flag);
    assert_int_equal(
        el_opt_store(&options[0], &a, "w", "0", true, &strings, &err), EL_OK);
    assert_false(a.flag);
    assert_int_equal(
        el_opt_store(&options[0], &a, "w", "maybe", true, &strings, &err),
        EL_E_ARG);
}

static void test_nearest(void **state)
{
    static const char *const names[] = {"fit", "predict", "optimize", NULL};

    (void)state;
    assert_string_equal(el_nearest_name("fti", 3, names), "fit");
    assert_string_equal(el_nearest_name("predct", 6, names), "predict");
    assert_null(el_nearest_name("serve", 5, names));
    assert_null(el_nearest_name("", 0, names));
}

static void test_every_allocation_fails(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        parsed p;

        el_mem_fail_at(k);
        PARSE(&p, "--forms", "a,b,c", "--set", "x", "--set", "y");
        el_mem_fail_at(-1);
        st = p.st;
        el_strings_clear(&p.strings);
        assert_int_equal(el_mem_live(), 0);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
}

/* The product's own tables: mistakes in them are found here. */
static void check_table(const el_opt *table, const el_verb *verb)
{
    for (const el_opt *o = table; o && o->name; o++) {
        assert_non_null(o->help);
        assert_true(strlen(o->help) > 0 && strlen(o->name) < 40);
        assert_true(el_opt_find(table, o->name, strlen(o->name)) == o);
        if (o->alias)
            assert_true(el_opt_find(table, o->alias, strlen(o->alias)) == o);
        if (o->kind == EL_OPT_ENUM)
            assert_non_null(o->choices);
        if (verb && table != el_common_options)
            assert_null(
                el_opt_find(el_common_options, o->name, strlen(o->name)));
    }
}

static void test_product_tables(void **state)
{
    (void)state;
    check_table(el_common_options, NULL);
    for (size_t i = 0; el_verbs[i]; i++) {
        const el_verb *v = el_verbs[i];
        void *memory = v->args_size ? calloc(1, v->args_size) : NULL;
        const el_opt_set set = {v->options, memory};
        el_strings strings = {0};
        el_error err = {0};

        check_table(v->options, v);
        assert_non_null(v->summary);
        assert_true(v->min_pos <= v->max_pos);
        for (const el_opt *o = v->options; o && o->name; o++)
            assert_true(o->offset + o->size <= v->args_size);
        if (el_opt_defaults(&set, &strings, &err) != EL_OK)
            fail_msg("%s: %s", v->name, err.message);
        el_strings_clear(&strings);
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_values_and_defaults),
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_short_options),
        cmocka_unit_test(test_last_one_wins_and_negation),
        cmocka_unit_test(test_help_anywhere),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_refused_value_changes_nothing),
        cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_values_named_twice),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_flag_words),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_product_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */
