/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rates of evaluating and fitting formulas on 1,000 rows, one core, for each
 * instruction set this processor has. bench_tape [ISA] times one of them.
 *
 * The limit of a core is how fast it multiplies two columns in its first
 * cache; the reference is the textbook interpreter, one row at a time.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../tests/support/el_expr_random.h"
#include "../support/el_bench.h"
#include "expr/refit.h"
#include "expr/scalar.h"

#define N_ROW  1000u
#define N_COL  6u
#define N_TREE 300u

typedef struct bench {
    double value[N_COL][N_ROW], y[N_ROW];
    const double *col[N_COL];
    el_frame frame;
    el_response response;
    el_tape tape;
    el_expr tree[N_TREE];
    double n_node;      /* of all trees */
    el_expr law, start; /* of the refit */
    unsigned n_iteration;
    double sink;
} bench;

static const el_expr_op arith[] = {EL_OP_ADD, EL_OP_SUB, EL_OP_MUL, EL_OP_DIV};
static const el_expr_op simple[] = {EL_OP_NEG, EL_OP_SQUARE};
static const el_expr_op smooth[] = {EL_OP_EXP, EL_OP_LOG, EL_OP_SQRT};

static void fail(void)
{
    (void)fprintf(stderr, "bench_tape: set-up failed\n");
    abort();
}

static void set_up(bench *b, const char *isa)
{
    el_columns columns = {b->col, N_COL, N_ROW};
    el_rng rng;

    el_rng_init(&rng, 1, 0);
    for (unsigned j = 0; j < N_COL; j++) {
        b->col[j] = b->value[j];
        for (unsigned i = 0; i < N_ROW; i++)
            b->value[j][i] = exp(el_rng_normal(&rng));
    }
    for (unsigned i = 0; i < N_ROW; i++)
        b->y[i] = b->value[0][i] + 2.0 * b->value[1][i] * b->value[2][i];
    if (el_frame_init(&b->frame, &columns, UINT64_MAX, NULL) != EL_OK ||
        el_response_init(&b->response, b->y, NULL, N_ROW, EL_LOSS_RELATIVE,
                         NULL) != EL_OK ||
        el_tape_init(&b->tape, isa, NULL) != EL_OK)
        fail();
}

/* Trees of 7 to 35 nodes, finite on every row, so that none stops early. */
static void draw_trees(bench *b, const el_random_tree *kind)
{
    el_rng rng;

    el_rng_init(&rng, 7, kind->n_one);
    b->n_node = 0.0;
    for (unsigned k = 0; k < N_TREE;) {
        const unsigned n = 7 + (unsigned)el_rng_below(&rng, 29);
        el_expr *e = &b->tree[k];

        memset(e, 0, sizeof *e);
        if (!el_random_expr(e, kind, n, &rng) ||
            el_tape_loss(&b->tape, e, &b->frame, &b->response, HUGE_VAL) >=
                HUGE_VAL)
            continue;
        b->n_node += e->n_node;
        k++;
    }
}

static double loss_round(void *ctx)
{
    bench *b = ctx;

    for (unsigned k = 0; k < N_TREE; k++)
        b->sink += el_tape_loss(&b->tape, &b->tree[k], &b->frame, &b->response,
                                HUGE_VAL);
    return N_TREE;
}

static double normal_round(void *ctx)
{
    bench *b = ctx;
    double normal[EL_NORMAL_MAX * EL_NORMAL_MAX];

    for (unsigned k = 0; k < N_TREE; k++)
        if (el_tape_normal(&b->tape, &b->tree[k],
                           (1u << b->tree[k].n_const) - 1u, &b->frame,
                           &b->response, normal))
            b->sink += normal[0];
    return N_TREE;
}

static double apply_row(const bench *b, const el_expr *e, unsigned row)
{
    double stack[EL_EXPR_MAX_NODES];
    unsigned n = 0;

    stack[0] = 0.0;
    for (unsigned i = 0; i < e->n_node; i++) {
        const el_expr_node node = e->node[i];
        if (node.op == EL_OP_COL) {
            stack[n++] = b->value[node.arg][row];
        } else if (node.op == EL_OP_CONST) {
            stack[n++] = e->value[node.arg];
        } else {
            const unsigned two = el_expr_op_operands((el_expr_op)node.op) - 1u;
            n -= two;
            stack[n - 1] = el_expr_apply((el_expr_op)node.op, stack[n - 1],
                                         stack[n - 1 + two]);
        }
    }
    return stack[0];
}

static double reference_round(void *ctx)
{
    bench *b = ctx;

    for (unsigned k = 0; k < N_TREE; k++)
        for (unsigned i = 0; i < N_ROW; i += 40)
            b->sink += apply_row(b, &b->tree[k], i);
    return N_TREE / 40.0;
}

/* The same column times itself, over and over: what a core can do at most. */
static double multiply_round(void *ctx)
{
    bench *b = ctx;
    el_instr in[16];

    for (unsigned k = 0; k < 16; k++)
        in[k] = (el_instr){.op = EL_OP_MUL,
                           .step_a = 1,
                           .step_b = 1,
                           .a = b->frame.col[0],
                           .b = b->frame.col[1],
                           .out = b->tape.reg};
    for (int r = 0; r < 100; r++)
        b->tape.kernels->forward(in, 16, 0, EL_BLOCK);
    return 16.0 * 100.0 * EL_BLOCK;
}

static void print(const bench *b, const char *what, double value,
                  const char *unit)
{
    char name[64];

    (void)snprintf(name, sizeof name, "tape_%s_%s", b->tape.kernels->isa, what);
    el_bench_print(name, value, unit);
}

static void time_kind(bench *b, const char *name, const el_random_tree *kind)
{
    const double size = (draw_trees(b, kind), b->n_node / N_TREE);
    const double trees = el_bench_rate(loss_round, b);
    const double reference = el_bench_rate(reference_round, b);
    char what[32];

    (void)snprintf(what, sizeof what, "%s_nodes", name);
    print(b, what, trees * size * N_ROW / 1e9, "G node-rows/s");
    (void)snprintf(what, sizeof what, "%s_trees", name);
    print(b, what, trees, "trees/s");
    (void)snprintf(what, sizeof what, "%s_over_plain_c", name);
    print(b, what, trees / reference, "times");
    (void)snprintf(what, sizeof what, "%s_normal", name);
    print(b, what, el_bench_rate(normal_round, b), "passes/s");
}

/* Twelve constants, five of them linear, 3 % noise; from 20 % beside the law
   until nothing falls any more. */
static const char law[] =
    "1.5*a^0.5*b^1.5 + 2.5*c^1.5/(0.7 + d) + 3.5*exp(0 - 0.4*e)"
    " + 0.8*log1p(1.5*f) + 0.3*a^0.25";

static void set_law(bench *b)
{
    static const char *const names[N_COL] = {"a", "b", "c", "d", "e", "f"};
    el_rng rng;

    el_rng_init(&rng, 3, 0);
    if (el_expr_parse(law, names, N_COL, &b->law, NULL) != EL_OK)
        fail();
    el_tape_values(&b->tape, &b->law, &b->frame, b->y);
    for (unsigned i = 0; i < N_ROW; i++)
        b->y[i] *= exp(0.03 * el_rng_normal(&rng));
    b->start = b->law;
    for (unsigned j = 0; j < b->law.n_const; j++)
        if (b->law.kind[j] != EL_CONST_FIXED)
            b->start.value[j] *= j % 2 ? 0.8 : 1.2;
    el_response_clear(&b->response);
    if (el_response_init(&b->response, b->y, NULL, N_ROW, EL_LOSS_RELATIVE,
                         NULL) != EL_OK)
        fail();
}

static double refit_round(void *ctx)
{
    bench *b = ctx;
    el_refit_result r;

    for (int k = 0; k < 5; k++) {
        el_expr e = b->start;
        if (!el_refit(&b->tape, &e, &b->frame, &b->response, 30, &r) ||
            !r.converged)
            fail();
        b->n_iteration = r.iterations;
    }
    return 5;
}

static double offspring_round(void *ctx)
{
    bench *b = ctx;
    el_refit_result r;

    for (unsigned k = 0; k < N_TREE; k++) {
        el_expr e = b->tree[k];
        b->sink +=
            el_refit(&b->tape, &e, &b->frame, &b->response, 2, &r) ? r.loss : 0;
    }
    return N_TREE;
}

static void time_isa(const char *isa)
{
    static bench b;
    const el_random_tree plain = {simple, arith, 2, 4, 0.1, N_COL};
    const el_random_tree no_division = {simple, arith, 2, 3, 0.1, N_COL};
    const el_random_tree mixed = {smooth, arith, 3, 4, 0.25, N_COL};

    set_up(&b, isa);
    print(&b, "multiply", el_bench_rate(multiply_round, &b) / 1e9, "G rows/s");
    time_kind(&b, "arith", &plain);
    time_kind(&b, "no_division", &no_division);
    time_kind(&b, "mixed", &mixed);
    print(&b, "offspring", el_bench_rate(offspring_round, &b),
          "trees/s, 2 LM steps each");
    set_law(&b);
    print(&b, "refit_12_constants", 1e3 / el_bench_rate(refit_round, &b), "ms");
    print(&b, "refit_12_steps", b.n_iteration, "steps");
    el_tape_clear(&b.tape);
    el_response_clear(&b.response);
    el_frame_clear(&b.frame);
}

int main(int argc, char **argv)
{
    static const char *const isa[] = {"avx512", "avx2", "generic"};

    for (unsigned k = 0; k < 3; k++)
        if (el_kernels_find(isa[k]) &&
            (argc > 1 ? strcmp(argv[1], isa[k]) == 0 : k < 2))
            time_isa(isa[k]);
    return 0;
}
