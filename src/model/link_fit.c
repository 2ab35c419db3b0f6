/* SPDX-License-Identifier: Apache-2.0 */
/* Curves of collectives from measurements. */
#include <math.h>

#include "base/mem.h"
#include "model/links.h"
#include "num/lsq.h"
#include "num/stats.h"

#define N_COEF     4 /* alpha, first, ramp, seconds per byte */
#define N_KNEE     25
#define N_ROUND    4   /* of robust weights */
#define HUBER      3.0 /* median errors beyond which a row counts less */
#define MIN_SIZES  4u
#define HELD_SIZES 8u
#define GB         1e9

typedef struct work {
    const el_link_row *row;
    size_t n;
    const bool *use;      /* NULL: all */
    double *a, *b;        /* n * N_COEF and n */
    double *error, *sort; /* n each */
    double *weight;       /* n; square roots of the rows' weights */
    double lo_sm, hi_sm;  /* NaN: not varied */
} work;

static void work_clear(work *w)
{
    el_free(w->a);
    el_free(w->b);
    el_free(w->error);
    el_free(w->sort);
    el_free(w->weight);
}

static el_status work_init(work *w, el_error *err)
{
    w->a = el_array(w->n, N_COEF * sizeof *w->a);
    w->b = el_array(w->n, sizeof *w->b);
    w->error = el_array(w->n, sizeof *w->error);
    w->sort = el_array(w->n, sizeof *w->sort);
    w->weight = el_array(w->n, sizeof *w->weight);
    if (w->a && w->b && w->error && w->sort && w->weight)
        return EL_OK;
    work_clear(w);
    return el_fail(err, EL_E_NOMEM, "links: %zu rows", w->n);
}

/* Every row in proportion to its time, so that errors are relative. */
static size_t fill(work *w, double knee)
{
    size_t m = 0;

    for (size_t i = 0; i < w->n; i++) {
        const el_link_row *r = &w->row[i];
        el_link_terms t = el_link_terms_of(r->collective, r->bytes, r->gpus);
        double scale = w->weight[i] / r->time_s;
        double *a = &w->a[m * N_COEF];

        if (w->use && !w->use[i])
            continue;
        a[0] = scale;
        a[1] = scale * t.first;
        a[2] = scale * t.ramp;
        a[3] = scale * t.bus / GB;
        if (el_is_known(knee))
            a[3] /= fmin(r->n_sm, knee);
        w->b[m++] = w->weight[i];
    }
    return m;
}

static el_link_curve curve_of(const work *w, const double x[N_COEF],
                              double knee)
{
    double bytes_s = x[3] > 0.0 ? GB / x[3] : HUGE_VAL;
    bool varied = el_is_known(knee);

    return (el_link_curve){.collective = w->row[0].collective,
                           .gpus = w->row[0].gpus,
                           .alpha_s = x[0],
                           .first_s = x[1],
                           .ramp_s = x[2],
                           .bus_bytes_s = varied ? knee * bytes_s : bytes_s,
                           .sm_bytes_s = varied ? bytes_s : EL_UNKNOWN};
}

static double relative_error(const el_link_curve *c, const el_link_row *r)
{
    double n_sm = el_is_known(r->n_sm) ? r->n_sm : 0.0;

    return fabs(el_link_curve_time(c, r->bytes, n_sm) / r->time_s - 1.0);
}

/* Median error of the rows in use; errors of all rows into w->error. */
static double median_error(work *w, const el_link_curve *c)
{
    size_t m = 0;

    for (size_t i = 0; i < w->n; i++) {
        w->error[i] = relative_error(c, &w->row[i]);
        if (!w->use || w->use[i])
            w->sort[m++] = w->error[i];
    }
    return el_median(w->sort, m);
}

/* Sum of squares with errors beyond `limit` counted in proportion. */
static double loss_of(const work *w, double limit)
{
    double loss = 0.0;

    for (size_t i = 0; i < w->n; i++) {
        double e = w->error[i];

        if (w->use && !w->use[i])
            continue;
        loss += e <= limit ? e * e : limit * (2.0 * e - limit);
    }
    return loss;
}

/* Best coefficients for one knee, with rows far off counted less. */
static el_status solve(work *w, double knee, el_link_curve *out, double *loss,
                       el_error *err)
{
    double x[N_COEF], limit = HUGE_VAL;

    for (size_t i = 0; i < w->n; i++)
        w->weight[i] = 1.0;
    for (int round = 0; round < N_ROUND; round++) {
        size_t m = fill(w, knee);
        el_status st = el_nnls(w->a, w->b, m, N_COEF, x, err);

        if (st != EL_OK)
            return st;
        *out = curve_of(w, x, knee);
        limit = fmax(HUBER * median_error(w, out), 1e-6);
        for (size_t i = 0; i < w->n; i++)
            w->weight[i] = sqrt(fmin(1.0, limit / w->error[i]));
    }
    *loss = loss_of(w, limit);
    return EL_OK;
}

/* Knees on a grid, then on a finer one around the best. */
static el_status fit(work *w, el_link_curve *out, el_error *err)
{
    double lo = w->lo_sm, hi = w->hi_sm, loss, best = HUGE_VAL, knee = lo;
    el_link_curve c;

    if (!el_is_known(lo))
        return solve(w, EL_UNKNOWN, out, &loss, err);
    for (int fine = 0; fine < 2; fine++) {
        double step = pow(hi / lo, 1.0 / (N_KNEE - 1));

        for (int i = 0; i < N_KNEE; i++) {
            double k = fmin(lo * pow(step, i), w->hi_sm);
            el_status st = solve(w, k, &c, &loss, err);

            if (st != EL_OK)
                return st;
            if (loss < best) {
                best = loss;
                knee = k;
                *out = c;
            }
        }
        lo = fmax(knee / step, w->lo_sm);
        hi = fmin(knee * step, w->hi_sm);
    }
    return EL_OK;
}

/* Sorted sizes without repeats. */
static size_t sizes_of(const el_link_row *row, size_t n, double *size)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++)
        size[i] = row[i].bytes;
    el_sort(size, n);
    for (size_t i = 0; i < n; i++)
        if (m == 0 || size[i] != size[m - 1])
            size[m++] = size[i];
    return m;
}

static size_t rank_of(const double *size, size_t n, double bytes)
{
    size_t lo = 0;

    while (lo + 1 < n && size[lo] < bytes)
        lo++;
    return lo;
}

/* Each row from a fit to the sizes of the other parity. */
static el_status hold_out(work *w, const double *size, el_link_fit *out,
                          el_error *err)
{
    bool *use = el_array(w->n, sizeof *use);
    double *held = el_array(w->n, sizeof *held);
    el_status st = EL_OK;

    if (!use || !held)
        st = el_fail(err, EL_E_NOMEM, "links: %zu rows", w->n);
    w->use = use;
    for (size_t odd = 0; odd < 2 && st == EL_OK; odd++) {
        el_link_curve c;

        for (size_t i = 0; i < w->n; i++)
            use[i] = rank_of(size, out->n_size, w->row[i].bytes) % 2 == odd;
        st = fit(w, &c, err);
        for (size_t i = 0; st == EL_OK && i < w->n; i++)
            if (!use[i])
                held[i] = relative_error(&c, &w->row[i]);
    }
    w->use = NULL;
    if (st == EL_OK) {
        out->held_median = el_quantile(held, w->n, 0.5);
        out->held_worst = held[w->n - 1];
    }
    el_free(held);
    el_free(use);
    return st;
}

static void find_sm(work *w)
{
    w->lo_sm = HUGE_VAL;
    w->hi_sm = 0.0;
    for (size_t i = 0; i < w->n; i++) {
        if (!el_is_known(w->row[i].n_sm)) {
            w->hi_sm = 0.0; /* rows of both kinds: not by SM */
            break;
        }
        w->lo_sm = fmin(w->lo_sm, w->row[i].n_sm);
        w->hi_sm = fmax(w->hi_sm, w->row[i].n_sm);
    }
    if (!(w->hi_sm > w->lo_sm))
        w->lo_sm = w->hi_sm = EL_UNKNOWN;
}

static el_status fit_sizes(work *w, const double *size, el_link_fit *out,
                           el_error *err)
{
    const char *name = el_collective_name(w->row[0].collective);
    double gpus = w->row[0].gpus;
    el_status st;

    if (out->n_size < MIN_SIZES)
        return el_fail(
            err, EL_E_DATA, "%s of %g GPUs: %zu message size%s, a fit needs %u",
            name, gpus, out->n_size, out->n_size == 1 ? "" : "s", MIN_SIZES);
    find_sm(w);
    st = fit(w, &out->curve, err);
    if (st != EL_OK)
        return st;
    if (!isfinite(out->curve.bus_bytes_s))
        return el_fail(err, EL_E_DATA,
                       "%s of %g GPUs: times do not grow with the message "
                       "(up to %g bytes), so no bandwidth can be told",
                       name, gpus, size[out->n_size - 1]);
    out->error_median = median_error(w, &out->curve);
    out->error_worst = w->sort[w->n - 1]; /* the median sorted them */
    return out->n_size < HELD_SIZES ? EL_OK : hold_out(w, size, out, err);
}

el_status el_link_fit_curve(const el_link_row *row, size_t n, el_link_fit *out,
                            el_error *err)
{
    el_link_fit f = {
        .n = n, .held_median = EL_UNKNOWN, .held_worst = EL_UNKNOWN};
    work w = {.row = row, .n = n};
    double *size;
    el_status st = work_init(&w, err);

    if (st != EL_OK)
        return st;
    size = el_array(n, sizeof *size);
    if (!size) {
        st = el_fail(err, EL_E_NOMEM, "links: %zu rows", n);
        goto done;
    }
    f.n_size = sizes_of(row, n, size);
    f.bytes_lo = size[0];
    f.bytes_hi = size[f.n_size - 1];
    st = fit_sizes(&w, size, &f, err);
    if (st == EL_OK)
        *out = f;
done:
    el_free(size);
    work_clear(&w);
    return st;
}

el_status el_link_fit_power(const el_link_row *row, size_t n,
                            const el_device *device, double *spin_w_per_sm,
                            double *bus_j_per_byte, el_error *err)
{
    double *a, *b, x[2] = {EL_UNKNOWN, EL_UNKNOWN};
    size_t m = 0;
    el_status st = EL_OK;

    a = el_array(n, 2 * sizeof *a);
    b = el_array(n, sizeof *b);
    if (!a || !b)
        st = el_fail(err, EL_E_NOMEM, "links: %zu rows", n);
    for (size_t i = 0; st == EL_OK && i < n; i++) {
        const el_link_row *r = &row[i];

        if (!el_is_known(r->power_w))
            continue;
        a[2 * m] = el_is_known(r->n_sm) ? r->n_sm : device->link_sm;
        a[2 * m + 1] =
            el_collective_bus_bytes(r->collective, r->bytes, r->gpus) /
            r->time_s / GB;
        b[m++] = fmax(r->power_w - device->idle_w, 0.0);
    }
    if (st == EL_OK && m >= MIN_SIZES)
        st = el_nnls(a, b, m, 2, x, err);
    if (st == EL_OK) {
        *spin_w_per_sm = x[0];
        *bus_j_per_byte = x[1] / GB;
    }
    el_free(b);
    el_free(a);
    return st;
}
