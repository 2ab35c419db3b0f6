/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What units mean: a formula whose units agree keeps its value when the base
 * units are changed, columns, numbers and result each by their own unit.
 */
#include <stdio.h>

#include "el_expr_sample.h"
#include "energylens/expr_unit.h"

#define ROUNDS 20000
#define N_COL  4

static uint64_t seed = 0x0171;

static const el_expr_op op[] = {EL_OP_ADD,    EL_OP_SUB, EL_OP_MUL,  EL_OP_DIV,
                                EL_OP_MUL,    EL_OP_DIV, EL_OP_MAX,  EL_OP_SQRT,
                                EL_OP_SQUARE, EL_OP_INV, EL_OP_CUBE, EL_OP_ABS,
                                EL_OP_POW,    EL_OP_EXP, EL_OP_TANH, EL_OP_NEG};
static const el_sample_rule rule = {
    .n_col = N_COL, .n_op = sizeof op / sizeof *op, .op = op, .depth = 4};
/* two bases; the last two columns share a unit */
static const el_unit column[N_COL] = {{{1}}, {{0, 1}}, {{1, -1}}, {{1, -1}}};
static const el_unit_bases bases = {2, {"a", "b"}};

/* The new unit is so many of the old one. */
static double factor(const el_unit *unit, const double *size)
{
    return pow(size[0], unit->exponent[0]) * pow(size[1], unit->exponent[1]);
}

static bool holds(const el_expr *e, const el_unit_reading *reading)
{
    const double size[2] = {el_test_unif(&seed, 0.5, 2),
                            el_test_unif(&seed, 0.5, 2)};
    el_expr other = *e;
    double x[N_COL], y[N_COL], u, v;

    for (size_t k = 0; k < N_COL; k++) {
        x[k] = el_test_unif(&seed, 0.5, 2);
        y[k] = x[k] * factor(&column[k], size);
    }
    for (unsigned k = 0; k < e->n_const; k++)
        other.value[k] *= factor(&reading->constant[k], size);
    u = (double)el_sample_value(e, x, NULL) * factor(&reading->result, size);
    v = (double)el_sample_value(&other, y, NULL);
    return !isfinite(u) || fabs(u - v) <= 1e-9 * (1 + fabs(u));
}

static void run(bool wild)
{
    const el_unit_rules rules = {column, NULL, wild};
    unsigned n_good = 0, n_clash = 0, n_broken = 0;

    for (int r = 0; r < ROUNDS; r++) {
        const el_expr e = el_sample_tree(&rule, &seed);
        el_unit_reading reading = {0};

        if (el_expr_check_units(&e, &rules, &bases, &reading, NULL) == EL_OK) {
            n_good++;
            if (!holds(&e, &reading))
                fail_msg("round %d", r);
            continue;
        }
        /* read as plain, a clash shows in the value of most */
        n_clash++;
        reading = (el_unit_reading){0};
        n_broken += !holds(&e, &reading);
    }
    (void)printf("%u agree, %u clash, %u of these change\n", n_good, n_clash,
                 n_broken);
    assert_true(n_good > ROUNDS / 20 && n_clash > ROUNDS / 20);
    assert_true(n_broken > n_clash / 2);
}

static void test_plain(void **state)
{
    (void)state;
    run(false);
}

static void test_wild(void **state)
{
    (void)state;
    run(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_wild),
    };

    (void)printf("seed %llx\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
