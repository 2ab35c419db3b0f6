/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbolic regression on the formulas of shared/data/feynman.csv.
 * bench_sr [--noise 0.01] [--seeds 10 | 3..7] [--rows 1000] [--trig] [--list]
 *          [--log] [NAME ...]
 *
 * Rows uniform in the published ranges; noise multiplies y. Reported per seed:
 * numeric    NMSE < 1e-9 against the noise-free truth on fresh rows
 * structure  complexity <= 1.5 x the truth's and, without noise, numeric, also
 *            on a box stretched 1.5 x where the truth is finite; with noise,
 *            NMSE no larger than 30 / rows x noise^2 x (mean y^2 / variance),
 *            what about ten fitted constants would leave
 * and over seeds: medians, formulas that not every seed finds, and two tiers:
 * T1 is to be found by every seed, T2 by four of five.
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

#define MAX_VARS     16u
#define MAX_FORMULAS 200u
#define TRIG                                                                   \
    ((UINT32_C(1) << EL_OP_SIN) | (UINT32_C(1) << EL_OP_COS) |                 \
     (UINT32_C(1) << EL_OP_ASIN) | (UINT32_C(1) << EL_OP_ACOS))

/* Beside all products of powers. */
static const char *const tier1[] = {
    "I.6.2a",   "I.6.2",    "I.10.7",  "I.11.19",  "I.15.1",
    "I.24.6",   "I.27.6",   "I.34.1",  "I.39.11",  "I.43.43",
    "I.48.2",   "II.6.15a", "II.10.9", "II.11.3",  "II.13.23",
    "II.13.34", "II.21.32", "II.37.1", "II.38.14", "test_5",
    "test_9",   "lv1",      "lv2",     "vdp1",     "vdp2"};
static const char *const tier2[] = {
    "I.8.14",   "I.13.4",    "I.13.12",   "I.15.3x",   "I.16.6",   "I.18.4",
    "I.32.17",  "I.34.14",   "I.44.4",    "II.2.42",   "II.11.27", "II.11.28",
    "II.24.17", "III.10.19", "III.14.14", "III.4.32",  "test_7",   "test_12",
    "test_18",  "bacres1",   "bacres2",   "predprey1", "predprey2"};

typedef struct formula {
    char name[32], text[200];
    char var[MAX_VARS][16];
    double lo[MAX_VARS], hi[MAX_VARS];
    size_t n_var;
    bool trig;
    el_expr truth;
} formula;

typedef struct settings {
    double noise;
    el_seeds seeds;
    unsigned rows;
    bool trig, list;
    bool log; /* logarithmic loss where y > 0 */
    uint64_t evaluations;
} settings;

typedef struct rows {
    double *value;
    const double *col[MAX_VARS];
    double *y;
    el_columns columns;
} rows;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "name:from:to" */
static bool read_range(const char *text, char *name, size_t cap, double *lo,
                       double *hi)
{
    const char *colon = strchr(text, ':');
    char *end;

    if (!colon || (size_t)(colon - text) >= cap)
        return false;
    memcpy(name, text, (size_t)(colon - text));
    name[colon - text] = '\0';
    *lo = strtod(colon + 1, &end);
    if (end == colon + 1 || *end != ':')
        return false;
    text = end + 1;
    *hi = strtod(text, &end);
    return end > text && *end == '\0';
}

static bool read_formula(char *line, formula *f)
{
    char *field[8], *save = NULL, *range;
    const char *name[MAX_VARS];
    size_t n = 0;
    el_error err;

    for (char *p = strtok_r(line, ",", &save); p && n < 8;
         p = strtok_r(NULL, ",", &save))
        field[n++] = p;
    if (n < 8)
        return false;
    (void)snprintf(f->name, sizeof f->name, "%s", field[1]);
    (void)snprintf(f->text, sizeof f->text, "%s", field[3]);
    f->trig = strcmp(field[6], "trig") == 0;
    f->n_var = 0;
    for (range = strtok_r(field[5], ";", &save); range && f->n_var < MAX_VARS;
         range = strtok_r(NULL, ";", &save)) {
        const size_t v = f->n_var++;

        if (!read_range(range, f->var[v], sizeof f->var[v], &f->lo[v],
                        &f->hi[v]))
            return false;
        name[v] = f->var[v];
    }
    if (el_expr_parse(f->text, name, f->n_var, &f->truth, &err) == EL_OK)
        return true;
    (void)fprintf(stderr, "%s: %s\n", f->name, err.message);
    return false;
}

/* Rows where the truth is finite, at most n; stretch widens the box. */
static bool draw(const formula *f, size_t n, double stretch, double noise,
                 el_rng *rng, rows *r)
{
    size_t kept = 0;
    el_columns all;

    r->value = el_array(n * (f->n_var + 1), sizeof *r->value);
    if (!r->value)
        return false;
    r->y = r->value + n * f->n_var;
    for (size_t v = 0; v < f->n_var; v++) {
        const double middle = (f->lo[v] + f->hi[v]) / 2;
        const double half = (f->hi[v] - f->lo[v]) / 2 * stretch;

        r->col[v] = r->value + v * n;
        for (size_t i = 0; i < n; i++)
            r->value[v * n + i] = middle + half * (2 * el_rng_unit(rng) - 1);
    }
    all = (el_columns){r->col, f->n_var, n};
    if (el_expr_eval(&f->truth, &all, r->y, NULL) != EL_OK)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(r->y[i]))
            continue;
        for (size_t v = 0; v < f->n_var; v++)
            r->value[v * n + kept] = r->value[v * n + i];
        r->y[kept++] = r->y[i];
    }
    for (size_t i = 0; i < kept && noise > 0; i++)
        r->y[i] *= 1 + noise * el_rng_normal(rng);
    r->columns = (el_columns){r->col, f->n_var, kept};
    return kept > 0;
}

/* Mean square of law - truth over the variance of the truth. */
static double nmse(const el_expr *law, const rows *r, double *y2_over_var)
{
    const size_t n = r->columns.n_row;
    double *f = el_array(n, sizeof *f), mean = 0, var = 0, mse = 0;

    if (!f || el_expr_eval(law, &r->columns, f, NULL) != EL_OK) {
        el_free(f);
        return (double)INFINITY;
    }
    for (size_t i = 0; i < n; i++)
        mean += r->y[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        var += (r->y[i] - mean) * (r->y[i] - mean) / (double)n;
        mse += (f[i] - r->y[i]) * (f[i] - r->y[i]) / (double)n;
    }
    el_free(f);
    if (y2_over_var)
        *y2_over_var = 1 + mean * mean / var;
    return isfinite(mse) ? mse / var : (double)INFINITY;
}

typedef struct score {
    bool numeric, structure;
    double time_s, size_ratio;
} score;

static el_loss loss_for(const rows *r, bool log)
{
    for (size_t i = 0; i < r->columns.n_row; i++)
        if (!(r->y[i] * r->y[0] > 0)) /* signs differ */
            return EL_LOSS_PLAIN;
    return log && r->y[0] > 0 ? EL_LOSS_LOG : EL_LOSS_RELATIVE;
}

static void judge(const formula *f, const settings *set, const el_front *front,
                  el_rng *rng, score *out)
{
    const el_law *law = &front->law[front->pick];
    rows fresh, wide;
    double y2, error, far = 0;

    if (front->n == 0 || !draw(f, 1000, 1, 0, rng, &fresh))
        return;
    error = nmse(&law->expr, &fresh, &y2);
    if (draw(f, 1000, 1.5, 0, rng, &wide)) {
        far = nmse(&law->expr, &wide, NULL);
        el_free(wide.value);
    }
    out->numeric = error < 1e-9;
    out->size_ratio = law->complexity / (double)el_expr_complexity(&f->truth);
    out->structure = out->size_ratio <= 1.5 &&
                     (set->noise > 0 ? error <= 30. / set->rows * set->noise *
                                                    set->noise * y2
                                     : out->numeric && far < 1e-9);
    el_free(fresh.value);
}

static score run(const formula *f, const settings *set, unsigned seed,
                 el_front *front)
{
    score s = {false, false, 0, 0};
    el_discover_options options = {.signed_terms = true,
                                   .max_complexity = 60,
                                   .evaluations = set->evaluations,
                                   .ops = ~UINT32_C(0)};
    el_task task = {.seed = seed, .threads = 2};
    el_error err;
    el_rng rng;
    rows r;

    if (!set->trig)
        options.ops &= ~TRIG;
    el_rng_init(&rng, seed, 0);
    if (!draw(f, set->rows, 1, set->noise, &rng, &r))
        return s;
    options.loss = loss_for(&r, set->log);
    s.time_s = now();
    if (el_discover(&r.columns, r.y, &options, &task, front, &err) == EL_OK) {
        s.time_s = now() - s.time_s;
        judge(f, set, front, &rng, &s);
    } else {
        (void)fprintf(stderr, "%s: %s\n", f->name, err.message);
    }
    el_free(r.value);
    return s;
}

static void list(const formula *f, const score *s, const el_front *front)
{
    const char *name[MAX_VARS];
    el_buf text = {0};

    for (size_t v = 0; v < f->n_var; v++)
        name[v] = f->var[v];
    if (front->n > 0)
        el_expr_print(&front->law[front->pick].expr, name,
                      (el_expr_style){.digits = 6}, &text);
    printf("  %-12s %s %s %6.2f s %5.2f x  %s   <-  %s\n", f->name,
           s->numeric ? "num" : " - ", s->structure ? "str" : " - ", s->time_s,
           s->size_ratio, f->text, el_buf_text(&text));
    (void)fflush(stdout);
    el_buf_clear(&text);
}

static bool wanted(const formula *f, const settings *set, int argc, char **argv,
                   int first)
{
    for (int i = first; i < argc; i++)
        if (strcmp(argv[i], f->name) == 0)
            return true;
    return first == argc && (set->trig || !f->trig);
}

/* What the seeds found: of each formula, and of each seed. */
typedef struct tally {
    unsigned *found;               /* n formulas: structure */
    unsigned *numeric, *structure; /* n seeds */
} tally;

static void run_seed(const formula *f, size_t n, const settings *set,
                     unsigned seed, el_front *front, tally *all)
{
    const size_t at = seed - set->seeds.first;
    unsigned numeric = 0, structure = 0;
    size_t n_ratio = 0;
    double *time_s = el_array(n, sizeof *time_s);
    double *ratio = el_array(n, sizeof *ratio);

    for (size_t i = 0; time_s && ratio && i < n; i++) {
        const score s = run(&f[i], set, seed, front);

        numeric += s.numeric;
        structure += s.structure;
        all->found[i] += s.structure;
        time_s[i] = s.time_s;
        if (s.structure || s.numeric)
            ratio[n_ratio++] = s.size_ratio;
        if (set->list)
            list(&f[i], &s, front);
    }
    if (time_s && ratio && n > 0)
        printf("seed %2u: numeric %u, structure %u of %zu; size %.2f x the "
               "truth's (median), time %.2f s median, %.1f s worst\n",
               seed, numeric, structure, n,
               n_ratio ? el_median(ratio, n_ratio) : 0, el_median(time_s, n),
               el_quantile(time_s, n, 1));
    (void)fflush(stdout);
    all->numeric[at] = numeric;
    all->structure[at] = structure;
    el_free(time_s);
    el_free(ratio);
}

static bool is_in(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

/* A product of powers and numbers. */
static bool is_monomial(const el_expr *e)
{
    for (unsigned i = 0; i < e->n_node; i++)
        switch (e->node[i].op) {
        case EL_OP_COL:
        case EL_OP_CONST:
        case EL_OP_MUL:
        case EL_OP_DIV:
        case EL_OP_POW:
        case EL_OP_INV:
        case EL_OP_SQUARE:
        case EL_OP_CUBE:
        case EL_OP_SQRT:
            break;
        default:
            return false;
        }
    return true;
}

static unsigned tier_of(const formula *f)
{
    if (is_monomial(&f->truth) ||
        is_in(f->name, tier1, sizeof tier1 / sizeof *tier1))
        return 1;
    return is_in(f->name, tier2, sizeof tier2 / sizeof *tier2) ? 2 : 3;
}

/* Of a tier those that at least this share of the seeds finds. */
static void print_tier(const formula *f, size_t n, unsigned tier, double share,
                       const el_seeds *seeds, const unsigned *found)
{
    const double least = share * el_seeds_n(seeds);
    unsigned all = 0, met = 0;

    for (size_t i = 0; i < n; i++)
        if (tier_of(&f[i]) == tier) {
            all++;
            met += found[i] >= least - 1e-9;
        }
    printf("T%u: %u of %u in at least %g %% of the seeds\n", tier, met, all,
           100 * share);
}

static void print_all(const formula *f, size_t n, const settings *set,
                      const tally *all)
{
    const unsigned n_seed = el_seeds_n(&set->seeds);

    printf("%u seeds of %zu: ", n_seed, n);
    el_seeds_print("numeric", all->numeric, n_seed);
    el_seeds_print(", structure", all->structure, n_seed);
    printf(", medians (least..most)\nnot found by every seed:");
    for (size_t i = 0; i < n; i++)
        if (all->found[i] < n_seed)
            printf(" %s %u", f[i].name, all->found[i]);
    printf("\n");
    print_tier(f, n, 1, 1, &set->seeds, all->found);
    print_tier(f, n, 2, .8, &set->seeds, all->found);
}

static int run_all(const formula *f, size_t n, const settings *set,
                   el_front *front)
{
    const unsigned n_seed = el_seeds_n(&set->seeds);
    tally all = {el_array(n + 1, sizeof *all.found),
                 el_array(n_seed, sizeof *all.numeric),
                 el_array(n_seed, sizeof *all.structure)};
    const bool room = all.found && all.numeric && all.structure;

    if (room) {
        for (unsigned seed = set->seeds.first; seed <= set->seeds.last; seed++)
            run_seed(f, n, set, seed, front, &all);
        if (n_seed > 1)
            print_all(f, n, set, &all);
    }
    el_free(all.structure);
    el_free(all.numeric);
    el_free(all.found);
    return room ? 0 : 70;
}

static int parse(int argc, char **argv, settings *set)
{
    bool ok = true;
    int i = 1;

    for (; ok && i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--trig") == 0)
            set->trig = true;
        else if (strcmp(argv[i], "--list") == 0)
            set->list = true;
        else if (strcmp(argv[i], "--log") == 0)
            set->log = true;
        else if (i + 1 == argc)
            ok = false;
        else if (strcmp(argv[i], "--noise") == 0)
            set->noise = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--seeds") == 0)
            ok = el_seeds_parse(argv[++i], &set->seeds);
        else if (strcmp(argv[i], "--rows") == 0)
            set->rows = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--evaluations") == 0)
            set->evaluations = strtoull(argv[++i], NULL, 10);
        else
            return -1;
    }
    return ok && set->rows > 1 ? i : -1;
}

int main(int argc, char **argv)
{
    settings set = {.seeds = {1, 1}, .rows = 1000};
    const int first = parse(argc, argv, &set);
    formula *f = el_array(MAX_FORMULAS, sizeof *f);
    el_front *front = el_array(1, sizeof *front);
    FILE *file = fopen(EL_SHARED "/data/feynman.csv", "r");
    char line[2048];
    size_t n = 0;
    int code;

    if (first < 0 || !f || !front) {
        (void)fprintf(stderr, "bench_sr: bad option\n");
        return 2;
    }
    if (!file) {
        (void)fprintf(stderr, "bench_sr: no %s\n",
                      EL_SHARED "/data/feynman.csv");
        return 77;
    }
    if (fgets(line, sizeof line, file))
        while (n < MAX_FORMULAS && fgets(line, sizeof line, file))
            n += read_formula(line, &f[n]) &&
                 wanted(&f[n], &set, argc, argv, first);
    (void)fclose(file);
    el_seeds_print_cpu();
    printf("%zu formulas, %u rows, noise %g, 2 threads\n", n, set.rows,
           set.noise);
    code = run_all(f, n, &set, front);
    el_free(front);
    el_free(f);
    return code;
}
