/* SPDX-License-Identifier: Apache-2.0 */
/* Grids of lengths, surfaces over them, and what a log would save. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "model/moves.h"

/* Llama-3.1-8B on an H100, arXiv 2602.05695 Table 2. */
static const el_sweetspot llama8b = {{1.970934e-02, 3.329326e-07, 3.583505e-05,
                                      1.551942e-02, 2.249613e-05,
                                      8.939092e-01}};

static void grid_of_lengths(void **state)
{
    el_length_grid g;

    (void)state;
    assert_int_equal(el_length_grid_make(64, 4096, 16, 16, &g, NULL), EL_OK);
    assert_int_equal(g.n_isl, 13);
    assert_close(g.isl[0], 64, 0, 0);
    assert_close(g.isl[1], 91, 0, 0);
    assert_close(g.isl[12], 4096, 0, 0);
    assert_int_equal(g.n_osl, 1);
    el_length_grid_clear(&g);
    assert_int_equal(el_length_grid_make(1, 1e8, 1, 3, &g, NULL), EL_OK);
    assert_true(g.n_isl <= EL_SURFACE_MAX_SIDE);
    for (size_t i = 1; i < g.n_isl; i++) /* whole, each once */
        assert_true(g.isl[i] > g.isl[i - 1] && g.isl[i] == round(g.isl[i]));
    assert_close(g.osl[g.n_osl - 1], 3, 0, 0);
    el_length_grid_clear(&g);
    assert_int_equal(el_length_grid_make(0, 5, 1, 3, &g, NULL), EL_E_ARG);
    assert_int_equal(el_length_grid_make(5, 4, 1, 3, &g, NULL), EL_E_ARG);
    assert_int_equal(el_length_grid_make(1, 5, 1, INFINITY, &g, NULL),
                     EL_E_ARG);
    assert_int_equal(el_length_grid_make(1, NAN, 1, 3, &g, NULL), EL_E_ARG);
    assert_int_equal(el_mem_live(), 0);
}

typedef struct sample {
    el_length_grid grid;
    el_surface s;
} sample;

static void open_sample(sample *t, bool keep_curve)
{
    assert_int_equal(el_length_grid_make(64, 4096, 64, 4096, &t->grid, NULL),
                     EL_OK);
    assert_int_equal(el_surface_make(&t->grid, 1, 8, &t->s, NULL), EL_OK);
    assert_true(isnan(t->s.token_j[0]));
    el_surface_fill(&t->s, &llama8b, 0.1);
    t->s.has_curve = keep_curve;
}

static void close_sample(sample *t)
{
    el_surface_clear(&t->s);
    el_length_grid_clear(&t->grid);
}

/* The published optimum 64/290 and 26.9 to 39.2 times between the ends. */
static void summary(void **state)
{
    el_surface_summary sum;
    sample t;

    (void)state;
    open_sample(&t, true);
    assert_true(el_surface_summarise(&t.s, &sum));
    assert_close(sum.best.isl, 64, 0, 0);
    assert_close(sum.best.osl, 256, 0, 0);
    assert_close(sum.worst.isl, 4096, 0, 0);
    assert_close(sum.worst.osl, 64, 0, 0);
    assert_close(sum.ratio, sum.worst.token_j / sum.best.token_j, 1e-15, 0);
    assert_true(sum.ratio > 26.9 && sum.ratio < 39.2);
    assert_close(sum.best.hi_j, sum.best.token_j * exp(0.1), 1e-14, 0);
    assert_true(sum.n_near >= 4 && sum.near_isl < 200);
    assert_true(sum.near_osl_lo < 256 && sum.near_osl_hi > 256);
    close_sample(&t);
}

/* Without the curve the parabola through three cells finds nearly the same. */
static void best_answer_per_prompt(void **state)
{
    sample exact, cells;

    (void)state;
    open_sample(&exact, true);
    open_sample(&cells, false);
    for (size_t i = 0; i < exact.grid.n_isl; i++) {
        el_best_osl a = el_surface_best_osl(&exact.s, i);
        el_best_osl b = el_surface_best_osl(&cells.s, i);

        assert_close(a.osl, el_sweetspot_best_osl(&llama8b, a.isl), 1e-12, 0);
        assert_close(b.osl, a.osl, 0.02, 0);
        assert_true(!a.at_edge && !b.at_edge);
        assert_true(a.near_lo <= a.osl && a.near_hi >= a.osl);
    }
    close_sample(&cells);
    /* the grid ends before the optimum */
    el_length_grid_clear(&exact.grid);
    el_surface_clear(&exact.s);
    assert_int_equal(el_length_grid_make(4096, 4096, 16, 64, &exact.grid, NULL),
                     EL_OK);
    assert_int_equal(el_surface_make(&exact.grid, 1, 8, &exact.s, NULL), EL_OK);
    assert_false(el_surface_summarise(&exact.s, &(el_surface_summary){0}));
    assert_true(isnan(el_surface_best_osl(&exact.s, 0).osl));
    el_surface_fill(&exact.s, &llama8b, EL_UNKNOWN);
    assert_true(el_surface_best_osl(&exact.s, 0).at_edge);
    assert_close(el_surface_best_osl(&exact.s, 0).osl, 64, 0, 0);
    close_sample(&exact);
}

static void between_cells(void **state)
{
    uint64_t seed = 3;
    sample t;

    (void)state;
    open_sample(&t, false);
    for (int k = 0; k < 500; k++) {
        double n = exp(el_test_unif(&seed, log(64), log(4096)));
        double m = exp(el_test_unif(&seed, log(64), log(4096)));

        assert_close(el_surface_at(&t.s, n, m),
                     el_sweetspot_token_j(&llama8b, n, m), 0.02, 0);
    }
    assert_close(el_surface_at(&t.s, 91, 128), t.s.token_j[t.grid.n_osl + 2],
                 1e-14, 0);
    assert_true(isnan(el_surface_at(&t.s, 63, 128)));
    assert_true(isnan(el_surface_at(&t.s, 64, 4097)));
    assert_true(isnan(el_surface_at(&t.s, NAN, 64)));
    /* beside an unknown cell nothing is known; on its known neighbour it is */
    t.s.token_j[0] = EL_UNKNOWN;
    assert_true(isnan(el_surface_at(&t.s, 70, 70)));
    assert_close(el_surface_at(&t.s, 91, 91), t.s.token_j[t.grid.n_osl + 1],
                 1e-14, 0);
    close_sample(&t);
}

/* --- moves ---------------------------------------------------------------- */

static double isl[] = {1000, 1000, 200, 9999}, osl[] = {100, 300, 100, 100};
static const el_lengths four = {.n = 4, .isl = isl, .osl = osl};

static double cost(double n, double m)
{
    return m * el_sweetspot_token_j(&llama8b, n, m);
}

static const el_move *find(const el_moves *m, el_move_kind kind, double amount)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->move[i].kind == kind && fabs(m->move[i].amount - amount) < 1e-9)
            return &m->move[i];
    fail_msg("no move %s %g", el_move_name(kind), amount);
    return NULL;
}

static void moves_by_hand(void **state)
{
    double now = cost(1000, 100) + cost(1000, 300) + cost(200, 100);
    const el_move *m;
    el_moves moves;
    el_surface both[2];
    sample t;

    (void)state;
    open_sample(&t, true);
    both[0] = t.s;
    assert_int_equal(el_surface_make(&t.grid, 1, 64, &both[1], NULL), EL_OK);
    el_surface_fill(&both[1], &llama8b, EL_UNKNOWN);
    for (size_t k = 0; k < EL_SWEETSPOT_TERMS; k++)
        both[1].curve.t[k] *= 0.25; /* the larger batch costs a quarter */
    assert_int_equal(el_moves_make(both, 2, 0, &four, &moves, NULL), EL_OK);
    assert_int_equal(moves.n_request, 3);
    assert_int_equal(moves.n_outside, 1); /* 9,999 tokens */
    assert_close(moves.energy_j, now, 1e-12, 0);
    m = find(&moves, EL_MOVE_PROMPT, 0.5);
    assert_close(m->saved_j,
                 now - cost(500, 100) - cost(500, 300) - cost(100, 100), 1e-9,
                 0);
    assert_int_equal(m->n_changed, 3);
    m = find(&moves, EL_MOVE_BATCH, 64);
    assert_close(m->saved_share, 0.75, 1e-12, 0);
    m = find(&moves, EL_MOVE_MERGE, 1);
    assert_close(m->saved_j,
                 cost(1000, 100) + cost(1000, 300) - cost(1000, 400), 1e-9, 0);
    assert_int_equal(m->n_changed, 2);
    m = find(&moves, EL_MOVE_CAP, 100); /* the median answer */
    assert_close(m->saved_j, cost(1000, 300) - cost(1000, 100), 1e-9, 0);
    assert_close(m->tokens_lost, 200.0 / 500.0, 1e-12, 0);
    for (size_t i = 1; i < moves.n; i++)
        assert_true(moves.move[i].saved_j <= moves.move[i - 1].saved_j);
    el_surface_clear(&both[1]);
    close_sample(&t);
}

static void moves_refused(void **state)
{
    double far_isl[] = {1e6}, far_osl[] = {5};
    const el_lengths far = {.n = 1, .isl = far_isl, .osl = far_osl};
    el_moves moves = {.n = 99};
    el_status st;
    long k = 0;
    sample t;

    (void)state;
    open_sample(&t, true);
    assert_int_equal(el_moves_make(&t.s, 1, 0, &far, &moves, NULL), EL_E_DATA);
    assert_int_equal(moves.n, 99);
    do {
        el_mem_fail_at(k);
        st = el_moves_make(&t.s, 1, 0, &four, &moves, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(moves.n, 99);
        }
    } while (st != EL_OK && ++k < 10);
    assert_int_equal(st, EL_OK);
    assert_true(k > 0);
    close_sample(&t);
    assert_int_equal(el_mem_live(), 0);
}

static el_status make_both(void)
{
    el_length_grid g = {0};
    el_surface s = {0};
    el_status st = el_length_grid_make(1, 9, 1, 9, &g, NULL);

    if (st == EL_OK)
        st = el_surface_make(&g, 1, 1, &s, NULL);
    el_surface_clear(&s);
    el_length_grid_clear(&g);
    return st;
}

static void out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_mem_fail_at(k);
        st = make_both();
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 20);
    assert_int_equal(k, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grid_of_lengths),
        cmocka_unit_test(summary),
        cmocka_unit_test(best_answer_per_prompt),
        cmocka_unit_test(between_cells),
        cmocka_unit_test(moves_by_hand),
        cmocka_unit_test(moves_refused),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
