/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fits of random formulas to random data: what every fit must keep, whatever
 * it finds.
 */
#include "el_test.h"

#include <stdbool.h>
#include <string.h>

#include "el_expr_random.h"
#include "expr/refit.h"

#define SEED   20261122u
#define N_ROW  150u
#define N_COL  3u
#define N_EXPR 1500

static const el_expr_op two[] = {EL_OP_ADD, EL_OP_SUB, EL_OP_MUL, EL_OP_DIV,
                                 EL_OP_ADD, EL_OP_MUL, EL_OP_POW, EL_OP_MAX};
static const el_expr_op one[] = {EL_OP_EXP,  EL_OP_LOG,   EL_OP_SQRT,
                                 EL_OP_TANH, EL_OP_LOG1P, EL_OP_INV};
static const el_random_tree kind = {one, two, 6, 8, 0.2, N_COL};

typedef struct table {
    double value[N_COL][N_ROW], y[N_ROW];
    const double *col[N_COL];
    el_frame frame;
    el_response response;
} table;

static void set_up(table *t, el_rng *rng, el_loss loss, double scale)
{
    el_columns columns = {t->col, N_COL, N_ROW};

    for (unsigned j = 0; j < N_COL; j++) {
        t->col[j] = t->value[j];
        for (unsigned i = 0; i < N_ROW; i++)
            t->value[j][i] = exp(el_rng_normal(rng));
    }
    for (unsigned i = 0; i < N_ROW; i++)
        t->y[i] = scale * (t->value[0][i] + pow(t->value[1][i], 1.5)) *
                  exp(0.05 * el_rng_normal(rng));
    assert_int_equal(el_frame_init(&t->frame, &columns, 7, NULL), EL_OK);
    assert_int_equal(
        el_response_init(&t->response, t->y, NULL, N_ROW, loss, NULL), EL_OK);
}

static void tear_down(table *t)
{
    el_frame_clear(&t->frame);
    el_response_clear(&t->response);
}

/* With constants of every kind. */
static el_expr draw(unsigned n_max, el_rng *rng)
{
    el_expr e;

    do
        memset(&e, 0, sizeof e);
    while (!el_random_expr(&e, &kind, 1 + (unsigned)el_rng_below(rng, n_max),
                           rng));
    for (unsigned j = 0; j < e.n_const; j++)
        e.kind[j] = (uint8_t)el_rng_below(rng, EL_CONST_FIXED + 1);
    return e;
}

static void check_constants(const el_expr *before, const el_expr *after,
                            const el_refit_result *r)
{
    assert_memory_equal(before->node, after->node, sizeof before->node);
    assert_memory_equal(before->kind, after->kind, sizeof before->kind);
    for (unsigned j = 0; j < before->n_const; j++) {
        const double v = after->value[j];

        assert_true(isfinite(v));
        if (before->kind[j] == EL_CONST_FIXED)
            assert_true(v == before->value[j]);
        if (before->kind[j] == EL_CONST_EXPONENT)
            assert_true(fabs(v) <= EL_EXPONENT_MAX);
        if (before->kind[j] == EL_CONST_POSITIVE)
            assert_true(r->at_zero >> j & 1u ? v == 0.0 : v > 0.0);
    }
}

/* Constants keep to their kinds, the loss that is reported is the formula's,
   and no fit is worse than its start or a shorter fit. */
static void invariants(void **state)
{
    el_rng rng;
    el_tape tape;
    int n_fitted = 0, n_better = 0;

    (void)state;
    el_rng_init(&rng, SEED, 0);
    assert_int_equal(el_tape_init(&tape, NULL, NULL), EL_OK);
    for (int loss = EL_LOSS_RELATIVE; loss <= EL_LOSS_PLAIN; loss++) {
        table t;

        set_up(&t, &rng, (el_loss)loss, loss == EL_LOSS_RELATIVE ? 1e4 : 1);
        for (int k = 0; k < N_EXPR; k++) {
            const el_expr start = draw(30, &rng);
            double before =
                el_tape_loss(&tape, &start, &t.frame, &t.response, HUGE_VAL);

            for (unsigned n = 0; n < 13; n += 4) {
                el_expr e = start;
                el_refit_result r;
                double now;

                if (!el_refit(&tape, &e, &t.frame, &t.response, n, &r)) {
                    assert_memory_equal(&e, &start, sizeof e);
                    break;
                }
                now = el_tape_loss(&tape, &e, &t.frame, &t.response, HUGE_VAL);
                check_constants(&start, &e, &r);
                assert_close(r.loss, now, 1e-5, 1e-20);
                n_fitted++;
                n_better += now < 0.999 * before;
                /* exponents that start outside their box and positive ones
                   below 0 are moved first; here none is */
                assert_true(now <= before * (1 + 1e-9));
                before = now;
            }
        }
        tear_down(&t);
    }
    print_message("%d fits, %d better\n", n_fitted, n_better);
    assert_true(n_fitted > 3000 && n_better > 1000);
    el_tape_clear(&tape);
}

/* The same bits from every instruction set. */
static void same_bits(void **state)
{
    static const char *const isa[] = {"avx512", "avx2", "generic"};
    el_rng rng;
    table t;

    (void)state;
    el_rng_init(&rng, SEED, 1);
    set_up(&t, &rng, EL_LOSS_RELATIVE, 1);
    for (int k = 0; k < 150; k++) {
        const el_expr start = draw(30, &rng);
        el_expr first = {0};
        bool has_first = false, first_ok = false;

        for (int s = 0; s < 3; s++) {
            el_expr e = start;
            el_refit_result r;
            el_tape tape;
            bool ok;

            if (!el_kernels_find(isa[s]))
                continue;
            assert_int_equal(el_tape_init(&tape, isa[s], NULL), EL_OK);
            ok = el_refit(&tape, &e, &t.frame, &t.response, 5, &r);
            el_tape_clear(&tape);
            if (!has_first) {
                first = e;
                first_ok = ok;
                has_first = true;
            }
            assert_int_equal(ok, first_ok);
            assert_memory_equal(&e, &first, sizeof e);
        }
    }
    tear_down(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invariants),
        cmocka_unit_test(same_bits),
    };

    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
