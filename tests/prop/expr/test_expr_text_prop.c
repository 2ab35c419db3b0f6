/* SPDX-License-Identifier: Apache-2.0 */
/* Printing and reading: random formulas, and those of a public list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "el_expr_sample.h"

#define ROUNDS 4000
#define LIST   EL_SHARED "/data/feynman.csv"

static uint64_t seed = 0xe1e1;
static const char *const names[] = {"x", "y_2", "kv"};

static el_expr_op every_op[EL_N_EXPR_OPS];
static el_sample_rule rule = {.n_col = 3, .op = every_op, .depth = 5};

static void fill_rule(void)
{
    for (int op = EL_OP_ADD; op < EL_N_EXPR_OPS; op++)
        every_op[rule.n_op++] = (el_expr_op)op;
    /* negative numbers and their sign are where parentheses go wrong */
    every_op[rule.n_op - 1] = EL_OP_NEG;
}

static void print(const el_expr *e, el_notation notation, el_buf *out)
{
    el_expr_print(e, names, (el_expr_style){notation, 0}, out);
    assert_true(el_buf_ok(out));
}

static void expect_same_values(const el_expr *a, const el_expr *b,
                               const char *text)
{
    for (int k = 0; k < 3; k++) {
        const double x[] = {el_test_unif(&seed, 0.2, 2),
                            el_test_unif(&seed, 0.2, 2),
                            el_test_unif(&seed, -2, 2)};
        const double u = (double)el_sample_value(a, x, NULL);
        const double v = (double)el_sample_value(b, x, NULL);

        if (isnan(u) ? !isnan(v) : !(u == v || fabs(u - v) <= 1e-12 * fabs(u)))
            fail_msg("%s: %.17g, read back %.17g", text, u, v);
    }
}

/* Some numbers of the structure become multiples of pi. */
static el_expr make(void)
{
    el_expr e = el_sample_tree(&rule, &seed);

    for (unsigned k = 0; k < e.n_const; k++)
        if (e.kind[k] == EL_CONST_FIXED && el_sample_pick(&seed, 4) == 0)
            e.value[k] =
                (double)(1 + el_sample_pick(&seed, 5)) /
                (double)(1 + el_sample_pick(&seed, 4)) *
                (el_sample_pick(&seed, 2) ? EL_EXPR_PI : -1 / EL_EXPR_PI);
    return e;
}

static void round_trip(void **state)
{
    static const el_notation notation[] = {EL_NOTATION_TEXT, EL_NOTATION_C,
                                           EL_NOTATION_PYTHON};

    unsigned n_long = 0;

    (void)state;
    fill_rule();
    for (int r = 0; r < ROUNDS; r++) {
        const el_expr e = make();
        el_buf first = {0}, second = {0};
        el_expr again;
        el_error err = {0};

        print(&e, notation[r % 3], &first);
        if (el_expr_parse(first.text, names, 3, &again, &err) != EL_OK) {
            /* squares in C and multiples of pi have a number more */
            n_long++;
            if (!strstr(err.message, "too long"))
                fail_msg("%s: %s", first.text, err.message);
            el_buf_clear(&first);
            continue;
        }
        assert_true(el_expr_is_valid(&again, 3));
        print(&again, notation[r % 3], &second);
        assert_string_equal(first.text, second.text);
        expect_same_values(&e, &again, first.text);
        el_buf_clear(&second);
        el_buf_clear(&first);
    }
    assert_true(n_long < ROUNDS / 50);
}

/* Braces and \left, \right of LaTeX close; nothing else can be checked here. */
static void latex_closes(void **state)
{
    (void)state;
    for (int r = 0; r < ROUNDS / 4; r++) {
        const el_expr e = make();
        el_buf out = {0};
        int brace = 0, pair = 0;

        print(&e, EL_NOTATION_LATEX, &out);
        for (const char *c = out.text; *c; c++) {
            brace += (*c == '{') - (*c == '}');
            pair += strncmp(c, "\\left", 5) == 0;
            pair -= strncmp(c, "\\right", 6) == 0;
            assert_true(brace >= 0 && pair >= 0);
        }
        assert_true(brace == 0 && pair == 0);
        el_buf_clear(&out);
    }
}

/* name:lo:hi;name:lo:hi;... */
static size_t split_names(char *text, char *name[10])
{
    size_t n = 0;

    while (n < 10 && *text) {
        char *end = strchr(text, ';');

        name[n++] = text;
        text = end ? end + 1 : text + strlen(text);
        *strchr(name[n - 1], ':') = '\0';
    }
    return n;
}

static void published_formulas(void **state)
{
    FILE *in = fopen(LIST, "r");
    char line[1024];
    size_t n_read = 0;

    (void)state;
    if (!in)
        skip();
    assert_non_null(fgets(line, sizeof line, in));
    while (fgets(line, sizeof line, in)) {
        char *field[7], *name[10], *rest = line;
        el_expr e, again;
        el_error err = {0};
        el_buf out = {0};
        size_t n;

        for (size_t k = 0; k < 7; k++) {
            field[k] = rest;
            rest += strcspn(rest, ",");
            *rest++ = '\0';
        }
        n = split_names(field[5], name);
        if (el_expr_parse(field[3], (const char *const *)name, n, &e, &err) !=
            EL_OK)
            fail_msg("%s: %s", field[3], err.message);
        el_expr_print(&e, (const char *const *)name,
                      (el_expr_style){EL_NOTATION_PYTHON, 0}, &out);
        assert_int_equal(
            el_expr_parse(out.text, (const char *const *)name, n, &again, NULL),
            EL_OK);
        assert_int_equal(again.n_node, e.n_node);
        assert_memory_equal(again.node, e.node, e.n_node * sizeof *e.node);
        el_buf_clear(&out);
        n_read++;
    }
    (void)fclose(in);
    assert_true(n_read > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(latex_closes),
        cmocka_unit_test(published_formulas),
    };

    (void)printf("seed %llx\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
