/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/evaluate_work.h"
#include "num/stats.h"

#define BOOTSTRAP_DRAWS  1000u
#define BOOTSTRAP_STREAM 0xB0075u /* apart from every item's */

/* Sums over one model's rows and scenarios: every figure but the median is a
 * ratio of such sums, so a bootstrap draw costs a few additions a model. */
typedef struct tally {
    double rows, ape;
    double with_interval, inside;
    double ln_y, ln_y2, miss2; /* of R^2 */
    el_eval_choice choice;
    double pairs, ordered;
    double ceiling, ceiling_scenarios;
} tally;

/* |error| of a row and whose it is, sorted for weighted medians. */
typedef struct ape {
    double value;
    size_t cluster;
} ape;

typedef struct scorer {
    size_t n_cluster;
    tally *of;
    ape *ape;
    size_t n_ape;
    size_t *weight; /* n_cluster: times a model was drawn */
    el_figure_id id;
} scorer;

const char *el_figure_name(el_figure_id id)
{
    static const char *const name[EL_N_FIGURES] = {
        "mape_pct",        "median_ape_pct", "top1_pct", "top1_within3_pct",
        "mean_regret_pct", "pairwise_pct",   "r2_log",   "coverage_pct"};

    return name[id];
}

static void add_tally(tally *sum, const tally *t, double weight)
{
    double *a = (double *)sum;
    const double *b = (const double *)t;

    for (size_t i = 0; i < sizeof *t / sizeof *b; i++)
        a[i] += weight * b[i];
}

static double percent(double part, double whole)
{
    return whole > 0.0 ? 100.0 * part / whole : EL_UNKNOWN;
}

static double r2_log(const tally *t)
{
    double mean = t->ln_y / t->rows;
    double spread = t->ln_y2 - t->rows * mean * mean;

    return spread > 0.0 ? 1.0 - t->miss2 / spread : EL_UNKNOWN;
}

static double figure_of(const tally *t, el_figure_id id)
{
    switch (id) {
    case EL_FIGURE_MAPE:
        return percent(t->ape, t->rows);
    case EL_FIGURE_TOP1:
        return percent(t->choice.top1, t->choice.scenarios);
    case EL_FIGURE_TOP1_WITHIN3:
        return percent(t->choice.within3, t->choice.scenarios);
    case EL_FIGURE_REGRET:
        return percent(t->choice.regret, t->choice.scenarios);
    case EL_FIGURE_PAIRWISE:
        return percent(t->ordered, t->pairs);
    case EL_FIGURE_R2_LOG:
        return r2_log(t);
    case EL_FIGURE_COVERAGE:
        return percent(t->inside, t->with_interval);
    case EL_FIGURE_MEDIAN_APE:
    case EL_N_FIGURES:
        break;
    }
    return EL_UNKNOWN;
}

/* Lower and upper middle of the errors, each counted as often as its model
 * was drawn. */
static double weighted_median(const scorer *s)
{
    size_t total = 0, seen = 0, n = 0;
    double middle[2] = {EL_UNKNOWN, EL_UNKNOWN};

    for (size_t i = 0; i < s->n_ape; i++)
        total += s->weight[s->ape[i].cluster];
    for (size_t i = 0; i < s->n_ape && n < 2; i++) {
        seen += s->weight[s->ape[i].cluster];
        while (n < 2 && seen > (n == 0 ? (total - 1) / 2 : total / 2))
            middle[n++] = s->ape[i].value;
    }
    return 50.0 * (middle[0] + middle[1]);
}

/* el_statistic_fn: index holds the models drawn. */
static double drawn_figure(const size_t *index, size_t n_index, void *ctx)
{
    scorer *s = ctx;
    tally sum = {0};

    memset(s->weight, 0, s->n_cluster * sizeof *s->weight);
    for (size_t i = 0; i < n_index; i++)
        s->weight[index[i]]++;
    if (s->id == EL_FIGURE_MEDIAN_APE)
        return weighted_median(s);
    for (size_t c = 0; c < s->n_cluster; c++) {
        if (s->weight[c])
            add_tally(&sum, &s->of[c], (double)s->weight[c]);
    }
    return figure_of(&sum, s->id);
}

/* --- sums over items ----------------------------------------------------- */

static void score_pairs(const double *truth, const double *pred, size_t n,
                        tally *t)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            double side = (truth[i] - truth[j]) * (pred[i] - pred[j]);
            if (truth[i] > truth[j] || truth[i] < truth[j]) {
                t->pairs += 1.0;
                t->ordered += side > 0.0 ? 1.0 : side < 0.0 ? 0.0 : 0.5;
            }
        }
    }
}

static void score_row(double truth, double pred, uint8_t inside, size_t cluster,
                      scorer *s)
{
    tally *t = &s->of[cluster];
    double ln_y = log(truth), miss = log(pred / truth);

    t->rows += 1.0;
    t->ape += fabs(pred / truth - 1.0);
    t->with_interval += inside == EL_NO_INTERVAL ? 0.0 : 1.0;
    t->inside += inside == 1u ? 1.0 : 0.0;
    t->ln_y += ln_y;
    t->ln_y2 += ln_y * ln_y;
    t->miss2 += miss * miss;
    s->ape[s->n_ape].value = fabs(pred / truth - 1.0);
    s->ape[s->n_ape++].cluster = cluster;
}

/* choice: room for 2 x widest. */
static void score_item(const el_eval_work *w, size_t f, size_t i, scorer *s,
                       double *choice)
{
    const el_eval_item *item = &w->item[i];
    const el_eval_group *g = &w->group[item->group];
    const uint8_t *role = w->role + item->offset;
    const double *pred = w->pred + f * w->n_row + item->offset;
    const uint8_t *inside = w->inside + f * w->n_row + item->offset;
    bool predicts = w->options->form[f]->traits & EL_FORM_PREDICTS;
    tally *t = &s->of[g->cluster];
    double before = t->choice.scenarios;

    for (size_t k = 0; predicts && k < g->n; k++) {
        if (role[k] & EL_ROLE_SCORE)
            score_row(g->truth[k], pred[k], inside[k], g->cluster, s);
    }
    for (size_t k = 0; k < g->n_scenario; k++) {
        double *guess = choice + g->widest;
        size_t n = el_eval_choices(g, k, role, g->truth, choice);
        (void)el_eval_choices(g, k, role, pred, guess);
        if (n < 2)
            continue;
        el_eval_choose(choice, guess, n, &t->choice);
        score_pairs(choice, guess, n, t);
    }
    t->ceiling += item->ceiling_hits;
    t->ceiling_scenarios += t->choice.scenarios - before;
}

/* What is scored together. */
typedef struct part {
    size_t form, label;
    el_split split;
} part;

static bool counts(const el_eval_work *w, const part *p, size_t i)
{
    const el_eval_item *item = &w->item[i];
    size_t f = p->form;

    if (p->label != EL_EVAL_ALL_LABELS &&
        w->group[item->group].label != p->label)
        return false;
    return item->split == p->split &&
           w->reason[i * w->options->n_form + f] == NULL;
}

static int compare_ape(const void *a, const void *b)
{
    const ape *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->cluster > y->cluster) - (x->cluster < y->cluster);
}

static el_status sum_items(const el_eval_work *w, const part *p, scorer *s,
                           el_score *out, el_error *err)
{
    size_t n_row = 0, widest = 1, last = (size_t)-1;
    double *choice;

    for (size_t i = 0; i < w->n_item; i++) {
        const el_eval_item *item = &w->item[i];
        if (!counts(w, p, i))
            continue;
        n_row += w->group[item->group].n;
        if (w->group[item->group].widest > widest)
            widest = w->group[item->group].widest;
        out->groups += item->group != last;
        last = item->group;
        if (item->seed + 1 > out->seeds)
            out->seeds = item->seed + 1;
    }
    if (n_row == 0)
        return EL_OK;
    choice = el_array(widest, 2 * sizeof *choice);
    s->ape = el_array(n_row, sizeof *s->ape);
    if (!choice || !s->ape) {
        el_free(choice);
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu errors", n_row);
    }
    for (size_t i = 0; i < w->n_item; i++) {
        if (counts(w, p, i))
            score_item(w, p->form, i, s, choice);
    }
    el_free(choice);
    if (s->n_ape > 0)
        qsort(s->ape, s->n_ape, sizeof *s->ape, compare_ape);
    return EL_OK;
}

/* Models with something to count come first; the others are never drawn. */
static size_t pack(scorer *s)
{
    size_t *place = s->weight, n = 0;

    for (size_t c = 0; c < s->n_cluster; c++) {
        place[c] = n;
        if (s->of[c].rows > 0.0 || s->of[c].choice.scenarios > 0.0)
            s->of[n++] = s->of[c];
    }
    for (size_t i = 0; i < s->n_ape; i++)
        s->ape[i].cluster = place[s->ape[i].cluster];
    return n;
}

static el_status find_intervals(const el_eval_work *w, el_split split,
                                scorer *s, el_score *out, el_error *err)
{
    size_t *cluster = el_array(s->n_cluster, sizeof *cluster);
    el_status st = EL_OK;

    if (!cluster)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu models", s->n_cluster);
    for (size_t c = 0; c < s->n_cluster; c++)
        cluster[c] = c;
    for (el_figure_id id = 0; id < EL_N_FIGURES && st == EL_OK; id++) {
        el_figure *figure = &out->figure[id];
        el_rng rng;
        el_rng_init(&rng, w->seed,
                    ((uint64_t)split << 8 | id) << 32 ^ BOOTSTRAP_STREAM);
        s->id = id;
        figure->value = drawn_figure(cluster, s->n_cluster, s);
        figure->lo = figure->hi = EL_UNKNOWN;
        if (s->n_cluster >= 2 && el_is_known(figure->value))
            st = el_bootstrap_clusters(
                cluster, s->n_cluster, s->n_cluster, drawn_figure, s,
                BOOTSTRAP_DRAWS, EL_LEVEL, &rng, &figure->lo, &figure->hi, err);
    }
    el_free(cluster);
    return st;
}

static void no_figures(el_score *out)
{
    for (el_figure_id id = 0; id < EL_N_FIGURES; id++)
        out->figure[id] = (el_figure){EL_UNKNOWN, EL_UNKNOWN, EL_UNKNOWN};
    out->ceiling_top1_pct = EL_UNKNOWN;
}

el_status el_eval_score(const el_eval_work *w, size_t f, el_split split,
                        size_t label, el_score *out, el_error *err)
{
    scorer s = {.n_cluster = w->n_cluster};
    const part p = {f, label, split};
    el_score score = {.form = w->options->form[f],
                      .split = split,
                      .samples = el_eval_samples(w->options, split)};
    tally sum = {0};
    el_status st;

    no_figures(&score);
    if (label != EL_EVAL_ALL_LABELS)
        el_str_copy(score.label, sizeof score.label, w->label[label]);
    s.of = el_array(w->n_cluster, sizeof *s.of);
    s.weight = el_array(w->n_cluster, sizeof *s.weight);
    if (!s.of || !s.weight) {
        st = el_fail(err, EL_E_NOMEM, "evaluate: %zu models", w->n_cluster);
        goto done;
    }
    st = sum_items(w, &p, &s, &score, err);
    if (st != EL_OK)
        goto done;
    s.n_cluster = pack(&s);
    for (size_t c = 0; c < s.n_cluster; c++)
        add_tally(&sum, &s.of[c], 1.0);
    if (s.n_cluster > 0)
        st = find_intervals(w, split, &s, &score, err);
    if (st != EL_OK)
        goto done;
    score.ceiling_top1_pct = percent(sum.ceiling, sum.ceiling_scenarios);
    if (score.seeds > 0) {
        score.scenarios = sum.choice.scenarios / (double)score.seeds;
        score.rows = sum.rows / (double)score.seeds;
    }
    *out = score;
done:
    el_free(s.ape);
    el_free(s.weight);
    el_free(s.of);
    return st;
}
