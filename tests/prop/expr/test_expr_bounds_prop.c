/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds hold for values and difference quotients sampled inside the box. */
#include <stdio.h>

#include "el_expr_sample.h"
#include "energylens/expr_bounds.h"

#define ROUNDS  20000
#define SAMPLES 12
#define N_COL   3

static uint64_t seed = 0xb0d5;
static const char *const names[N_COL] = {"x", "y", "z"};

static const el_expr_op every_op[] = {
    EL_OP_ADD,  EL_OP_SUB,    EL_OP_MUL,  EL_OP_DIV, EL_OP_MUL,   EL_OP_ADD,
    EL_OP_POW,  EL_OP_MAX,    EL_OP_MIN,  EL_OP_NEG, EL_OP_INV,   EL_OP_SQUARE,
    EL_OP_CUBE, EL_OP_SQRT,   EL_OP_EXP,  EL_OP_LOG, EL_OP_LOG2,  EL_OP_ABS,
    EL_OP_CEIL, EL_OP_TANH,   EL_OP_SIN,  EL_OP_COS, EL_OP_LOG1P, EL_OP_ASIN,
    EL_OP_ACOS, EL_OP_SQUARE, EL_OP_SQRT, EL_OP_CEIL};
static const el_expr_op law_op[] = {
    EL_OP_ADD, EL_OP_MUL,  EL_OP_DIV, EL_OP_ADD,   EL_OP_MUL,
    EL_OP_SUB, EL_OP_SQRT, EL_OP_MAX, EL_OP_LOG1P, EL_OP_SQUARE};

typedef struct box {
    double lo[N_COL], hi[N_COL];
} box;

static box make_box(bool positive)
{
    box b;

    for (size_t c = 0; c < N_COL; c++) {
        const double a = el_test_unif(&seed, positive ? 0.1 : -3, 3);
        const double width = el_test_unif(&seed, 0, 1);

        b.lo[c] = a;
        b.hi[c] = a + width * width * 3;
    }
    /* whole numbers are where exactness matters */
    for (size_t c = 0; positive && c < N_COL; c++)
        if (el_sample_pick(&seed, 2)) {
            b.lo[c] = ceil(b.lo[c]);
            b.hi[c] = b.lo[c] + (double)el_sample_pick(&seed, 4);
        }
    return b;
}

static void draw(const box *b, double *x)
{
    for (size_t c = 0; c < N_COL; c++) {
        const size_t where = el_sample_pick(&seed, 6);

        x[c] = where == 0   ? b->lo[c]
               : where == 1 ? b->hi[c]
                            : el_test_unif(&seed, b->lo[c], b->hi[c]);
        x[c] = fmin(fmax(x[c], b->lo[c]), b->hi[c]);
    }
}

static void fail_on(const el_expr *e, const char *what, long double value,
                    el_interval bounds)
{
    el_buf out = {0};

    el_expr_print(e, names, (el_expr_style){EL_NOTATION_TEXT, 0}, &out);
    fail_msg("%s of %s: %.20Lg, bounds %.17g %.17g", what, el_buf_text(&out),
             value, bounds.lo, bounds.hi);
}

/* NaN where a node is: 1/-0 is infinite, exp of that a number again. */
static long double value(const el_expr *e, const double *x)
{
    long double at[EL_EXPR_MAX_NODES] = {0};
    const long double v = el_sample_value(e, x, at);

    for (unsigned i = 0; i < e->n_node; i++)
        if (!isfinite(at[i]))
            return NAN;
    return v;
}

/* A root of less than 0, a division by 0; not what is only too large. */
static bool is_undefined(const el_expr *e, const double *x)
{
    long double at[EL_EXPR_MAX_NODES] = {0};

    (void)el_sample_value(e, x, at);
    for (unsigned i = 0; i < e->n_node; i++) {
        const bool divides =
            e->node[i].op == EL_OP_DIV || e->node[i].op == EL_OP_INV;
        if (isnan(at[i]) || (divides && at[i - 1] == 0))
            return true;
        if (isinf(at[i]))
            return false;
    }
    return false;
}

/* Long double has its own rounding, far below that of a double. */
static bool holds(el_interval b, long double v, long double slack)
{
    return v >= b.lo - slack && v <= b.hi + slack;
}

static void check_values(const el_expr *e, const box *b, bool total,
                         el_interval bounds)
{
    for (int k = 0; k < SAMPLES; k++) {
        double x[N_COL];
        long double v;

        draw(b, x);
        v = value(e, x);
        if (total && is_undefined(e, x))
            fail_on(e, "a value that is none", v, bounds);
        if (!isnan(v) && !holds(bounds, v, 1e-17L * fabsl(v)))
            fail_on(e, "value", v, bounds);
    }
}

static void check_slopes(const el_expr *e, const box *b, size_t c,
                         el_interval bounds)
{
    for (int k = 0; k < SAMPLES; k++) {
        double x[N_COL], y[N_COL];
        long double u, v, step;

        draw(b, x);
        draw(b, y);
        step = y[c] - x[c];
        for (size_t i = 0; i < N_COL; i++)
            y[i] = i == c ? y[i] : x[i];
        u = value(e, x);
        v = value(e, y);
        if (fabsl(step) < 1e-3L || !isfinite(u) || !isfinite(v))
            continue;
        if (!holds(bounds, (v - u) / step,
                   1e-14L * (1 + fabsl(u) + fabsl(v)) / fabsl(step)))
            fail_on(e, "slope", (v - u) / step, bounds);
    }
}

typedef struct tally {
    unsigned total, finite_slope, proven, halved;
} tally;

static void check_direction(const el_expr *e, const box *b, size_t c,
                            tally *count)
{
    const el_direction d = el_expr_is_monotone(e, b->lo, b->hi, c, 30);

    count->proven += d == EL_DIRECTION_UP || d == EL_DIRECTION_DOWN;
    count->halved += d != EL_DIRECTION_UNPROVEN &&
                     el_expr_is_monotone(e, b->lo, b->hi, c, 1) != d;
    if (d != EL_DIRECTION_UNPROVEN)
        check_slopes(e, b, c,
                     (el_interval){d == EL_DIRECTION_DOWN ? -INFINITY : 0,
                                   d == EL_DIRECTION_UP ? INFINITY : 0});
}

static tally run(const el_expr_op *op, size_t n_op, bool positive)
{
    const el_sample_rule rule = {
        .n_col = N_COL, .n_op = n_op, .op = op, .depth = 4};
    tally count = {0};

    for (int r = 0; r < ROUNDS; r++) {
        const el_expr e = el_sample_tree(&rule, &seed);
        const box b = make_box(positive);
        const size_t c = el_sample_pick(&seed, N_COL);
        el_interval values, slopes;
        const bool total = el_expr_bounds(&e, b.lo, b.hi, &values);

        assert_int_equal(el_expr_slope_bounds(&e, b.lo, b.hi, c, &slopes),
                         total);
        check_values(&e, &b, total, values);
        check_slopes(&e, &b, c, slopes);
        check_direction(&e, &b, c, &count);
        count.total += total;
        count.finite_slope += isfinite(slopes.lo) && isfinite(slopes.hi);
    }
    (void)printf("of %d: %u defined, %u slopes bounded, %u directions proven, "
                 "%u by halving\n",
                 ROUNDS, count.total, count.finite_slope, count.proven,
                 count.halved);
    return count;
}

static void test_every_operator(void **state)
{
    const size_t n = sizeof every_op / sizeof *every_op;

    (void)state;
    assert_true(run(every_op, n, true).total > ROUNDS / 4);
    assert_true(run(every_op, n, false).total > ROUNDS / 10);
}

/* Laws on positive boxes: most that hold are to be proved. */
static void test_laws(void **state)
{
    const tally count = run(law_op, sizeof law_op / sizeof *law_op, true);

    (void)state;
    assert_true(count.finite_slope > ROUNDS / 2);
    assert_true(count.proven > ROUNDS / 4 && count.halved > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_operator),
        cmocka_unit_test(test_laws),
    };

    (void)printf("seed %llx\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
