/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random formulas: values against a long double interpreter, derivatives and
 * normal equations against differences and plain sums, and the same bits for
 * every instruction set, block and thread of rows.
 */
#include "el_test.h"

#include <stdlib.h>
#include <string.h>

#include "el_expr_random.h"
#include "el_expr_sample.h"
#include "energylens/expr_eval.h"
#include "expr/tape.h"

#define SEED   20261121u
#define N_ROW  333u
#define N_COL  4u
#define N_EXPR 400

/* No differences: then every step keeps the relative error small. */
static const el_expr_op sums[] = {EL_OP_ADD, EL_OP_MUL, EL_OP_DIV, EL_OP_MAX,
                                  EL_OP_MIN};
static const el_expr_op rises[] = {EL_OP_SQRT, EL_OP_LOG1P, EL_OP_TANH,
                                   EL_OP_INV, EL_OP_SQUARE};
static const el_random_tree positive = {rises, sums, 5, 5, 0.3, N_COL};

static const el_expr_op all_two[] = {EL_OP_ADD, EL_OP_SUB, EL_OP_MUL,
                                     EL_OP_DIV, EL_OP_MAX, EL_OP_POW};
static const el_expr_op all_one[] = {
    EL_OP_NEG,   EL_OP_INV, EL_OP_SQUARE, EL_OP_CUBE, EL_OP_SQRT,
    EL_OP_EXP,   EL_OP_LOG, EL_OP_LOG2,   EL_OP_ABS,  EL_OP_TANH,
    EL_OP_LOG1P, EL_OP_SIN, EL_OP_COS,    EL_OP_ASIN, EL_OP_CEIL};
static const el_random_tree any = {all_one, all_two, 15, 6, 0.3, N_COL};

typedef struct table {
    double value[N_COL][N_ROW], y[N_ROW], w[N_ROW];
    const double *col[N_COL];
    el_columns columns;
    el_frame frame;
    el_response response;
} table;

static void set_up(table *t, el_rng *rng)
{
    for (unsigned j = 0; j < N_COL; j++) {
        t->col[j] = t->value[j];
        for (unsigned i = 0; i < N_ROW; i++)
            t->value[j][i] =
                j == 3 ? el_rng_normal(rng) : exp(0.5 * el_rng_normal(rng));
    }
    for (unsigned i = 0; i < N_ROW; i++) {
        t->y[i] = exp(el_rng_normal(rng));
        t->w[i] = el_rng_unit(rng);
    }
    t->columns = (el_columns){t->col, N_COL, N_ROW};
    assert_int_equal(el_frame_init(&t->frame, &t->columns, 15, NULL), EL_OK);
    assert_int_equal(el_response_init(&t->response, t->y, t->w, N_ROW,
                                      EL_LOSS_RELATIVE, NULL),
                     EL_OK);
}

static void tear_down(table *t)
{
    el_frame_clear(&t->frame);
    el_response_clear(&t->response);
}

static el_expr draw(const el_random_tree *kind, unsigned n_max, el_rng *rng)
{
    el_expr e;

    do
        memset(&e, 0, sizeof e);
    while (
        !el_random_expr(&e, kind, 1 + (unsigned)el_rng_below(rng, n_max), rng));
    assert_true(el_expr_is_valid(&e, N_COL));
    return e;
}

static void values(void **state)
{
    el_random_tree kind = positive;
    el_rng rng;
    table t;

    (void)state;
    kind.n_col = 3; /* the positive ones */
    el_rng_init(&rng, SEED, 0);
    set_up(&t, &rng);
    for (int k = 0; k < N_EXPR; k++) {
        const el_expr e = draw(&kind, 60, &rng);
        double y[N_ROW];

        assert_int_equal(el_expr_eval(&e, &t.columns, y, NULL), EL_OK);
        for (unsigned i = 0; i < N_ROW; i++) {
            const double x[] = {t.value[0][i], t.value[1][i], t.value[2][i]};
            const double want = (double)el_sample_value(&e, x, NULL);
            if (want > 1e-100 && want < 1e100)
                assert_close(y[i], want, 1e-12, 0);
        }
    }
    tear_down(&t);
}

/* Away from kinks and steep places; the share of rows left is checked. Without
   powers: that of a negative number has no derivative by its exponent; without
   ceil: of large numbers it has a slope for differences. */
static void derivatives(void **state)
{
    el_random_tree kind = any;
    el_rng rng;
    table t;
    size_t n_checked = 0, n_wrong = 0, n_unknown = 0;

    (void)state;
    kind.n_two--;
    kind.n_one--;
    el_rng_init(&rng, SEED, 1);
    set_up(&t, &rng);
    for (int k = 0; k < N_EXPR; k++) {
        const el_expr e = draw(&kind, 30, &rng);
        static double jac[N_ROW * EL_EXPR_MAX_CONSTS];
        double side[4][N_ROW];

        if (e.n_const == 0)
            continue;
        assert_int_equal(el_expr_jacobian(&e, &t.columns, jac, NULL), EL_OK);
        for (unsigned j = 0; j < e.n_const; j++) {
            const double h = 1e-5;
            for (int s = 0; s < 4; s++) {
                const double step[] = {-2, -1, 1, 2};
                el_expr moved = e;
                moved.value[j] += step[s] * h;
                assert_int_equal(
                    el_expr_eval(&moved, &t.columns, side[s], NULL), EL_OK);
            }
            for (unsigned i = 0; i < N_ROW; i++) {
                const double d1 = (side[2][i] - side[1][i]) / (2 * h);
                const double d2 = (side[3][i] - side[0][i]) / (4 * h);
                const double noise = 1e-9 * fabs(side[1][i]);

                if (!(fabs(d1 - d2) <= 1e-5 * fabs(d1) + noise))
                    continue; /* differences do not know either */
                n_checked++;
                if (isnan(jac[i * e.n_const + j])) /* 0 times infinity */
                    n_unknown++;
                else
                    n_wrong += fabs(jac[i * e.n_const + j] - d1) >
                               1e-4 * fabs(d1) + 1e3 * noise;
            }
        }
    }
    print_message("%zu derivatives: %zu apart, %zu not known\n", n_checked,
                  n_wrong, n_unknown);
    assert_true(n_checked > 100000);
    assert_true(n_wrong <= n_checked / 100000);
    assert_true(n_unknown <= n_checked / 200);
    tear_down(&t);
}

static void normal_equations(void **state)
{
    el_rng rng;
    table t;
    el_tape tape;
    int n_checked = 0;

    (void)state;
    el_rng_init(&rng, SEED, 2);
    set_up(&t, &rng);
    assert_int_equal(el_tape_init(&tape, NULL, NULL), EL_OK);
    for (int k = 0; k < N_EXPR; k++) {
        const el_expr e = draw(&positive, 50, &rng);
        const unsigned n = e.n_const, m = n + 1;
        static double jac[N_ROW * EL_EXPR_MAX_CONSTS];
        double normal[EL_NORMAL_MAX * EL_NORMAL_MAX], y[N_ROW];

        if (n == 0 || !el_tape_normal(&tape, &e, (1u << n) - 1, &t.frame,
                                      &t.response, normal))
            continue;
        n_checked++;
        el_tape_values(&tape, &e, &t.frame, y);
        el_tape_jacobian(&tape, &e, (1u << n) - 1, &t.frame, jac);
        for (unsigned a = 0; a < m; a++)
            for (unsigned b = 0; b < m; b++) {
                long double sum = 0, size = 0;
                for (unsigned i = 0; i < N_ROW; i++) {
                    const double r = 1 - y[i] / t.y[i];
                    const double ja = a < n ? jac[i * n + a] / t.y[i] : r;
                    const double jb = b < n ? jac[i * n + b] / t.y[i] : r;
                    sum += (long double)t.w[i] * ja * jb;
                    size += fabsl((long double)t.w[i] * ja * jb);
                }
                assert_close(normal[a * m + b], (double)sum, 1e-10,
                             1e-12 * (double)size);
            }
        assert_close(normal[m * m - 1] / t.response.sum_weight,
                     el_tape_loss(&tape, &e, &t.frame, &t.response, HUGE_VAL),
                     1e-12, 1e-300);
    }
    assert_true(n_checked > N_EXPR / 3);
    el_tape_clear(&tape);
    tear_down(&t);
}

/* All that a tape can say about e, in one array; 0 where it is not finite. */
static void answers(el_tape *tape, const el_expr *e, const table *t,
                    double *out)
{
    const unsigned m = e->n_const + 1u;

    el_tape_values(tape, e, &t->frame, out);
    out[N_ROW] = el_tape_loss(tape, e, &t->frame, &t->response, HUGE_VAL);
    memset(out + N_ROW + 1, 0, (size_t)m * m * sizeof *out);
    if (!el_tape_normal(tape, e, (1u << e->n_const) - 1, &t->frame,
                        &t->response, out + N_ROW + 1))
        memset(out + N_ROW + 1, 0, (size_t)m * m * sizeof *out);
}

static bool is_same_number(double a, double b)
{
    return (a == b && signbit(a) == signbit(b)) || (isnan(a) && isnan(b));
}

static void same_bits(void **state)
{
    static const char *const isa[] = {"generic", "avx2", "avx512"};
    static const size_t block[] = {8, 64, 128, 256};
    enum { N_ANSWER = N_ROW + 1 + EL_NORMAL_MAX * EL_NORMAL_MAX };
    el_rng rng;
    table t;

    (void)state;
    el_rng_init(&rng, SEED, 3);
    set_up(&t, &rng);
    for (int k = 0; k < 100; k++) {
        const el_expr e = draw(&any, 40, &rng);
        double first[N_ANSWER] = {0}, other[N_ANSWER] = {0};

        for (int s = 0; s < 12; s++) {
            el_tape tape;

            if (!el_kernels_find(isa[s / 4]) || (s > 1 && s < 4 && k > 10))
                continue; /* the generic ones are slow where libm does fma */
            assert_int_equal(el_tape_init(&tape, isa[s / 4], NULL), EL_OK);
            tape.block = block[s % 4];
            answers(&tape, &e, &t, s == 0 ? first : other);
            for (int i = 0; s > 0 && i < N_ANSWER; i++)
                if (!is_same_number(first[i], other[i]))
                    fail_msg("%s, %zu rows: answer %d of formula %d: %a, %a",
                             isa[s / 4], tape.block, i, k, first[i], other[i]);
            el_tape_clear(&tape);
        }
    }
    tear_down(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(normal_equations),
        cmocka_unit_test(same_bits),
    };

    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
