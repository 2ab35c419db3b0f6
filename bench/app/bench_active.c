/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does choosing runs for the winner beat a Latin hypercube? The measured rows
 * of each A100 model are the runs there are. 30 % of its loads are set aside
 * (split "unseen" of evaluate, 20 seeds): no design may measure or even know
 * them, and they are what is scored, by closed12 fitted to the rows picked.
 *
 *   bench_active [CURVES.svg|- [FIRST_SEED]]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/analytic.h"
#include "app/evaluate.h"
#include "base/mem.h"
#include "energylens/design.h"
#include "energylens/files.h"
#include "io/plot.h"
#include "model/evaluate_work.h"
#include "model/fit_analytic.h"
#include "model/fit_learned.h"
#include "model/forms.h"
#include "model/nlls.h"
#include "num/stats.h"

#define N_SEED    20u
#define MAX_RUNS  50u
#define N_STOP    9u
#define N_DRAW    256u  /* of the settled share */
#define N_BOOT    2000u /* of the differences */
#define SET_ASIDE 0.3   /* as model/evaluate_split.c */

static const size_t stop[N_STOP] = {0, 3, 5, 10, 15, 20, 30, 50, 1000};
enum { AT_10 = 3, AT_20 = 5, AT_50 = 7, ALL_ROWS = 8 };
typedef enum design { LHS, ACTIVE, N_DESIGN } design;

#define N_PRIOR 4u
static const el_prior priors[N_PRIOR] = {EL_PRIOR_NONE, EL_PRIOR_PHYSICAL,
                                         EL_PRIOR_LEARNED, EL_PRIOR_ANALYTIC};
static const char *const prior_name[] = {[EL_PRIOR_NONE] = "none",
                                         [EL_PRIOR_PHYSICAL] = "physical",
                                         [EL_PRIOR_LEARNED] = "learned",
                                         [EL_PRIOR_ANALYTIC] = "analytic"};

typedef struct figures {
    double loads, top1, regret;
} figures;

typedef struct item { /* one model and seed */
    figures at[N_DESIGN][N_STOP];
    figures settled;  /* where active would have stopped */
    double n_settled; /* after so many runs */
} item;

typedef struct bench {
    const el_evaluate_result *data;
    const el_evaluate_options *options;
    el_prior prior;
    const el_learned *start; /* one a group: centres and SDs before any row */
    item *item;              /* group x seed */
    uint64_t first_seed;
} bench;

/* What one model and seed works on. */
typedef struct work {
    const bench *bench;
    const el_learned *start;
    el_eval_group g;
    uint64_t seed, stream;
    uint8_t *aside; /* by row */
    uint8_t *role, *may;
    size_t *load;
    el_point *point;
    double *y, *run_s, *pred, *scatter, *gain, *share, *choice;
    el_contest contest;
} work;

static void must(el_status st, const el_error *err)
{
    if (st == EL_OK)
        return;
    (void)fprintf(stderr, "bench_active: %s\n", err->message);
    _Exit(1);
}

static void *room(size_t n, size_t size)
{
    void *p = el_array(n, size);

    if (!p)
        abort();
    return p;
}

/* --- fits and scores ------------------------------------------------------ */

static void fit_rows(work *w, const uint8_t *role, el_model *out)
{
    const el_group *group = w->g.group;
    bool centred = w->bench->prior == EL_PRIOR_ANALYTIC ||
                   w->bench->prior == EL_PRIOR_LEARNED;
    el_fit_data d = {.target = EL_TARGET_ENERGY,
                     .facts = &group->facts,
                     .point = w->point,
                     .y = w->y,
                     .run_s = w->run_s,
                     .prior = w->bench->prior,
                     .prior_shift = centred ? w->start->shift : NULL,
                     .prior_sd = centred ? w->start->sd : NULL};
    el_error err;

    for (size_t i = 0; i < w->g.n; i++) {
        if (!(role[i] & EL_ROLE_TRAIN))
            continue;
        w->point[d.n] = w->g.point[i];
        w->y[d.n] = w->g.fit_y[i];
        w->run_s[d.n++] = w->g.run_s[i];
    }
    if (d.n > 0)
        must(el_form_fit(&el_form_closed12, &d, out, &err), &err);
    else
        el_learned_model(&el_form_closed12, &d, w->start, out);
}

static figures score(work *w, const el_model *m)
{
    const el_eval_group *g = &w->g;
    double *guess = w->choice + g->widest;
    figures f = {0};

    el_model_predict(m, g->point, g->n, w->pred);
    for (size_t i = 0; i < g->n; i++) {
        w->pred[i] /= g->point[i].batch;
        w->role[i] = w->aside[i] ? EL_ROLE_CHOICE : 0;
    }
    for (size_t s = 0; s < g->n_scenario; s++) {
        size_t n = el_eval_choices(g, s, w->role, g->truth, w->choice);
        double best, chosen;

        (void)el_eval_choices(g, s, w->role, w->pred, guess);
        if (n < 2)
            continue;
        best = w->choice[el_eval_cheapest(w->choice, n)];
        chosen = w->choice[el_eval_cheapest(guess, n)];
        f.loads += 1.0;
        f.top1 += chosen <= best ? 1.0 : 0.0;
        f.regret += chosen / best - 1.0;
    }
    return f;
}

/* --- designs -------------------------------------------------------------- */

/* The loads that el_eval_split sets aside: its first draw. */
static void set_aside(work *w)
{
    size_t n = w->g.n_scenario, *order = room(n, sizeof *order);
    el_rng rng;

    el_rng_init(&rng, 0, w->stream);
    for (size_t s = 0; s < n; s++)
        order[s] = s;
    el_rng_shuffle(&rng, order, n);
    n = (size_t)(SET_ASIDE * (double)n + 0.5);
    for (size_t i = 0; i < w->g.n; i++)
        for (size_t s = 0; s < n; s++)
            w->aside[i] |= w->g.scenario[i] == order[s];
    el_free(order);
}

static void run_lhs(work *w, item *out)
{
    el_evaluate_options options = *w->bench->options;
    el_eval_item split = {.split = EL_SPLIT_UNSEEN};
    uint8_t *role = room(w->g.n, 1);
    el_error err;
    el_model m;

    for (size_t s = 0; s < N_STOP; s++) {
        el_rng rng;

        options.samples = (double)stop[s];
        el_rng_init(&rng, 0, w->stream);
        memset(role, 0, w->g.n);
        if (stop[s] > 0)
            must(el_eval_split(&w->g, &options, &split, &rng, role, &err),
                 &err);
        for (size_t i = 0; i < w->g.n; i++)
            if ((role[i] & EL_ROLE_TRAIN) && w->aside[i])
                abort(); /* set_aside no longer draws as evaluate does */
        fit_rows(w, role, &m);
        out->at[LHS][s] = score(w, &m);
    }
    el_free(role);
}

/* The contest of the loads that may be measured; each other row is a load of
 * its own, about which nothing can be asked. */
static void open_contest(work *w, size_t n_param)
{
    size_t *id = room(w->g.n_scenario, sizeof *id), n_load = 0; /* id: 1 + */
    el_error err;

    for (size_t i = 0; i < w->g.n; i++) {
        size_t *known = &id[w->g.scenario[i]];

        if (w->aside[i] || *known == 0)
            *known = ++n_load;
        w->load[i] = *known - 1;
    }
    must(el_contest_make(w->load, w->g.n, n_load, n_param, &w->contest, &err),
         &err);
    w->share = room(n_load, sizeof *w->share);
    el_free(id);
}

/* How far readings scatter, by the run lengths of the form's centres: nobody
 * knows those of runs to come. */
static void expect_scatter(work *w)
{
    el_fit_data d = {.target = EL_TARGET_LATENCY, .facts = &w->g.group->facts};
    el_learned centre = {0};
    el_model m;

    el_learned_model(&el_form_closed12, &d, &centre, &m);
    el_model_predict(&m, w->g.point, w->g.n, w->pred);
    for (size_t i = 0; i < w->g.n; i++)
        w->scatter[i] = el_run_scatter(w->pred[i]);
}

/* The row to measure next; g.n: none is left. */
static size_t next_row(work *w, const uint8_t *role, const el_model *m,
                       double *settled)
{
    size_t best = w->g.n;
    el_error err;

    memcpy(w->contest.cov, m->cov, m->n_param * m->n_param * sizeof *m->cov);
    el_contest_believe(&w->contest, m, w->g.point, 0, w->g.n);
    must(el_contest_settled(&w->contest, N_DRAW, w->seed, w->share, &err),
         &err);
    *settled = el_contest_agreement(&w->contest, w->share);
    for (size_t i = 0; i < w->g.n; i++)
        w->may[i] = !w->aside[i] && !role[i];
    must(el_contest_gain(&w->contest, w->scatter, w->may, w->gain, &err), &err);
    for (size_t i = 0; i < w->g.n; i++)
        if (w->may[i] && (best == w->g.n || w->gain[i] > w->gain[best]))
            best = i;
    return best;
}

static void run_active(work *w, item *out)
{
    uint8_t *role = room(w->g.n, 1);
    size_t s = 0;
    el_model m;

    expect_scatter(w);
    fit_rows(w, role, &m);
    open_contest(w, m.n_param);
    out->n_settled = -1.0;
    for (size_t n = 0;; n++) {
        double settled = 0.0;
        size_t best;

        if (n == stop[s])
            out->at[ACTIVE][s++] = score(w, &m);
        best = next_row(w, role, &m, &settled);
        if (out->n_settled < 0.0 &&
            (settled >= EL_CONTEST_SETTLED || n == MAX_RUNS)) {
            out->n_settled = (double)n;
            out->settled = score(w, &m);
        }
        if (n == MAX_RUNS || best == w->g.n)
            break;
        role[best] = EL_ROLE_TRAIN;
        fit_rows(w, role, &m);
    }
    for (size_t i = 0; i < w->g.n; i++)
        role[i] = w->aside[i] ? 0 : (uint8_t)EL_ROLE_TRAIN;
    fit_rows(w, role, &m);
    while (s < N_STOP)
        out->at[ACTIVE][s++] = score(w, &m);
    el_free(role);
}

static el_status run_item(void *ctx, size_t i, el_error *err)
{
    const bench *b = ctx;
    size_t group = i / N_SEED, n;
    work w = {.bench = b,
              .start = &b->start[group],
              .seed = b->first_seed + i % N_SEED};
    el_status st = el_eval_group_make(&b->data->groups.group[group], b->options,
                                      0.0, &w.g, err);

    if (st != EL_OK)
        return st;
    n = w.g.n;
    w.stream = (uint64_t)EL_SPLIT_UNSEEN << 60 ^ w.seed << 40 ^ group;
    w.aside = room(n, 1);
    w.role = room(n, 1);
    w.may = room(n, 1);
    w.load = room(n, sizeof *w.load);
    w.point = room(n, sizeof *w.point);
    w.y = room(6 * n, sizeof *w.y);
    w.run_s = w.y + n;
    w.pred = w.y + 2 * n;
    w.scatter = w.y + 3 * n;
    w.gain = w.y + 4 * n;
    w.choice = room(2 * w.g.widest, sizeof *w.choice);
    set_aside(&w);
    run_lhs(&w, &b->item[i]);
    run_active(&w, &b->item[i]);
    el_contest_clear(&w.contest);
    el_free(w.share);
    el_free(w.choice);
    el_free(w.y);
    el_free(w.point);
    el_free(w.load);
    el_free(w.may);
    el_free(w.role);
    el_free(w.aside);
    el_eval_group_clear(&w.g);
    return EL_OK;
}

/* --- priors --------------------------------------------------------------- */

/* What the other models teach about this one; not its own rows. */
static void learn_start(const el_lessons *lessons, const el_group *group,
                        const el_fit_data *d, el_learned *out)
{
    /* pointers are meant; NOLINTNEXTLINE(bugprone-sizeof-expression) */
    const el_lesson **taught = room(lessons->n, sizeof *taught);
    size_t n = 0;

    for (size_t i = 0; i < lessons->n; i++) {
        const el_lesson *l = &lessons->item[i];

        if (l->target == EL_TARGET_ENERGY &&
            el_learned_other_model(&group->key, &l->key))
            taught[n++] = l;
    }
    el_learned_shift(&el_form_closed12, d, &group->key, taught, n, out);
    el_free(taught);
}

static void start_at(const el_catalog *catalog, const el_lessons *lessons,
                     const el_group *group, el_prior prior, el_learned *out)
{
    el_analytic_wish wish = {.model = group->key.model,
                             .gpu = group->key.gpu,
                             .precision = group->key.precision,
                             .engine = group->key.engine,
                             .clock_hz = EL_UNKNOWN,
                             .cap_w = EL_UNKNOWN};
    el_fit_data d = {.target = EL_TARGET_ENERGY, .facts = &group->facts};
    el_param_spec spec[EL_MAX_PARAMS];
    size_t k = el_form_closed12.specify(&d, spec);
    el_analytic_state s;
    el_error err;

    memset(out, 0, sizeof *out);
    for (size_t j = 0; j < k; j++) /* none: uniform within the bounds */
        out->sd[j] = spec[j].sd *
                     (prior == EL_PRIOR_NONE ? EL_BOUND_SD / sqrt(3.0) : 1.0);
    if (prior == EL_PRIOR_LEARNED)
        learn_start(lessons, group, &d, out);
    if (prior != EL_PRIOR_ANALYTIC)
        return;
    must(el_analytic_open(catalog, &wish, &s, &err), &err);
    must(el_analytic_project(s.analytic, &el_form_closed12, &d,
                             el_group_style(group), out, &err),
         &err);
    el_analytic_close(&s);
}

/* --- tables --------------------------------------------------------------- */

static void add(figures *sum, const figures *f)
{
    sum->loads += f->loads;
    sum->top1 += f->top1;
    sum->regret += f->regret;
}

static double top1(const figures *f)
{
    return 100.0 * f->top1 / f->loads;
}

static double regret(const figures *f)
{
    return 100.0 * f->regret / f->loads;
}

static figures pooled(const bench *b, design d, size_t s)
{
    figures sum = {0};

    for (size_t i = 0; i < b->data->groups.n * N_SEED; i++)
        add(&sum, &b->item[i].at[d][s]);
    return sum;
}

/* Active after stop[s] runs less LHS after stop[t]: the same loads of the same
 * models and seeds, models drawn again (seeds of one model are alike). */
static void print_difference(const bench *active, size_t s, const bench *lhs,
                             size_t t)
{
    size_t n = active->data->groups.n;
    double *d = room((size_t)2 * N_BOOT, sizeof *d), lo[2], hi[2];
    figures a = pooled(active, ACTIVE, s), l = pooled(lhs, LHS, t);
    el_rng rng;

    el_rng_init(&rng, 0, 1);
    for (size_t k = 0; k < N_BOOT; k++) {
        figures x = {0}, y = {0};

        for (size_t u = 0; u < n; u++) {
            size_t g = el_rng_below(&rng, n);
            for (size_t i = g * N_SEED; i < (g + 1) * N_SEED; i++) {
                add(&x, &active->item[i].at[ACTIVE][s]);
                add(&y, &lhs->item[i].at[LHS][t]);
            }
        }
        d[k] = top1(&x) - top1(&y);
        d[N_BOOT + k] = regret(&x) - regret(&y);
    }
    for (size_t v = 0; v < 2; v++) {
        lo[v] = el_quantile(d + v * N_BOOT, N_BOOT, 0.025);
        hi[v] = el_quantile(d + v * N_BOOT, N_BOOT, 0.975);
    }
    printf("| %s, %zu | %s, %zu | %+.1f (%+.1f..%+.1f) | %+.2f "
           "(%+.2f..%+.2f) |\n",
           prior_name[active->prior], stop[s], prior_name[lhs->prior], stop[t],
           top1(&a) - top1(&l), lo[0], hi[0], regret(&a) - regret(&l), lo[1],
           hi[1]);
    el_free(d);
}

static void print_table(const bench *b)
{
    figures sum = {0};
    double runs = 0.0;
    size_t n = b->data->groups.n * N_SEED;

    printf("\nprior %s: %zu models, %u seeds, %.0f loads set aside\n",
           prior_name[b->prior], b->data->groups.n, N_SEED,
           pooled(b, LHS, 0).loads / N_SEED);
    printf("| runs | lhs Top-1 %% | active Top-1 %% | lhs regret %% | active "
           "regret %% |\n|---|---|---|---|---|\n");
    for (size_t s = 0; s < N_STOP; s++) {
        figures l = pooled(b, LHS, s), a = pooled(b, ACTIVE, s);
        if (s == ALL_ROWS)
            printf("| all | %.1f | %.1f | %.2f | %.2f |\n", top1(&l), top1(&a),
                   regret(&l), regret(&a));
        else
            printf("| %zu | %.1f | %.1f | %.2f | %.2f |\n", stop[s], top1(&l),
                   top1(&a), regret(&l), regret(&a));
    }
    for (size_t i = 0; i < n; i++) {
        runs += b->item[i].n_settled / (double)n;
        add(&sum, &b->item[i].settled);
    }
    printf("active settles after %.1f runs (mean): Top-1 %.1f %%, regret %.2f "
           "%%\n",
           runs, top1(&sum), regret(&sum));
}

/* With the same prior, then what prior and design do together. */
static void print_differences(const bench *b)
{
    static const size_t of[][2] = {
        {AT_10, AT_10}, {AT_10, AT_50}, {AT_20, AT_20}, {AT_20, AT_50}};

    printf("\n| active: prior, runs | lhs: prior, runs | Top-1, points (95 %%) "
           "| regret, points (95 %%) |\n|---|---|---|---|\n");
    for (size_t p = 0; p < N_PRIOR; p++)
        for (size_t i = 0; i < 4; i++)
            print_difference(&b[p], of[i][0], &b[p], of[i][1]);
    for (size_t p = 1; p < N_PRIOR; p++)
        for (size_t i = 1; i < 3; i++)
            print_difference(&b[p], of[i][0], &b[0], of[i][1]);
}

/* --- picture -------------------------------------------------------------- */

#define N_SERIES 4u

/* Regret of the first two priors, each with both designs. */
static void draw(const bench *b, const char *path)
{
    static const char *const name[N_SERIES] = {
        "hypercube, no prior", "active, no prior", "hypercube, physical prior",
        "active, physical prior"};
    static const el_plot_color color[N_SERIES] = {
        EL_PLOT_ORANGE, EL_PLOT_VERMILLION, EL_PLOT_SKY, EL_PLOT_BLUE};
    el_plot_series series[N_SERIES];
    double x[N_STOP], y[N_SERIES][N_STOP];
    el_plot plot = {.title = "What the chosen configuration costs too much",
                    .subtitle = "12 models on A100, loads that no run "
                                "touched, 20 seeds",
                    .x_label = "runs measured",
                    .y_label = "mean regret [%]",
                    .log_y = true,
                    .series = series,
                    .n_series = N_SERIES};
    el_error err;

    for (size_t k = 0; k < N_SERIES; k++) {
        for (size_t s = 0; s < ALL_ROWS; s++) {
            figures f = pooled(&b[k / N_DESIGN], (design)(k % N_DESIGN), s);
            x[s] = (double)stop[s];
            y[k][s] = regret(&f);
        }
        series[k] =
            (el_plot_series){.name = name[k],
                             .x = x,
                             .y = y[k],
                             .n = ALL_ROWS,
                             .line = true,
                             .marker = k % 2 ? EL_PLOT_CIRCLE : EL_PLOT_SQUARE,
                             .color = color[k]};
    }
    must(el_plot_save(&plot, path, &err), &err);
}

int main(int argc, char **argv)
{
    static const char *const path[] = {
        EL_SHARED "/data/measurements/argonne_synthetic.csv"};
    static const el_form *const form[1] = {&el_form_constant};
    el_evaluate_args args = {.path = path, /* groups as evaluate has them */
                             .n_path = 1,
                             .gpu = "a100-sxm4-40gb",
                             .engine = "vLLM (eager)",
                             .choices_only = true,
                             .min_latency_s = 1.5,
                             .sessions = true,
                             .options = {.form = form,
                                         .n_form = 1,
                                         .splits = 1u << EL_SPLIT_UNSEEN,
                                         .samples = 1,
                                         .seeds = 1,
                                         .prior = EL_PRIOR_PHYSICAL}};
    const el_fit_options fit = {.prior = EL_PRIOR_PHYSICAL};
    el_lessons lessons = {.n = 0};
    el_fit_set fits;
    bench b[N_PRIOR];
    el_evaluate_result data;
    el_task task = {.threads = 2};
    el_catalog *catalog;
    el_error err;

    if (el_app_evaluate(&args, &task, &data, &err) != EL_OK) {
        printf("active: skipped (%s)\n", err.message);
        return 0;
    }
    must(el_catalog_load(NULL, &catalog, &err), &err);
    must(el_fit_groups(&data.groups, &fit, &task, &fits, &err), &err);
    must(el_fit_lessons(&fits, &lessons, &err), &err);
    for (size_t p = 0; p < N_PRIOR; p++) {
        size_t n = data.groups.n;
        el_learned *start = room(n, sizeof *start);

        b[p] = (bench){&data,
                       &args.options,
                       priors[p],
                       start,
                       room(n * N_SEED, sizeof(item)),
                       argc > 2 ? strtoull(argv[2], NULL, 10) : 0};
        for (size_t g = 0; g < n; g++)
            start_at(catalog, &lessons, &data.groups.group[g], priors[p],
                     &start[g]);
        must(el_parallel_for(n * N_SEED, run_item, &b[p], &task, &err), &err);
        print_table(&b[p]);
        el_free(start);
    }
    print_differences(b);
    if (argc > 1 && strcmp(argv[1], "-") != 0)
        draw(b, argv[1]);
    for (size_t p = 0; p < N_PRIOR; p++)
        el_free(b[p].item);
    el_lessons_clear(&lessons);
    el_fit_set_clear(&fits);
    el_catalog_free(catalog);
    el_evaluate_result_clear(&data);
    return 0;
}
