/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbolic regression on energy laws E1 to E8 with realistic constants.
 * bench_energy_laws [--seeds 10 | 3..7] [--rows 300] [--noise 0.03] [--grid]
 *                   [--outliers] [--signed] [--list] [E1 ...]
 *
 * Rows log-uniform (or on a coarse grid) in published ranges of serving, width
 * and layers from model families; noise multiplies by exp(sd * normal).
 * Reported over seeds, of the pick:
 * structure  its formula, refitted, is the noise-free law to 1e-12 on a wide
 *            box with no more fitted constants
 * within     all coefficients within 3 standard errors: the law's own 90 %
 *            intervals widened 3/1.645 times (E1 to E5, where structure holds)
 * far        median |ln f/truth| on a box 4 times wider each way <= 2 noise
 * E6 wants the relation of its columns named, E7 no dummy column in the pick,
 * E8 the pick proved to rise with B and all coefficients >= 0.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "energylens/discover.h"
#include "energylens/expr_eval.h"
#include "num/stats.h"

#include "../support/el_seeds.h"

#define MAX_COLS 10u

typedef enum kind { LOG, DEGREE, LAYERS, WIDTH, DERIVED } kind;

typedef struct column {
    const char *name;
    kind kind;
    double lo, hi; /* of LOG */
} column;

typedef struct energy_law {
    const char *id, *about, *text;
    size_t n_col;
    column col[MAX_COLS];
} energy_law;

/* B requests of I prompt and O generated tokens, L layers of width H, degree T,
   N = 12 L H^2 weights, S context, t seconds. Joules: 210 pJ a byte of weights,
   1.6 pJ a FLOP, 0.3 nJ a byte of KV cache, 12 mJ a layer and launch. */
#define COL_B                                                                  \
    {                                                                          \
        "B", LOG, 1, 256                                                       \
    }
#define COL_I                                                                  \
    {                                                                          \
        "I", LOG, 128, 32768                                                   \
    }
#define COL_O                                                                  \
    {                                                                          \
        "O", LOG, 16, 2048                                                     \
    }
#define COL_L                                                                  \
    {                                                                          \
        "L", LAYERS, 0, 0                                                      \
    }
#define COL_H                                                                  \
    {                                                                          \
        "H", WIDTH, 0, 0                                                       \
    }
#define COL_T                                                                  \
    {                                                                          \
        "T", DEGREE, 0, 0                                                      \
    }
#define E1                                                                     \
    "5.0e-9*O*H^2 + 3.84e-11*B*I*H^2 + 8.0e-12*B*I^2*H + "                     \
    "3.6e-11*B*O*H^2 + 1.2e-9*B*O*I*H + 0.012*O*T"

static const energy_law laws[] = {
    {"E1",
     "six monomials",
     "L*(" E1 ")",
     6,
     {COL_B, COL_I, COL_O, COL_L, COL_H, COL_T}},
    {"E2",
     "roofline: compute or memory",
     "O*L*max(3.84e-11*B*H^2, 5.0e-9*H^2 + 1.5e-10*B*S*H)",
     5,
     {{"B", LOG, 1, 1024}, {"S", LOG, 16, 1024}, COL_O, COL_L, COL_H}},
    /* 30 % of prefill at width 4096 and degree 4, as over PCIe; 13 % */
    {"E3",
     "E1 and an all-reduce",
     "L*(" E1 " + 1.0e-7*B*I*H*(1 - 1/T))",
     6,
     {COL_B, COL_I, COL_O, COL_L, COL_H, COL_T}},
    {"E3w",
     "the same, weaker",
     "L*(" E1 " + 3.0e-8*B*I*H*(1 - 1/T))",
     6,
     {COL_B, COL_I, COL_O, COL_L, COL_H, COL_T}},
    {"E4",
     "power that saturates with the batch",
     "62.5*T*t + 310.5*T*t*B/(B + 24.5) + 2.5e-9*B*N",
     4,
     {COL_B, COL_T, {"t", LOG, .5, 200}, {"N", LOG, 1e9, 2e11}}},
    {"E5",
     "idle power, launches by log2 of the degree",
     "85.5*T*t + 0.35*O*L*log2(T) + 2.4e-11*B*O*N",
     6,
     {COL_B, COL_O, COL_L, COL_T, {"t", LOG, .5, 200}, {"N", LOG, 1e9, 2e11}}},
    {"E6",
     "N = 12 L H^2 beside L and H",
     "4.2e-10*O*N + 3.2e-12*B*I*N + 1.2e-9*B*O*I*L*H",
     6,
     {COL_B, COL_I, COL_O, COL_L, COL_H, {"N", DERIVED, 0, 0}}},
    {"E7",
     "two columns that do nothing",
     "5.0e-9*O*L*H^2 + 3.84e-11*B*I*L*H^2 + 1.2e-9*B*O*I*L*H",
     7,
     {COL_B,
      COL_I,
      COL_O,
      COL_L,
      COL_H,
      {"u", LOG, 1, 100},
      {"v", LOG, .1, 10}}},
    {"E8",
     "must rise with B",
     "5.0e-9*O*L*H^2 + 3.6e-11*B*O*L*H^2 + 0.012*O*L*T + 40.5*T*t",
     6,
     {COL_B, COL_O, COL_L, COL_H, COL_T, {"t", LOG, .5, 200}}}};

/* (layers, width) as published */
static const double shape[][2] = {
    {16, 2048}, {22, 2048},  {24, 2560},  {28, 3072},  {32, 4096},
    {36, 4096}, {40, 5120},  {48, 5120},  {60, 7168},  {64, 5120},
    {80, 8192}, {88, 12288}, {96, 12288}, {126, 16384}};

typedef struct settings {
    double noise;
    el_seeds seeds;
    unsigned rows;
    bool grid, outliers, list, signed_terms;
} settings;

typedef struct rows {
    double *value, *y;
    const double *col[MAX_COLS];
    el_columns columns;
} rows;

typedef struct score {
    bool structure, within, far, answer;
    double time_s;
} score;

static double cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static el_expr truth_of(const energy_law *l)
{
    const char *name[MAX_COLS];
    el_error err = {0};
    el_expr e = {0};

    for (size_t k = 0; k < l->n_col; k++)
        name[k] = l->col[k].name;
    if (el_expr_parse(l->text, name, l->n_col, &e, &err) != EL_OK) {
        (void)fprintf(stderr, "%s: %s\n", l->id, err.message);
        _Exit(70);
    }
    return e;
}

/* One value; `wide` stretches the range that many times each way. */
static double draw_one(const column *c, double wide, bool grid, double lh[2],
                       el_rng *rng)
{
    double u = el_rng_unit(rng);
    const double lo = c->lo / wide, hi = c->hi * wide;

    switch (c->kind) {
    case DEGREE:
        return ldexp(1, (int)el_rng_below(rng, wide > 1 ? 6 : 4));
    case LAYERS:
        return wide > 1 ? round(lh[0] * exp(.7 * (2 * u - 1))) : lh[0];
    case WIDTH:
        return wide > 1 ? lh[1] * exp(.7 * (2 * u - 1)) : lh[1];
    case DERIVED:
        return 0;
    default:
        if (grid) /* six levels */
            u = (double)el_rng_below(rng, 6) / 5;
        return lo * pow(hi / lo, u);
    }
}

static bool draw(const energy_law *l, size_t n, double wide,
                 const settings *set, el_rng *rng, rows *r)
{
    const el_expr truth = truth_of(l);
    const size_t n_shape = sizeof shape / sizeof *shape;

    r->value = el_array(n * (l->n_col + 1), sizeof *r->value);
    if (!r->value)
        return false;
    r->y = r->value + n * l->n_col;
    for (size_t k = 0; k < l->n_col; k++)
        r->col[k] = r->value + k * n;
    for (size_t i = 0; i < n; i++) {
        const size_t s = el_rng_below(rng, n_shape);
        double lh[2] = {shape[s][0], shape[s][1]}, l_h2 = 1;

        for (size_t k = 0; k < l->n_col; k++) {
            const column *c = &l->col[k];
            const double v =
                c->kind == DERIVED
                    ? 12 * l_h2
                    : draw_one(c, wide, set->grid && wide <= 1, lh, rng);

            l_h2 *= c->kind == LAYERS ? v : c->kind == WIDTH ? v * v : 1;
            r->value[k * n + i] = v;
        }
    }
    r->columns = (el_columns){r->col, l->n_col, n};
    return el_expr_eval(&truth, &r->columns, r->y, NULL) == EL_OK;
}

static void add_noise(const settings *set, el_rng *rng, rows *r)
{
    for (size_t i = 0; i < r->columns.n_row && set->noise > 0; i++) {
        r->y[i] *= exp(set->noise * el_rng_normal(rng));
        if (set->outliers && el_rng_unit(rng) < .02)
            r->y[i] *= el_rng_unit(rng) < .5 ? 3 : 1 / 3.;
    }
}

static unsigned n_fitted(const el_expr *e)
{
    unsigned n = 0;

    for (unsigned j = 0; j < e->n_const; j++)
        n += e->kind[j] != EL_CONST_FIXED;
    return n;
}

/* Can the formula be the truth, whatever it is written like? */
static bool is_structure(const energy_law *l, const el_expr *found,
                         const rows *wide)
{
    const el_expr truth = truth_of(l);
    el_expr e = *found;
    el_refit_result result;

    return n_fitted(found) <= n_fitted(&truth) &&
           el_expr_fit(&e, &wide->columns, wide->y, NULL, EL_LOSS_RELATIVE, 100,
                       &result, NULL) == EL_OK &&
           result.loss < 1e-12;
}

static bool is_within(const el_law *law, const el_expr *refitted)
{
    bool in = true;

    for (unsigned j = 0; j < law->expr.n_const; j++) {
        const double v = law->expr.value[j];
        const double reach =
            fmax(law->hi[j] - v, v - law->lo[j]) * 3 / 1.645 + 1e-9 * fabs(v);

        if (law->expr.kind[j] != EL_CONST_FIXED)
            in = in && fabs(refitted->value[j] - v) <= reach;
    }
    return in;
}

/* Median |ln f/y| */
static double far_error(const el_expr *e, const rows *wide)
{
    const size_t n = wide->columns.n_row;
    double *f = el_array(n, sizeof *f), error = (double)INFINITY;

    if (f && el_expr_eval(e, &wide->columns, f, NULL) == EL_OK) {
        for (size_t i = 0; i < n; i++)
            f[i] = f[i] > 0 ? fabs(log(f[i] / wide->y[i])) : 1e300;
        error = el_median(f, n);
    }
    el_free(f);
    return error;
}

/* N is 12 L H^2: columns 3, 4, 5 in proportion 1 : 2 : -1. */
static bool names_relation(const el_front *front)
{
    for (size_t k = 0; k < front->n_relation; k++) {
        const double *e = front->relation[k].exponent;

        if (e[3] != 0 && fabs(e[4] / e[3] - 2) < .01 &&
            fabs(e[5] / e[3] + 1) < .01)
            return true;
    }
    return false;
}

static bool uses_dummy(const el_expr *e)
{
    for (unsigned i = 0; i < e->n_node; i++)
        if (e->node[i].op == EL_OP_COL && e->node[i].arg >= 5)
            return true;
    return false;
}

static bool is_constrained(const el_law *law)
{
    bool ok = law->unproven == 0;

    for (unsigned j = 0; j < law->expr.n_const; j++)
        ok = ok && law->expr.value[j] >= 0;
    return ok;
}

static bool answers(const energy_law *l, const el_front *front)
{
    const el_law *pick = &front->law[front->pick];

    switch (l->id[1]) {
    case '6':
        return names_relation(front);
    case '7':
        return !uses_dummy(&pick->expr);
    case '8':
        return is_constrained(pick);
    default:
        return true;
    }
}

static void judge(const energy_law *l, const settings *set,
                  const el_front *front, el_rng *rng, score *s)
{
    const el_law *pick = &front->law[front->pick];
    const settings clean = {.noise = 0};
    el_expr refitted = pick->expr;
    el_refit_result result;
    rows wide;

    if (front->n == 0 || !draw(l, 1000, 4, &clean, rng, &wide))
        return;
    s->structure = is_structure(l, &pick->expr, &wide);
    s->within = s->structure &&
                el_expr_fit(&refitted, &wide.columns, wide.y, NULL,
                            EL_LOSS_RELATIVE, 100, &result, NULL) == EL_OK &&
                is_within(pick, &refitted);
    s->far = far_error(&pick->expr, &wide) <= 2 * set->noise + 1e-6;
    s->answer = answers(l, front);
    el_free(wide.value);
}

static void list(const energy_law *l, const score *s, const el_front *front)
{
    const char *name[MAX_COLS];
    el_buf text = {0};

    for (size_t k = 0; k < l->n_col; k++)
        name[k] = l->col[k].name;
    if (front->n > 0)
        el_expr_print(&front->law[front->pick].expr, name,
                      (el_expr_style){.digits = 4}, &text);
    printf("  %s %s %s %s %s %5.2f s  %s\n", l->id,
           s->structure ? "str" : " - ", s->within ? "in" : "- ",
           s->far ? "far" : " - ", s->answer ? "ok" : "- ", s->time_s,
           el_buf_text(&text));
    (void)fflush(stdout);
    el_buf_clear(&text);
}

static score run(const energy_law *l, const settings *set, unsigned seed,
                 el_front *front)
{
    el_direction direction[MAX_COLS] = {EL_DIRECTION_UNPROVEN};
    el_discover_options options = {.loss = EL_LOSS_RELATIVE,
                                   .signed_terms = set->signed_terms,
                                   .outlier_sd = set->outliers ? 4 : 0,
                                   .max_complexity = 80};
    el_task task = {.seed = seed, .threads = 2};
    score s = {false, false, false, false, 0};
    el_error err;
    el_rng rng;
    rows r;

    if (l->id[1] == '8') {
        direction[0] = EL_DIRECTION_UP;
        options.direction = direction;
    }
    el_rng_init(&rng, seed, 7);
    if (!draw(l, set->rows, 1, set, &rng, &r))
        return s;
    add_noise(set, &rng, &r);
    s.time_s = cpu_now();
    *front = (el_front){0};
    if (el_discover(&r.columns, r.y, &options, &task, front, &err) != EL_OK)
        (void)fprintf(stderr, "%s: %s\n", l->id, err.message);
    s.time_s = cpu_now() - s.time_s;
    judge(l, set, front, &rng, &s);
    el_free(r.value);
    return s;
}

static void run_law(const energy_law *l, const settings *set, el_front *front)
{
    unsigned structure = 0, within = 0, far = 0, answer = 0;
    double worst = 0;

    for (unsigned seed = set->seeds.first; seed <= set->seeds.last; seed++) {
        const score s = run(l, set, seed, front);

        structure += s.structure;
        within += s.within;
        far += s.far;
        answer += s.answer;
        worst = fmax(worst, s.time_s);
        if (set->list)
            list(l, &s, front);
    }
    printf("%-3s %-44s structure %2u within %2u far %2u answer %2u of %2u; "
           "%.2f s CPU worst\n",
           l->id, l->about, structure, within, far, answer,
           el_seeds_n(&set->seeds), worst);
    (void)fflush(stdout);
}

static int parse(int argc, char **argv, settings *set)
{
    bool ok = true;
    int i = 1;

    for (; ok && i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--grid") == 0)
            set->grid = true;
        else if (strcmp(argv[i], "--outliers") == 0)
            set->outliers = true;
        else if (strcmp(argv[i], "--signed") == 0)
            set->signed_terms = true;
        else if (strcmp(argv[i], "--list") == 0)
            set->list = true;
        else if (i + 1 == argc)
            ok = false;
        else if (strcmp(argv[i], "--noise") == 0)
            set->noise = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--seeds") == 0)
            ok = el_seeds_parse(argv[++i], &set->seeds);
        else if (strcmp(argv[i], "--rows") == 0)
            set->rows = (unsigned)strtoul(argv[++i], NULL, 10);
        else
            return -1;
    }
    return ok && set->rows > 1 ? i : -1;
}

static bool wanted(const char *id, int argc, char **argv, int first)
{
    for (int i = first; i < argc; i++)
        if (strcmp(argv[i], id) == 0)
            return true;
    return first == argc;
}

int main(int argc, char **argv)
{
    settings set = {.seeds = {1, 10}, .rows = 300, .noise = .03};
    const int first = parse(argc, argv, &set);
    el_front *front = el_array(1, sizeof *front);

    if (first < 0 || !front) {
        (void)fprintf(stderr, "bench_energy_laws: bad option\n");
        return 2;
    }
    el_seeds_print_cpu();
    printf("energy laws, %u rows %s, noise %g%s\n", set.rows,
           set.grid ? "on a grid" : "log-uniform", set.noise,
           set.outliers ? ", 2 % outliers" : "");
    for (size_t k = 0; k < sizeof laws / sizeof *laws; k++)
        if (wanted(laws[k].id, argc, argv, first))
            run_law(&laws[k], &set, front);
    el_free(front);
    return 0;
}
