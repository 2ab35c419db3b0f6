/* SPDX-License-Identifier: Apache-2.0 */
/* One formula written in many ways has one hash and one simplest form. */
#include <stdio.h>

#include "el_expr_sample.h"

#define ROUNDS 5000

static uint64_t seed = 0xca17;
static const char *const names[] = {"x", "y", "z"};

static const el_expr_op every_op[] = {
    EL_OP_ADD,  EL_OP_SUB,    EL_OP_MUL,  EL_OP_DIV,  EL_OP_POW, EL_OP_MAX,
    EL_OP_MIN,  EL_OP_NEG,    EL_OP_INV,  EL_OP_CUBE, EL_OP_EXP, EL_OP_LOG,
    EL_OP_SQRT, EL_OP_SQUARE, EL_OP_TANH, EL_OP_CEIL, EL_OP_SIN, EL_OP_ABS};

static bool commutes(unsigned op)
{
    return op == EL_OP_ADD || op == EL_OP_MUL || op == EL_OP_MAX ||
           op == EL_OP_MIN;
}

/* Operands of commutative operators swapped, and a op (b op c) regrouped, by
   the toss of a coin. The nodes bound it. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void shuffle(const el_expr *e, unsigned i, el_expr *out)
{
    const el_expr_op op = (el_expr_op)e->node[i].op;
    const unsigned n = el_expr_op_operands(op);
    bool done = true;

    if (n == 0) {
        done = el_expr_push_part(out, e, i);
    } else if (n == 1) {
        shuffle(e, i - 1, out);
        done = el_expr_push_op(out, op);
    } else {
        const unsigned left = el_expr_left(e, i), right = i - 1;
        const bool swap = commutes(op) && el_sample_pick(&seed, 2);

        if (commutes(op) && e->node[right].op == op &&
            el_sample_pick(&seed, 2)) {
            shuffle(e, left, out);
            shuffle(e, el_expr_left(e, right), out);
            done = el_expr_push_op(out, op);
            shuffle(e, right - 1, out);
        } else {
            shuffle(e, swap ? right : left, out);
            shuffle(e, swap ? left : right, out);
        }
        done = done && el_expr_push_op(out, op);
    }
    assert_true(done);
}

static void test_order(void **state)
{
    const el_sample_rule rule = {.n_col = 3,
                                 .n_op = sizeof every_op / sizeof *every_op,
                                 .op = every_op,
                                 .depth = 5};

    (void)state;
    for (int r = 0; r < ROUNDS; r++) {
        const el_expr e = el_sample_tree(&rule, &seed);
        el_expr other = {0};

        shuffle(&e, e.n_node - 1u, &other);
        assert_true(el_expr_hash(&e, EL_MATCH_VALUES) ==
                    el_expr_hash(&other, EL_MATCH_VALUES));
        assert_true(el_expr_hash(&e, EL_MATCH_SKELETON) ==
                    el_expr_hash(&other, EL_MATCH_SKELETON));
        assert_true(el_expr_same_skeleton(&e, &other));
    }
}

/* Some of a - b as a + -b, a/b as a * inv(b), x^2 as x*x. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static bool rewrite(const el_expr *e, unsigned i, el_expr *out)
{
    const el_expr_op op = (el_expr_op)e->node[i].op;
    const unsigned n = el_expr_op_operands(op);
    const bool coin = el_sample_pick(&seed, 2);

    if (n == 0)
        return el_expr_push_part(out, e, i);
    if (n == 2 && !rewrite(e, el_expr_left(e, i), out))
        return false;
    if (!rewrite(e, i - 1, out))
        return false;
    if (!coin)
        return el_expr_push_op(out, op);
    if (op == EL_OP_SUB)
        return el_expr_push_op(out, EL_OP_NEG) &&
               el_expr_push_op(out, EL_OP_ADD);
    if (op == EL_OP_DIV)
        return el_expr_push_op(out, EL_OP_INV) &&
               el_expr_push_op(out, EL_OP_MUL);
    if (op == EL_OP_SQUARE)
        return el_expr_push(out, out) && el_expr_push_op(out, EL_OP_MUL);
    return el_expr_push_op(out, op);
}

static void show(const el_expr *e)
{
    el_buf out = {0};

    el_expr_print(e, names, (el_expr_style){EL_NOTATION_TEXT, 0}, &out);
    print_error("    %s\n", el_buf_text(&out));
    el_buf_clear(&out);
}

/* Laws of the shape that the search works on: few failures are allowed, where
   a rewriting is larger than the limit of simplification lets it be. */
static void test_rewriting(void **state)
{
    static const el_expr_op op[] = {EL_OP_ADD, EL_OP_MUL,    EL_OP_SUB,
                                    EL_OP_DIV, EL_OP_SQUARE, EL_OP_LOG1P};
    const el_sample_rule rule = {
        .n_col = 3, .n_op = sizeof op / sizeof *op, .op = op, .depth = 4};
    unsigned n = 0, n_same = 0;

    (void)state;
    for (int r = 0; r < ROUNDS; r++) {
        const el_expr e = el_sample_tree(&rule, &seed);
        el_expr other = {0};

        if (!rewrite(&e, e.n_node - 1u, &other))
            continue;
        n++;
        if (el_expr_same_skeleton(&e, &other)) {
            n_same++;
        } else if (n - n_same < 4) {
            el_expr a = e, b = other;

            (void)el_expr_simplify(&a, true);
            (void)el_expr_simplify(&b, true);
            show(&e);
            show(&other);
            show(&a);
            show(&b);
        }
    }
    (void)printf("%u of %u\n", n_same, n);
    assert_true(n > ROUNDS / 2 && n_same > n - n / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_rewriting),
    };

    (void)printf("seed %llx\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
