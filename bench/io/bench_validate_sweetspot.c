/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SweetSpot against its 13 published curves (arXiv 2602.05695, one H100):
 * the optimum of each, a refit from noisy values, and the curves from nothing
 * but the shape of the model, its constants fitted with that model left out.
 */
#include "../support/el_validate.h"
#include "base/rng.h"
#include "energylens/analytic.h"
#include "energylens/form.h"
#include "model/sweetspot.h"
#include "num/lsq.h"

#define N_MODEL ((size_t)13)
#define N_SIDE  ((size_t)7) /* lengths 64, 128, ... 4096 of both */
#define N_CELL  (N_SIDE * N_SIDE)
#define N_T     EL_SWEETSPOT_TERMS
#define NOISE   0.02
#define N_DRAW  ((size_t)20)

/* Published names that the catalogue does not take. */
static const char *const renamed[][2] = {{"Granite-3B", "granite-3b-code"},
                                         {"Granite-8B", "granite-8b-code"}};

typedef struct curve {
    char name[48];
    el_sweetspot s;
    double best_m; /* published, at n = 64 */
    double count[EL_N_COSTS][N_T];
} curve;

static double side(size_t i)
{
    return 64.0 * (double)(1u << i);
}

static void text_of(const el_csv *csv, size_t row, const char *column,
                    char *out, size_t cap)
{
    el_slice s = el_csv_cell(csv, row, el_csv_column(csv, column));

    (void)snprintf(out, cap, "%.*s", (int)s.len, s.text);
}

static int load_shape(const el_catalog *catalog, curve *c)
{
    const char *name = c->name;
    const el_llm *llm;
    const el_gpu *gpu = el_catalog_find_gpu(catalog, "h100-sxm5-80gb");
    el_arch_desc arch;
    el_facts facts;
    el_error err = {0};

    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(name, renamed[i][0]) == 0)
            name = renamed[i][1];
    llm = el_catalog_find_llm(catalog, name);
    if (!llm || !gpu || el_arch_from_llm(llm, &arch, &err) != EL_OK) {
        (void)fprintf(stderr, "%s: %s\n", c->name, err.message);
        return 1;
    }
    el_facts_from_arch(&arch, gpu, &facts);
    if (el_sweetspot_count(&arch, &facts, c->count, &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    return 0;
}

static int load(const el_catalog *catalog, const el_csv *csv, curve *c)
{
    for (size_t r = 0; r < N_MODEL; r++, c++) {
        char text[32];
        const char *m;

        text_of(csv, r, "model", c->name, sizeof c->name);
        for (size_t k = 0; k < N_T; k++) {
            (void)snprintf(text, sizeof text, "theta%zu", k);
            c->s.t[k] = el_number(csv, r, text);
        }
        text_of(csv, r, "sweet_estimated", text, sizeof text);
        m = strchr(text, '/');
        if (!m || !el_parse_double(m + 1, strlen(m + 1), &c->best_m))
            return 1;
        if (load_shape(catalog, c))
            return 1;
    }
    return 0;
}

/* --- the optimum --------------------------------------------------------- */

static int check_optimum(const curve *c)
{
    static el_errors e;
    size_t exact = 0;

    for (size_t i = 0; i < N_MODEL; i++) {
        double m = el_sweetspot_best_osl(&c[i].s, 64.0);

        el_errors_add(&e, m, c[i].best_m);
        exact += fabs(m - c[i].best_m) <= 1.0 ? 1 : 0;
    }
    (void)printf("     m* at n = 64 within one token of the published: %zu of "
                 "%zu\n",
                 exact, N_MODEL);
    return el_row_print("S1", "m* from the published coefficients", &e, 1, 1);
}

/* --- refit from noisy values --------------------------------------------- */

static void noisy_grid(const el_sweetspot *s, el_rng *rng, el_point *p,
                       double *y)
{
    for (size_t i = 0; i < N_CELL; i++) {
        double n = side(i / N_SIDE), m = side(i % N_SIDE);

        p[i] = (el_point){.tp = 1,
                          .pp = 1,
                          .ep = 1,
                          .dp = 1,
                          .batch = 1,
                          .isl = n,
                          .osl = m,
                          .workload = -1};
        y[i] =
            m * el_sweetspot_token_j(s, n, m) * exp(NOISE * el_rng_normal(rng));
    }
}

static int check_refit(const curve *c)
{
    static el_errors e;
    el_rng rng;
    double worst = 0.0;

    el_rng_init(&rng, 1, 0);
    for (size_t i = 0; i < N_MODEL * N_DRAW; i++) {
        const el_sweetspot *truth = &c[i % N_MODEL].s;
        el_point p[N_CELL];
        double y[N_CELL], sum = 0.0;
        el_facts facts = {0};
        el_fit_data data = {.facts = &facts, .point = p, .y = y, .n = N_CELL};
        el_model model;
        el_error err = {0};

        noisy_grid(truth, &rng, p, y);
        if (el_form_fit(el_form_find("sweetspot"), &data, &model, &err) !=
            EL_OK) {
            (void)fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        el_model_predict(&model, p, N_CELL, y);
        for (size_t k = 0; k < N_CELL; k++) {
            double want =
                p[k].osl * el_sweetspot_token_j(truth, p[k].isl, p[k].osl);

            el_errors_add(&e, y[k], want);
            sum += fabs(y[k] / want - 1.0) / N_CELL;
        }
        worst = fmax(worst, sum);
    }
    (void)printf("     worst curve of %zu draws each: %.2f %%\n", N_DRAW,
                 100.0 * worst);
    return el_row_print("S2", "refit from the 7 x 7 grid with 2 % noise", &e, 2,
                        1) |
           (worst > 0.02);
}

/* --- from the shape alone ------------------------------------------------ */

/* J per token that one J of cost c makes of model i at a cell. */
static double share(const curve *c, size_t cost, size_t cell)
{
    const el_sweetspot s = {{c->count[cost][0], c->count[cost][1],
                             c->count[cost][2], c->count[cost][3],
                             c->count[cost][4], c->count[cost][5]}};

    return el_sweetspot_token_j(&s, side(cell / N_SIDE), side(cell % N_SIDE));
}

/* Constants by relative least squares, >= 0, on all models but `out`. */
static int fit_costs(const curve *c, size_t out, double *cost)
{
    static double a[N_MODEL * N_CELL * EL_N_COSTS], b[N_MODEL * N_CELL];
    double scale[EL_N_COSTS] = {0};
    el_error err = {0};
    size_t n = 0;

    for (size_t i = 0; i < N_MODEL; i++) {
        for (size_t k = 0; i != out && k < N_CELL; k++, n++) {
            double y = el_sweetspot_token_j(&c[i].s, side(k / N_SIDE),
                                            side(k % N_SIDE));
            for (size_t j = 0; j < EL_N_COSTS; j++) {
                a[n * EL_N_COSTS + j] = share(&c[i], j, k) / y;
                scale[j] = fmax(scale[j], a[n * EL_N_COSTS + j]);
            }
            b[n] = 1.0;
        }
    }
    for (size_t i = 0; i < n * EL_N_COSTS; i++)
        a[i] /= scale[i % EL_N_COSTS];
    if (el_nnls(a, b, n, EL_N_COSTS, cost, &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t j = 0; j < EL_N_COSTS; j++)
        cost[j] /= scale[j];
    return 0;
}

/* Values and optimum of one model under these constants; mean error. */
static double score(const curve *c, const double *cost, el_errors *value,
                    el_errors *best)
{
    el_sweetspot s = {{0}};
    double sum = 0.0;

    for (size_t j = 0; j < EL_N_COSTS; j++)
        for (size_t k = 0; k < N_T; k++)
            s.t[k] += cost[j] * c->count[j][k];
    for (size_t k = 0; k < N_CELL; k++) {
        double n = side(k / N_SIDE), m = side(k % N_SIDE);
        double want = el_sweetspot_token_j(&c->s, n, m);
        double got = el_sweetspot_token_j(&s, n, m);

        el_errors_add(value, got, want);
        sum += 100.0 * fabs(got / want - 1.0) / N_CELL;
    }
    el_errors_add(best, el_sweetspot_best_osl(&s, 64.0),
                  el_sweetspot_best_osl(&c->s, 64.0));
    return sum;
}

static int check_shape(const curve *c)
{
    static el_errors value, best, worst;
    double cost[EL_N_COSTS], off = 0.0;
    size_t at = 0;
    int bad;

    (void)printf("     left out:");
    for (size_t i = 0; i < N_MODEL; i++) {
        double mean;

        if (fit_costs(c, i, cost))
            return 1;
        mean = score(&c[i], cost, &value, &best);
        (void)printf(" %s %.1f", c[i].name, mean);
        if (mean > off) {
            off = mean;
            at = i;
        }
    }
    (void)printf("\n     worst model: %s\n", c[at].name);
    el_errors_add(&worst, 1.0 + off / 100.0, 1.0);
    (void)printf("     90 %% of values within ln %.4f\n",
                 log1p(el_quantile(value.value, value.n, 0.9) / 100.0));
    bad = el_row_print("S3", "from the shape, model left out", &value, 6, 1);
    bad |=
        el_row_print("S3", "the same, mean of the worst model", &worst, 20, 1);
    bad |= el_row_print("S3", "the same, m* at n = 64", &best, NAN, 1);
    if (fit_costs(c, N_MODEL, cost))
        return 1;
    for (size_t j = 0; j < EL_N_COSTS; j++)
        (void)printf("     fitted / shipped: %.5g / %.5g\n", cost[j],
                     el_sweetspot_h100[j]);
    return bad;
}

int main(void)
{
    static curve c[N_MODEL];
    el_catalog *catalog = NULL;
    el_csv *csv = el_shared_csv("sweetspot/coefficients_h100.csv");
    el_error err = {0};
    int bad = 1;

    if (!csv)
        return 77;
    if (el_catalog_load(NULL, &catalog, &err) != EL_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    else if (el_csv_n_records(csv) == N_MODEL && load(catalog, csv, c) == 0) {
        el_row_header();
        bad = check_optimum(c);
        bad |= check_refit(c);
        bad |= check_shape(c);
    }
    el_catalog_free(catalog);
    el_csv_free(csv);
    return bad;
}
