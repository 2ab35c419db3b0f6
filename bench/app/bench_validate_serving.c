/* SPDX-License-Identifier: Apache-2.0 */
/*
 * V8 and V9 of the analytic notes: serving energy and latency of whole models
 * against measurements that no constant was fitted on, the choice of a degree
 * without any measurement, and the bands that others have published.
 */
#include "../support/el_validate.h"
#include "app/analytic.h"
#include "app/predict.h"
#include "base/mem.h"

#define MLENERGY EL_SHARED "/data/measurements/mlenergy_v3_h100.csv"
#define ARGONNE  EL_SHARED "/data/measurements/argonne_synthetic.csv"
#define N_CLASS  4u

static const struct {
    const char *arch, *title;
    double target; /* mean error of energy [%] */
} classes[N_CLASS] = {{"dense", "dense", 10},
                      {"moe", "experts", 20},
                      {"ssm", "state spaces", 20},
                      {"vlm", "vision", 20}};

static el_errors errors;
static el_predictor *predictor;

/* One figure against a band; lo or hi infinite: open there. */
static int band_print(const char *name, const char *what, size_t n,
                      double value, double lo, double hi, const char *unit)
{
    int met = value >= lo && value <= hi;
    char band[32];

    if (isinf(hi))
        (void)snprintf(band, sizeof band, ">= %.3g %s", lo, unit);
    else if (isinf(lo))
        (void)snprintf(band, sizeof band, "<= %.3g %s", hi, unit);
    else
        (void)snprintf(band, sizeof band, "%.3g ... %.3g %s", lo, hi, unit);
    printf("| %-4s | %-62s | %5zu | %6.2f |        |        | %-13s |%4s |\n",
           name, what, n, value, band, met ? "yes" : "NO");
    return !met;
}

/* Answers for rows; aborts where memory is short. */
static el_answer *ask(const el_row *row, size_t n)
{
    el_answer *out = el_array(n, sizeof *out);
    el_task task = {.threads = 1};
    el_error err = {0};

    if (!out ||
        el_predictor_rows(predictor, row, n, &task, out, &err) != EL_OK) {
        (void)fprintf(stderr, "validate: %s\n", err.message);
        abort();
    }
    return out;
}

static el_table *read_table(const char *path)
{
    el_table *table = NULL;
    el_task task = {.threads = 1};
    el_error err = {0};

    if (el_table_read(&path, 1, EL_TABLE_MEASURED, &task, &table, &err) !=
        EL_OK) {
        (void)fprintf(stderr, "skipped: %s\n", err.message);
        return NULL;
    }
    return table;
}

/* --- V8: serving, nothing fitted ----------------------------------------- */

static int is_class(const el_row *row, const char *arch)
{
    return !arch || strcmp(row->arch, arch) == 0;
}

static void energy_errors(const el_row *row, const el_answer *a, size_t n,
                          const char *arch)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].ok && is_class(&row[i], arch))
            el_errors_add(&errors, a[i].p.energy_per_output_token_j,
                          row[i].energy_per_request_j / row[i].output_tokens);
}

static void itl_errors(const el_row *row, const el_answer *a, size_t n,
                       const char *arch)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].ok && el_is_known(row[i].itl_s) && is_class(&row[i], arch))
            el_errors_add(&errors, a[i].p.tpot_s, row[i].itl_s);
}

static int v8_errors(const el_row *row, const el_answer *a, size_t n)
{
    char what[96];
    int bad = 0;

    for (size_t c = 0; c < N_CLASS; c++) {
        (void)snprintf(what, sizeof what, "J per output token, H100, %s",
                       classes[c].title);
        energy_errors(row, a, n, classes[c].arch);
        bad |= el_row_print("V8", what, &errors, classes[c].target, 1);
    }
    energy_errors(row, a, n, NULL);
    bad |= el_row_print("V8", "J per output token, H100, all rows", &errors, 15,
                        1);
    for (size_t c = 0; c < N_CLASS; c++) {
        (void)snprintf(what, sizeof what, "time between tokens, H100, %s",
                       classes[c].title);
        itl_errors(row, a, n, classes[c].arch);
        el_row_print("V8", what, &errors, EL_UNKNOWN, 1);
    }
    itl_errors(row, a, n, NULL);
    el_row_print("V8", "time between tokens, H100, all rows", &errors,
                 EL_UNKNOWN, 1);
    return bad;
}

typedef struct order {
    double in_order, pairs; /* +1 a pair in order, -1 one that is not */
    size_t n;
} order;

/* Pairs of one model under one workload; fixed_batch: of one batch size too,
 * so that only the way the model is spread differs. */
static order rank_rows(const el_row *row, const el_answer *a, size_t n,
                       int fixed_batch)
{
    order o = {0};

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double seen, said;

            if (row[i].model != row[j].model ||
                row[i].workload != row[j].workload ||
                row[i].precision != row[j].precision || !a[i].ok || !a[j].ok ||
                (fixed_batch && row[i].batch_size != row[j].batch_size))
                continue;
            seen = row[i].energy_per_request_j / row[i].output_tokens -
                   row[j].energy_per_request_j / row[j].output_tokens;
            said = a[i].p.energy_per_output_token_j -
                   a[j].p.energy_per_output_token_j;
            o.in_order += seen * said > 0 ? 1 : seen * said < 0 ? -1 : 0;
            o.pairs += 1;
            o.n++;
        }
    return o;
}

static int v8_order(const el_row *row, const el_answer *a, size_t n)
{
    order all = rank_rows(row, a, n, 0), spread = rank_rows(row, a, n, 1);
    int bad = band_print("V8", "Kendall tau by energy, of a model and workload",
                         all.n, all.in_order / all.pairs, 0.8, INFINITY, "");

    if (spread.pairs > 0)
        printf("       of those with equal batch sizes: %.2f (%zu pairs)\n",
               spread.in_order / spread.pairs, spread.n);
    return bad;
}

static void v8_inside(const el_row *row, const el_answer *a, size_t n)
{
    for (size_t c = 0; c <= N_CLASS; c++) {
        const char *arch = c < N_CLASS ? classes[c].arch : NULL;
        size_t inside = 0, rows = 0;

        for (size_t i = 0; i < n; i++) {
            if (!a[i].ok || !is_class(&row[i], arch))
                continue;
            rows++;
            inside +=
                row[i].energy_per_request_j >= a[i].p.energy_per_request_lo_j &&
                row[i].energy_per_request_j <= a[i].p.energy_per_request_hi_j;
        }
        printf("       inside the 90 %% interval, %s: %.1f %% of %zu rows\n",
               c < N_CLASS ? classes[c].title : "all",
               100.0 * (double)inside / (double)rows, rows);
    }
}

/* The same rows with the engine that ran them. */
static el_row *as_served(const el_row *row, size_t n)
{
    el_row *out = el_array(n, sizeof *out);

    if (!out)
        abort();
    for (size_t i = 0; i < n; i++) {
        out[i] = row[i];
        out[i].engine = EL_MLENERGY_ENGINE;
    }
    return out;
}

/* By the table alone: vLLM, no version. */
static void v8_as_logged(const el_row *row, size_t n)
{
    el_answer *a = ask(row, n);

    energy_errors(row, a, n, "moe");
    el_row_print("V8", "  engine as logged, experts", &errors, EL_UNKNOWN, 1);
    energy_errors(row, a, n, NULL);
    el_row_print("V8", "  engine as logged, all rows", &errors, EL_UNKNOWN, 1);
    el_free(a);
}

static int v8_serving(void)
{
    el_table *table = read_table(MLENERGY);
    const el_row *logged = table ? el_table_rows(table) : NULL;
    size_t n = table ? el_table_n_rows(table) : 0, refused = 0;
    el_row *row;
    el_answer *a;
    int bad;

    if (n == 0)
        return 0;
    row = as_served(logged, n);
    a = ask(row, n);
    for (size_t i = 0; i < n; i++)
        refused += !a[i].ok;
    bad = v8_errors(row, a, n);
    v8_as_logged(logged, n);
    bad |= v8_order(row, a, n);
    v8_inside(row, a, n);
    printf("       rows refused: %zu of %zu\n", refused, n);
    el_free(a);
    el_free(row);
    el_table_free(table);
    return bad;
}

/* --- choice of a degree at a fixed load, no measurement ------------------- */

typedef struct choice {
    double scenarios, top1, within3, regret;
} choice;

static int same_load(const el_point *a, const el_point *b)
{
    return a->batch == b->batch && a->isl == b->isl && a->osl == b->osl &&
           a->workload == b->workload;
}

/* Scenario of sample `first` (the first of its load), if it has a choice. */
static void score_load(const el_group *g, const el_answer *a, size_t first,
                       choice *sum)
{
    size_t n = 0, best = first, picked = first;

    for (size_t i = 0; i < g->n; i++) {
        if (!same_load(&g->sample[i].point, &g->sample[first].point))
            continue;
        if (i < first)
            return; /* counted already */
        n++;
        if (g->sample[i].energy_j < g->sample[best].energy_j)
            best = i;
        if (a[i].p.energy_per_request_j < a[picked].p.energy_per_request_j)
            picked = i;
    }
    if (n < 2)
        return;
    sum->scenarios += 1;
    sum->top1 += picked == best;
    sum->within3 +=
        g->sample[picked].energy_j <= 1.03 * g->sample[best].energy_j;
    sum->regret += g->sample[picked].energy_j / g->sample[best].energy_j - 1;
}

static void score_group(const el_group *g, choice *sum)
{
    el_row *row = g->n ? el_array(g->n, sizeof *row) : NULL;
    el_answer *a;

    if (!row)
        return;
    for (size_t i = 0; i < g->n; i++)
        row[i] = *g->sample[i].row;
    a = ask(row, g->n);
    for (size_t i = 0; i < g->n; i++)
        el_errors_add(&errors, a[i].p.energy_per_request_j,
                      g->sample[i].energy_j / g->sample[i].point.batch);
    for (size_t i = 0; i < g->n; i++)
        score_load(g, a, i, sum);
    el_free(a);
    el_free(row);
}

static int choose(void)
{
    el_clean_options clean = {1.5, false, true};
    el_table *table = read_table(ARGONNE);
    el_groups groups = {0};
    choice c = {0};
    int bad;

    if (!table)
        return 0;
    if (el_groups_make(table, el_predictor_catalog(predictor), &clean, NULL,
                       &groups, NULL) != EL_OK)
        abort();
    for (size_t g = 0; g < groups.n; g++) {
        const el_group_key *key = &groups.group[g].key;
        if (strcmp(key->gpu, "a100-sxm4-40gb") == 0 &&
            strcmp(key->engine, "vLLM (eager)") == 0)
            score_group(&groups.group[g], &c);
    }
    el_row_print("A100", "J per request, fixed lengths, no measurement",
                 &errors, EL_UNKNOWN, 1);
    bad = band_print("A100", "choice without measurement: strict Top-1",
                     (size_t)c.scenarios, 100 * c.top1 / c.scenarios, 83,
                     INFINITY, "%");
    bad |= band_print("A100", "choice without measurement: within 3 %",
                      (size_t)c.scenarios, 100 * c.within3 / c.scenarios, 90,
                      INFINITY, "%");
    printf("       mean regret %.2f %%\n", 100 * c.regret / c.scenarios);
    el_groups_clear(&groups);
    el_table_free(table);
    return bad;
}

/* --- V9: bands, Llama-3-70B on A100-SXM4-80GB ---------------------------- */

typedef struct pass_energy {
    double energy_j, comm_j, time_s;
} pass_energy;

static pass_energy pass_of(el_analytic_state *s, el_shard shard, double b,
                           double query, double context)
{
    double idle_w;
    const el_plan *plan;
    el_error err = {0};
    el_pass p;

    if (el_analytic_prepare(s->analytic, &shard, &err) != EL_OK) {
        (void)fprintf(stderr, "validate: %s\n", err.message);
        abort();
    }
    plan = el_analytic_plan(s->analytic, &shard);
    idle_w = s->device.idle_w * el_plan_gpus(plan);
    el_analytic_pass(s->analytic, plan, &shard, b, query, context, &p);
    return (pass_energy){p.weights_j + p.kv_j + p.compute_j + p.comm_j +
                             idle_w * p.time_s,
                         p.comm_j + idle_w * p.comm_s, p.time_s};
}

static el_shard tensor(double tp)
{
    return (el_shard){.tp = tp, .pp = 1, .ep = 1, .cp = 1};
}

/* Most over least joules per token over batch 1 ... 64 x tp 2 ... 8 (one GPU
 * cannot hold the model), and the most that limit x time says too much. */
static double variation(el_analytic_state *s, int prefill, size_t *n,
                        double *over)
{
    double least = INFINITY, most = 0.0;

    *n = 0;
    *over = 0.0;
    for (unsigned i = 0; i < 3 * 7; i++) {
        double tp = ldexp(2, (int)(i / 7)), b = ldexp(1, (int)(i % 7));
        double rows = prefill ? 2048 * b : b;
        pass_energy p = prefill ? pass_of(s, tensor(tp), b, 2048, 2048)
                                : pass_of(s, tensor(tp), b, 1, 2048);

        least = fmin(least, p.energy_j / rows);
        most = fmax(most, p.energy_j / rows);
        *over = fmax(*over, s->device.cap_w * tp * p.time_s / p.energy_j - 1);
        ++*n;
    }
    return most / least;
}

/* Percent of a pass's energy that goes to its collectives. */
static double share(el_analytic_state *s, double b, double query)
{
    pass_energy p = pass_of(s, tensor(8), b, query, 2048);

    return 100 * p.comm_j / p.energy_j;
}

static double saving(el_analytic_state *s, double b, double query)
{
    el_shard unfused = tensor(8);
    pass_energy with, without;

    unfused.unfused = true;
    with = pass_of(s, tensor(8), b, query, 2048);
    without = pass_of(s, unfused, b, query, 2048);
    return 100 * (1 - with.energy_j / without.energy_j);
}

/* What was published names no batch: how much it matters. */
static void print_range(el_analytic_state *s, const char *what,
                        double (*figure)(el_analytic_state *s, double b,
                                         double query))
{
    double range[2][2];

    for (int prefill = 0; prefill < 2; prefill++) {
        range[prefill][0] = INFINITY;
        range[prefill][1] = -INFINITY;
        for (int i = 0; i <= 6; i++) {
            double v = figure(s, ldexp(1, i), prefill ? 2048 : 1);
            range[prefill][0] = fmin(range[prefill][0], v);
            range[prefill][1] = fmax(range[prefill][1], v);
        }
    }
    printf("       %s, batch 1 ... 64: prefill %.1f ... %.1f %%, decode %.1f "
           "... %.1f %%\n",
           what, range[1][0], range[1][1], range[0][0], range[0][1]);
}

static int v9_variation(el_analytic_state *s)
{
    double over, ratio;
    size_t n;
    int bad;

    ratio = variation(s, 0, &n, &over);
    bad = band_print("V9", "decode J per token, most / least, batch <= 64 x tp",
                     n, ratio, 40, 70, "x");
    bad |= band_print("V9", "limit x time over decode energy, at most", n,
                      100 * over, -INFINITY, 60, "%");
    ratio = variation(s, 1, &n, &over);
    bad |=
        band_print("V9", "prefill J per token, most / least, batch <= 64 x tp",
                   n, ratio, 1.2, 1.9, "x");
    return bad;
}

static int v9_bands(void)
{
    el_analytic_wish wish = {.model = "Llama-3-70B",
                             .gpu = "a100-sxm4-80gb",
                             .precision = "bfloat16",
                             .engine = "TensorRT-LLM",
                             .clock_hz = EL_UNKNOWN,
                             .cap_w = EL_UNKNOWN};
    el_analytic_state s;
    el_error err = {0};
    int bad;

    if (el_analytic_open(el_predictor_catalog(predictor), &wish, &s, &err) !=
        EL_OK) {
        (void)fprintf(stderr, "validate: %s\n", err.message);
        return 1;
    }
    bad = v9_variation(&s);
    bad |= band_print("V9", "all-reduce share of energy, tp 8, prefill, b 4", 1,
                      share(&s, 4, 2048), 13, 25, "%");
    bad |= band_print("V9", "all-reduce share of energy, tp 8, decode, b 16", 1,
                      share(&s, 16, 1), 13, 25, "%");
    print_range(&s, "all-reduce share", share);
    bad |= band_print("V9", "energy saved by fusion, prefill, b 16", 1,
                      saving(&s, 16, 2048), 2, 7, "%");
    bad |= band_print("V9", "energy saved by fusion, decode, b 16", 1,
                      saving(&s, 16, 1), 5, 12, "%");
    print_range(&s, "saved by fusion", saving);
    el_analytic_close(&s);
    return bad;
}

int main(void)
{
    static const el_boundary gpus = {EL_SCOPE_GPUS, EL_UNKNOWN, 1.0};
    el_error err = {0};
    int bad;

    if (el_predictor_open(NULL, NULL, &gpus, &predictor, &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    el_row_header();
    bad = v8_serving();
    bad |= choose();
    bad |= v9_bands();
    el_predictor_close(predictor);
    return bad;
}
