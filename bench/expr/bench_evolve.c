/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formulas an island tries in a second of one core: drawn, simplified, hashed,
 * fitted with two steps of Levenberg-Marquardt, selected. On 1,000 rows, and on
 * the 300 that el_discover() shows its islands; with the operators of energy
 * laws and with all. Processor time, so other work does not count.
 *
 * The target, 3 % noise on a law of six columns, is never met exactly.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../support/el_bench.h"
#include "base/mem.h"
#include "expr/island.h"

#define N_COL 6u
#define EPOCH 2500u
#define TRIED 40000u

typedef struct bench {
    double value[N_COL][1000], y[1000];
    const double *col[N_COL];
    el_habitat habitat;
    el_island island;
    el_island_room room;
} bench;

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fill(bench *b, size_t n)
{
    el_rng rng;

    el_rng_init(&rng, 1, 0);
    for (unsigned k = 0; k < N_COL; k++) {
        b->col[k] = b->value[k];
        for (size_t i = 0; i < n; i++)
            b->value[k][i] = exp(el_rng_normal(&rng));
    }
    for (size_t i = 0; i < n; i++)
        b->y[i] = (1.5 * b->value[0][i] * b->value[1][i] +
                   b->value[2][i] / (1 + b->value[3][i]) +
                   sqrt(b->value[4][i]) * b->value[5][i]) *
                  exp(0.03 * el_rng_normal(&rng));
}

static bool set_up(bench *b, size_t n, uint32_t ops)
{
    const el_columns columns = {b->col, N_COL, n};

    fill(b, n);
    el_grammar_init(&b->habitat.grammar, &columns, ops, true, 40);
    el_island_init(&b->island);
    return el_frame_init(&b->habitat.frame, &columns, UINT64_MAX, NULL) ==
               EL_OK &&
           el_response_init(&b->habitat.response, b->y, NULL, n,
                            EL_LOSS_RELATIVE, NULL) == EL_OK &&
           el_tape_init(&b->room.tape, NULL, NULL) == EL_OK;
}

static void run(bench *b, size_t n, uint32_t ops, const char *name)
{
    double nodes = 0, start;
    size_t done = 0;

    if (!set_up(b, n, ops)) {
        (void)fprintf(stderr, "bench_evolve: set-up failed\n");
        _Exit(1);
    }
    start = cpu_s();
    for (uint64_t epoch = 0; done < TRIED; epoch++) {
        el_rng rng;

        el_rng_init(&rng, 1, epoch);
        done += el_island_run(&b->island, &b->room, &b->habitat, EPOCH, &rng);
    }
    el_bench_print(name, (double)done / (cpu_s() - start), "formulas/s");
    for (unsigned i = 0; i < b->island.n; i++)
        nodes += b->island.member[i].expr.n_node;
    el_bench_print("  nodes of a member", nodes / b->island.n, "");
    el_tape_clear(&b->room.tape);
    el_frame_clear(&b->habitat.frame);
    el_response_clear(&b->habitat.response);
}

int main(void)
{
    bench *b = el_array(1, sizeof *b);

    if (!b)
        return 1;
    run(b, 1000, EL_DISCOVER_OPS, "1,000 rows, energy laws");
    run(b, 1000, ~UINT32_C(0), "1,000 rows, all operators");
    run(b, 300, EL_DISCOVER_OPS, "300 rows, energy laws");
    run(b, 300, ~UINT32_C(0), "300 rows, all operators");
    el_free(b);
    return 0;
}
