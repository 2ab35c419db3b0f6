/* SPDX-License-Identifier: Apache-2.0 */
/* Values, losses and derivatives of formulas, each operator on its own and
   against long double or by hand. */
#include "el_test.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "el_expr_sample.h"
#include "energylens/expr_eval.h"
#include "expr/build.h"
#include "expr/scalar.h"
#include "expr/tape.h"

#define N 37 /* not a multiple of any vector */

static const char *const isas[] = {"avx512", "avx2", "generic"};

typedef struct table {
    double value[3][N];
    const double *col[3];
    el_columns columns;
} table;

/* Columns 0 and 1 in (lo, hi); column 2 has both signs and a 0. */
static void fill(table *t, double lo, double hi)
{
    uint64_t s = 11;

    for (int j = 0; j < 3; j++) {
        t->col[j] = t->value[j];
        for (int i = 0; i < N; i++)
            t->value[j][i] = el_test_unif(&s, lo, hi);
    }
    for (int i = 0; i < N; i++)
        t->value[2][i] = i == 5 ? 0.0 : el_test_unif(&s, -3, 3);
    t->columns = (el_columns){t->col, 3, N};
}

static el_expr two(el_expr_op op, size_t a, size_t b)
{
    el_expr e = {0};
    assert_true(el_expr_push_col(&e, a) && el_expr_push_col(&e, b) &&
                el_expr_push_op(&e, op));
    return e;
}

static el_expr one(el_expr_op op, size_t a)
{
    el_expr e = {0};
    assert_true(el_expr_push_col(&e, a) && el_expr_push_op(&e, op));
    return e;
}

static el_expr power(size_t a, double p)
{
    el_expr e = {0};
    assert_true(el_expr_push_col(&e, a) &&
                el_expr_push_const(&e, p, EL_CONST_FIXED) &&
                el_expr_push_op(&e, EL_OP_POW));
    return e;
}

static void check_same(double got, double want, double rtol)
{
    if (isnan(want))
        assert_true(isnan(got));
    else if (isinf(want))
        assert_true(got == want);
    else
        assert_close(got, want, rtol, 0);
}

/* Every operator on positive numbers, on numbers below 1 and on both signs. */
static void every_operator(void **state)
{
    const double lo[] = {0.1, 0.01}, hi[] = {30, 0.99};

    (void)state;
    for (int range = 0; range < 2; range++)
        for (unsigned op = EL_OP_ADD; op < EL_N_EXPR_OPS; op++)
            for (unsigned a = 0; a < 3; a += 2)
                for (unsigned b = 1; b < 3; b++) {
                    table t;
                    double y[N];
                    const bool is_two = el_expr_op_operands(op) == 2;
                    el_expr e = is_two ? two(op, a, b) : one(op, a);

                    fill(&t, lo[range], hi[range]);
                    assert_int_equal(el_expr_eval(&e, &t.columns, y, NULL),
                                     EL_OK);
                    for (int i = 0; i < N; i++) {
                        const double l = t.value[a][i];
                        const double r = is_two ? t.value[b][i] : l;
                        check_same(y[i], el_expr_apply(op, l, r),
                                   op == EL_OP_POW ? 3e-14 : 6e-16);
                    }
                }
}

/* x^p for every way to make it: chains of products, square roots, exp. */
static void every_power(void **state)
{
    table t;
    double y[N];

    (void)state;
    fill(&t, 0.1, 30);
    for (int a = 0; a < 3; a += 2)
        for (int k = -40; k <= 40; k++) {
            const double p = k % 2 ? k / 4.0 : k / 3.0;
            el_expr e = power((size_t)a, p);

            assert_int_equal(el_expr_eval(&e, &t.columns, y, NULL), EL_OK);
            for (int i = 0; i < N; i++)
                check_same(y[i], pow(t.value[a][i], p), 2e-14);
        }
}

static void not_a_number_spreads(void **state)
{
    const double x[] = {(double)NAN, 1}, z[] = {1, (double)NAN};
    const double *col[] = {x, z};
    const el_columns columns = {col, 2, 2};
    double y[2];

    (void)state;
    for (unsigned op = EL_OP_ADD; op < EL_N_EXPR_OPS; op++) {
        el_expr e = el_expr_op_operands(op) == 2 ? two(op, 0, 1) : one(op, 0);
        assert_int_equal(el_expr_eval(&e, &columns, y, NULL), EL_OK);
        assert_true(isnan(y[0]));
        if (el_expr_op_operands(op) == 2 && op != EL_OP_POW) /* 1^NaN = 1 */
            assert_true(isnan(y[1]));
    }
}

static void leaves(void **state)
{
    table t;
    double y[N], jac[N];
    el_expr e = {0}, log_of = one(EL_OP_LOG, 0);

    (void)state;
    fill(&t, 0.1, 30);
    assert_true(el_expr_push_col(&e, 1));
    assert_int_equal(el_expr_eval(&e, &t.columns, y, NULL), EL_OK);
    assert_memory_equal(y, t.value[1], sizeof y);
    assert_int_equal(el_expr_eval(&log_of, &t.columns, y, NULL), EL_OK);
    assert_close(y[7], log(t.value[0][7]), 1e-15, 0);
    e = (el_expr){0};
    assert_true(el_expr_push_const(&e, 2.5, EL_CONST_FREE));
    assert_int_equal(el_expr_eval(&e, &t.columns, y, NULL), EL_OK);
    assert_int_equal(el_expr_jacobian(&e, &t.columns, jac, NULL), EL_OK);
    for (int i = 0; i < N; i++)
        assert_true(y[i] == 2.5 && jac[i] == 1.0);
}

/* op(c x + d, e x): constants below each operand, against differences. */
static el_expr probe(el_expr_op op, double c, double d, double f)
{
    el_expr e = {0};
    bool ok = el_expr_push_const(&e, c, EL_CONST_FREE) &&
              el_expr_push_col(&e, 0) && el_expr_push_op(&e, EL_OP_MUL) &&
              el_expr_push_const(&e, d, EL_CONST_FREE) &&
              el_expr_push_op(&e, EL_OP_ADD);
    if (ok && el_expr_op_operands(op) == 2)
        ok = el_expr_push_const(&e, f, EL_CONST_FREE) &&
             el_expr_push_col(&e, 1) && el_expr_push_op(&e, EL_OP_MUL);
    assert_true(ok && el_expr_push_op(&e, op));
    return e;
}

static void check_jacobian(const el_expr *expr, const el_columns *columns)
{
    double jac[N * EL_EXPR_MAX_CONSTS], up[N], down[N];

    assert_int_equal(el_expr_jacobian(expr, columns, jac, NULL), EL_OK);
    for (unsigned j = 0; j < expr->n_const; j++) {
        el_expr e = *expr;
        const double h = 1e-6 * (1 + fabs(e.value[j]));

        e.value[j] += h;
        assert_int_equal(el_expr_eval(&e, columns, up, NULL), EL_OK);
        e.value[j] -= 2 * h;
        assert_int_equal(el_expr_eval(&e, columns, down, NULL), EL_OK);
        for (int i = 0; i < N; i++)
            assert_close(jac[i * expr->n_const + (int)j],
                         (up[i] - down[i]) / (2 * h), 1e-6,
                         1e-8 * (1 + fabs(up[i])));
    }
}

static void every_derivative(void **state)
{
    table t;

    (void)state;
    fill(&t, 0.1, 0.9);
    for (unsigned op = EL_OP_ADD; op < EL_N_EXPR_OPS; op++) {
        el_expr e = probe(op, 0.7, 0.11, 1.3);
        check_jacobian(&e, &t.columns);
        e.value[0] = -0.6; /* negative and mixed operands */
        e.value[1] = 0.2;
        if (op != EL_OP_POW && op != EL_OP_SQRT && op != EL_OP_LOG &&
            op != EL_OP_LOG2)
            check_jacobian(&e, &t.columns);
    }
}

/* Exponents: of a column (through its logarithm), of a term, fixed halves. */
static void power_derivatives(void **state)
{
    table t;

    (void)state;
    fill(&t, 0.1, 0.9);
    for (int k = -20; k <= 20; k++) {
        el_expr e = {0}, f = {0};

        assert_true(el_expr_push_col(&e, 1) &&
                    el_expr_push_const(&e, 0.25 * k, EL_CONST_EXPONENT) &&
                    el_expr_push_op(&e, EL_OP_POW));
        check_jacobian(&e, &t.columns);
        assert_true(el_expr_push_const(&f, 1.7, EL_CONST_FREE) &&
                    el_expr_push_col(&f, 0) && el_expr_push_op(&f, EL_OP_MUL) &&
                    el_expr_push_const(&f, 0.25 * k, EL_CONST_FIXED) &&
                    el_expr_push_op(&f, EL_OP_POW));
        check_jacobian(&f, &t.columns);
        { /* the way a fit goes, which leaves the exponent alone */
            double jac[N], all[2 * N];
            el_frame frame;
            el_tape tape;

            assert_int_equal(el_frame_init(&frame, &t.columns, 7, NULL), EL_OK);
            assert_int_equal(el_tape_init(&tape, NULL, NULL), EL_OK);
            el_tape_jacobian(&tape, &f, 1, &frame, jac);
            assert_int_equal(el_expr_jacobian(&f, &t.columns, all, NULL),
                             EL_OK);
            for (size_t i = 0; i < N; i++)
                assert_close(jac[i], all[2 * i], 1e-13, 0);
            el_tape_clear(&tape);
            el_frame_clear(&frame);
        }
    }
}

/* Products of powers, which share one exp, in every arrangement. */
static void monomials(void **state)
{
    static const char *const names[] = {"x", "z", "t"};
    static const char *const texts[] = {
        "1.5*x^0.7",
        "x^0.7*1.5",
        "1.5*x^0.7*z^1.3",
        "x^0.7*1.5*z^1.3/t^0.4",
        "1.5*x^0.7*z^1.3*t^0.4/z^2.3",
        "2.5/(x^0.7)",
        "1.5*(2.5*x^0.3)",
        "(1.5*x^0.7)*(2.5*z^0.3)",
        "(1.5*x^0.7)/(2.5*z^0.3)",
        "x*z^0.3/t",
        "x/(1.5*z^0.3)",
        "x/(z^0.3*t^0.2)",
        "x*(1.5*z^0.3)",
        "(1.5*z^0.3)/x*t",
        "sqrt(1.5*x^0.7)",
        "log(1.5*x^0.7*z)",
        "x^0.7 + 1.5*z^0.3*t - t^0.1",
        "(x^0.7)^1.2",
        "(1.5 + x)^0.7*z^0.3",
        "-(x^0.7*z^0.2)",
        "x^0.7*z^0.2*(1.5 + t)",
        "(1.5 + t)*(x^0.7*z^0.2)",
        "(2.5 + x*z^0.3)/(1.5*x^0.7*t)",
        "max(x^0.7*2.5, z^0.3/x)",
        "exp(x^0.2/z^0.3)*(t^0.7*1.5)",
    };
    table t;

    (void)state;
    fill(&t, 0.3, 3);
    for (int i = 0; i < N; i++)
        t.value[2][i] = fabs(t.value[2][i]) + 0.1;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        double y[N];
        el_expr e;

        assert_int_equal(el_expr_parse(texts[k], names, 3, &e, NULL), EL_OK);
        for (unsigned j = 0; j < e.n_const; j++)
            assert_true(e.kind[j] != EL_CONST_FIXED);
        assert_int_equal(el_expr_eval(&e, &t.columns, y, NULL), EL_OK);
        for (int i = 0; i < N; i++) {
            const double x[] = {t.value[0][i], t.value[1][i], t.value[2][i]};
            assert_close(y[i], (double)el_sample_value(&e, x, NULL), 3e-14,
                         1e-15);
        }
        check_jacobian(&e, &t.columns);
    }
}

/* At 0 a power has the slope of its limit, not NaN. */
static void slopes_at_zero(void **state)
{
    const double x[] = {0}, p[] = {0, 1, 2.5}, want[] = {0, 1, 0};
    const double *col[] = {x};
    const el_columns columns = {col, 1, 1};

    (void)state;
    for (int k = 0; k < 3; k++) { /* (x + c)^p at x = c = 0 */
        el_expr e = {0};
        double jac[2];

        assert_true(el_expr_push_col(&e, 0) &&
                    el_expr_push_const(&e, 0.0, EL_CONST_FREE) &&
                    el_expr_push_op(&e, EL_OP_ADD) &&
                    el_expr_push_const(&e, p[k], EL_CONST_FREE) &&
                    el_expr_push_op(&e, EL_OP_POW));
        assert_int_equal(el_expr_jacobian(&e, &columns, jac, NULL), EL_OK);
        assert_close(jac[0], want[k], 0, 0);
        if (k > 0)
            assert_close(jac[1], 0, 0, 0);
    }
}

/* sin, cos and their derivatives where only libm can reduce the angle. */
static void large_angles(void **state)
{
    const double x[] = {1e6, -3e8, 1e22, 0.5};
    const double *col[] = {x};
    const el_columns columns = {col, 1, 4};
    el_expr e = {0};
    double y[4], jac[4];

    (void)state;
    assert_true(el_expr_push_const(&e, 1.0, EL_CONST_FREE) &&
                el_expr_push_col(&e, 0) && el_expr_push_op(&e, EL_OP_MUL) &&
                el_expr_push_op(&e, EL_OP_SIN));
    assert_int_equal(el_expr_eval(&e, &columns, y, NULL), EL_OK);
    assert_int_equal(el_expr_jacobian(&e, &columns, jac, NULL), EL_OK);
    for (int i = 0; i < 4; i++) {
        assert_close(y[i], sin(x[i]), 1e-15, 0);
        assert_close(jac[i], x[i] * cos(x[i]), 1e-15, 0);
    }
}

/* Loss by hand, the cut, weights, and rows that are not finite. */
static void losses(void **state)
{
    const double x[] = {1, 2, 4, 0}, y[] = {2, 2, 2, 5}, w[] = {1, 3, 0.5, 0};
    const double *col[] = {x};
    const el_columns columns = {col, 1, 4};
    const double want[] = {(0.25 * 1 + 0 + 1 * 0.5) / 4.5,
                           (1.5 * log(2) * log(2)) / 4.5, (1 + 0 + 2) / 4.5};
    el_expr e = {0}, inverse = one(EL_OP_INV, 0);
    el_frame frame;
    el_tape tape;

    (void)state;
    assert_true(el_expr_push_col(&e, 0));
    assert_int_equal(el_frame_init(&frame, &columns, 1, NULL), EL_OK);
    assert_int_equal(el_tape_init(&tape, NULL, NULL), EL_OK);
    for (int k = EL_LOSS_RELATIVE; k <= EL_LOSS_PLAIN; k++) {
        el_response r;
        double loss;

        assert_int_equal(el_response_init(&r, y, w, 4, (el_loss)k, NULL),
                         EL_OK);
        loss = el_tape_loss(&tape, &e, &frame, &r, HUGE_VAL);
        if (k == EL_LOSS_LOG) /* ln 0, even where it weighs nothing */
            assert_true(loss == HUGE_VAL);
        else
            assert_close(loss, want[k], 1e-15, 0);
        assert_true(el_tape_loss(&tape, &inverse, &frame, &r, HUGE_VAL) ==
                    HUGE_VAL);
        assert_true(el_tape_loss(&tape, &e, &frame, &r, 0.99 * want[k]) ==
                    HUGE_VAL);
        el_response_clear(&r);
    }
    el_tape_clear(&tape);
    el_frame_clear(&frame);
}

static void refuses(void **state)
{
    table t;
    double y[N];
    const double bad[] = {(double)NAN, 1, 1}, zero[] = {0, 0, 0},
                 minus[] = {1, -1, 1}, good[] = {1, 2, 3};
    el_expr e = one(EL_OP_EXP, 2), empty = {0};
    el_columns none, wide;
    el_response r;
    el_frame f;
    el_tape tape;
    el_error err = {0};

    (void)state;
    fill(&t, 1, 2);
    none = wide = t.columns;
    none.n_row = 0;
    wide.n_col = EL_EXPR_MAX_COLS + 1;
    assert_int_equal(el_expr_eval(NULL, &t.columns, y, NULL), EL_E_ARG);
    assert_int_equal(el_expr_eval(&e, NULL, y, NULL), EL_E_ARG);
    assert_int_equal(el_expr_eval(&e, &t.columns, NULL, NULL), EL_E_ARG);
    assert_int_equal(el_expr_eval(&empty, &t.columns, y, NULL), EL_E_ARG);
    assert_int_equal(el_expr_eval(&e, &none, y, &err), EL_E_ARG);
    assert_non_null(strstr(err.message, "0 rows"));
    assert_int_equal(el_expr_jacobian(&e, &t.columns, y, NULL), EL_E_ARG);
    assert_int_equal(el_frame_init(&f, &wide, 1, NULL), EL_E_ARG);
    assert_int_equal(el_tape_init(&tape, "vax", NULL), EL_E_ARG);
    assert_int_equal(el_response_init(&r, good, NULL, 0, 0, NULL), EL_E_ARG);
    for (int k = EL_LOSS_RELATIVE; k <= EL_LOSS_PLAIN; k++) {
        assert_int_equal(el_response_init(&r, bad, NULL, 3, (el_loss)k, NULL),
                         EL_E_DATA);
        assert_int_equal(el_response_init(&r, good, minus, 3, (el_loss)k, &err),
                         EL_E_DATA);
        assert_non_null(strstr(err.message, "weight[1]"));
        assert_int_equal(el_response_init(&r, good, zero, 3, (el_loss)k, NULL),
                         EL_E_DATA);
    }
    assert_int_equal(
        el_response_init(&r, zero, NULL, 3, EL_LOSS_RELATIVE, NULL), EL_E_DATA);
    assert_int_equal(el_response_init(&r, minus, NULL, 3, EL_LOSS_LOG, NULL),
                     EL_E_DATA);
}

static el_status call(bool wants_jacobian, const table *t, double *out)
{
    const el_expr e = probe(EL_OP_ADD, 1, 2, 3);
    return wants_jacobian ? el_expr_jacobian(&e, &t->columns, out, NULL)
                          : el_expr_eval(&e, &t->columns, out, NULL);
}

static void out_of_memory(void **state)
{
    table t;

    (void)state;
    fill(&t, 1, 2);
    for (int which = 0; which < 2; which++) {
        el_status st;
        long k = 0;

        do {
            double out[3 * N] = {-7};

            el_mem_fail_at(k);
            st = call(which == 1, &t, out);
            el_mem_fail_at(-1);
            assert_int_equal(el_mem_live(), 0);
            if (st != EL_OK) {
                assert_int_equal(st, EL_E_NOMEM);
                assert_close(out[0], -7, 0, 0);
            }
        } while (st != EL_OK && ++k < 100);
        assert_int_equal(k, 2);
    }
}

static void response_out_of_memory(void **state)
{
    const double y[] = {1, 2};
    el_response r = {.n_row = 99};

    (void)state;
    el_mem_fail_at(0);
    assert_int_equal(el_response_init(&r, y, NULL, 2, EL_LOSS_PLAIN, NULL),
                     EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_int_equal(r.n_row, 99);
    assert_int_equal(el_mem_live(), 0);
}

static void names(void **state)
{
    (void)state;
    assert_null(el_kernels_find("vax"));
    assert_string_equal(el_kernels_find("generic")->isa, "generic");
    assert_non_null(el_kernels_find(NULL));
    for (size_t k = 0; k < sizeof isas / sizeof *isas; k++)
        if (el_kernels_find(isas[k]))
            assert_string_equal(el_kernels_find(isas[k])->isa, isas[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator),
        cmocka_unit_test(every_power),
        cmocka_unit_test(not_a_number_spreads),
        cmocka_unit_test(leaves),
        cmocka_unit_test(every_derivative),
        cmocka_unit_test(power_derivatives),
        cmocka_unit_test(monomials),
        cmocka_unit_test(slopes_at_zero),
        cmocka_unit_test(large_angles),
        cmocka_unit_test(losses),
        cmocka_unit_test(refuses),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(response_out_of_memory),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
