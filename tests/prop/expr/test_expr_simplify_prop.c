/* SPDX-License-Identifier: Apache-2.0 */
/* Random trees: simplified ones are no larger and mean the same. */
#include <float.h>
#include <stdio.h>

#include "el_expr_sample.h"

#define ROUNDS 20000
#define POINTS 4

static uint64_t seed = 0x51a9;
static const char *const names[] = {"x", "y", "z"};

static const el_expr_op every_op[] = {
    EL_OP_ADD,  EL_OP_SUB,    EL_OP_MUL,   EL_OP_DIV,  EL_OP_MUL,
    EL_OP_DIV,  EL_OP_POW,    EL_OP_MAX,   EL_OP_MIN,  EL_OP_NEG,
    EL_OP_INV,  EL_OP_SQUARE, EL_OP_CUBE,  EL_OP_SQRT, EL_OP_EXP,
    EL_OP_LOG,  EL_OP_LOG2,   EL_OP_LOG1P, EL_OP_ABS,  EL_OP_CEIL,
    EL_OP_TANH, EL_OP_SIN,    EL_OP_COS,   EL_OP_ASIN, EL_OP_ACOS};
static const el_expr_op sums_and_products[] = {
    EL_OP_ADD, EL_OP_SUB,    EL_OP_MUL,  EL_OP_DIV,  EL_OP_NEG,
    EL_OP_INV, EL_OP_SQUARE, EL_OP_SQRT, EL_OP_CUBE, EL_OP_POW};

/* A change from one value to another; none counts as a large one. */
static long double change(long double from, long double to)
{
    return isnan(to) ? INFINITY : fabsl(to - from);
}

/*
 * Absolute error that rounding of the numbers alone may make of the value:
 * operands' errors carried through each operator, plus an ulp of its own.
 * Infinite where that is rough, or a node is beyond the range of a double.
 */
static long double rounding(const el_expr *e, const double *x)
{
    long double at[EL_EXPR_MAX_NODES] = {0}, err[EL_EXPR_MAX_NODES] = {0};

    (void)el_sample_value(e, x, at);
    for (unsigned i = 0; i < e->n_node; i++) {
        const el_expr_op op = (el_expr_op)e->node[i].op;
        const unsigned n = el_expr_op_operands(op);
        const unsigned left = n == 2 ? el_expr_left(e, i) : 0;
        const long double size = fabsl(at[i]);

        if (!(size == 0 || (size > 1e-300L && size < 1e300L)))
            return INFINITY;
        err[i] = size * DBL_EPSILON;
        if (n == 0)
            continue;
        const long double a = n == 2 ? at[left] : 0, b = at[i - 1];
        for (int sign = -1; sign <= 1; sign += 2) {
            const long double da = sign * err[left], db = sign * err[i - 1];
            if (n == 2)
                err[i] += change(at[i], el_sample_apply(op, a + da, b));
            err[i] += change(at[i], el_sample_apply(op, a, b + db));
        }
    }
    return err[e->n_node - 1];
}

static void show(const el_expr *e, const char *what)
{
    el_buf out = {0};

    el_expr_print(e, names, (el_expr_style){EL_NOTATION_TEXT, 0}, &out);
    print_error("%s: %s\n", what, el_buf_text(&out));
    el_buf_clear(&out);
}

static bool has_steep_power(const el_expr *e)
{
    for (unsigned i = 0; i < e->n_node; i++)
        if (e->node[i].op == EL_OP_POW && e->node[i - 1].op == EL_OP_CONST &&
            fabs(e->value[e->node[i - 1].arg]) > 100)
            return true;
    return false;
}

/* Returns whether there was something to compare. */
static bool expect_same_value(const el_expr *e, const el_expr *s, bool positive)
{
    double x[3];
    long double u, v, slack;

    for (int k = 0; k < 3; k++)
        x[k] = el_test_unif(&seed, positive ? 0.3 : -3, 3);
    u = el_sample_value(e, x, NULL);
    slack = rounding(e, x);
    if (!isfinite(u) || !isfinite(slack) || slack > 1e-9L * fabsl(u))
        return false; /* not defined, or hidden by cancellation */
    if (isinf(rounding(s, x)) && has_steep_power(s))
        return false; /* x^9999 y^-9999: a factor can be out of range alone */
    v = el_sample_value(s, x, NULL);
    if (!(fabsl(u - v) <= 1e-12L * fabsl(u) + 8 * slack)) {
        show(e, "formula");
        show(s, "simplified");
        fail_msg("at %.17g %.17g %.17g: %.17Lg became %.17Lg", x[0], x[1], x[2],
                 u, v);
    }
    return true;
}

static unsigned check(const el_sample_rule *rule, bool positive)
{
    const el_expr e = el_sample_tree(rule, &seed);
    el_expr s = e, again;
    unsigned n = 0;

    (void)el_expr_simplify(&s, positive);
    assert_true(el_expr_is_valid(&s, 3));
    assert_true(s.n_node <= e.n_node);
    assert_true(el_expr_complexity(&s) <= el_expr_complexity(&e));
    for (int k = 0; k < POINTS; k++)
        n += expect_same_value(&e, &s, positive);
    again = s;
    if (el_expr_simplify(&again, positive)) {
        show(&e, "formula");
        show(&s, "once");
        show(&again, "twice");
        fail_msg("a second time changes more");
    }
    return n;
}

static void run(const el_expr_op *op, size_t n_op, bool positive)
{
    const el_sample_rule rule = {
        .n_col = 3, .n_op = n_op, .op = op, .depth = 5};
    unsigned n = 0;

    for (int r = 0; r < ROUNDS; r++)
        n += check(&rule, positive);
    (void)printf("%u of %u points compared\n", n, ROUNDS * POINTS);
    assert_true(n > ROUNDS * POINTS / 10);
}

static void test_every_operator(void **state)
{
    (void)state;
    run(every_op, sizeof every_op / sizeof *every_op, true);
    run(every_op, sizeof every_op / sizeof *every_op, false);
}

static void test_sums_and_products(void **state)
{
    const size_t n = sizeof sums_and_products / sizeof *sums_and_products;

    (void)state;
    run(sums_and_products, n, true);
    run(sums_and_products, n, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_operator),
        cmocka_unit_test(test_sums_and_products),
    };

    (void)printf("seed %llx\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
