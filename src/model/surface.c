/* SPDX-License-Identifier: Apache-2.0 */
#include "model/surface.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define STEP 1.4142135623730951 /* of lengths, the least */

static size_t n_steps(double lo, double hi)
{
    double n = ceil(log(hi / lo) / log(STEP) - 1e-9) + 1.0;

    return n < EL_SURFACE_MAX_SIDE ? (size_t)n : EL_SURFACE_MAX_SIDE;
}

/* Whole lengths, each once; returns how many. */
static size_t fill_lengths(double lo, double hi, size_t n, double *out)
{
    size_t kept = 0;

    for (size_t k = 0; k < n; k++) {
        double share = n > 1 ? (double)k / (double)(n - 1) : 0.0;
        double v = k + 1 == n ? hi : round(lo * pow(hi / lo, share));

        if (kept == 0 || v > out[kept - 1])
            out[kept++] = v;
    }
    return kept;
}

el_status el_length_grid_make(double isl_lo, double isl_hi, double osl_lo,
                              double osl_hi, el_length_grid *out, el_error *err)
{
    el_length_grid g = {0};

    if (!(isl_lo >= 1.0 && isl_hi >= isl_lo && osl_lo >= 1.0 &&
          osl_hi >= osl_lo && isfinite(isl_hi) && isfinite(osl_hi)))
        return el_fail(err, EL_E_ARG,
                       "lengths: input %g:%g, output %g:%g (1 or more, lower "
                       "end first)",
                       isl_lo, isl_hi, osl_lo, osl_hi);
    g.n_isl = n_steps(isl_lo, isl_hi);
    g.n_osl = n_steps(osl_lo, osl_hi);
    g.isl = el_array(g.n_isl, sizeof *g.isl);
    g.osl = el_array(g.n_osl, sizeof *g.osl);
    if (!g.isl || !g.osl) {
        el_length_grid_clear(&g);
        return el_fail(err, EL_E_NOMEM, "lengths: out of memory");
    }
    g.n_isl = fill_lengths(isl_lo, isl_hi, g.n_isl, g.isl);
    g.n_osl = fill_lengths(osl_lo, osl_hi, g.n_osl, g.osl);
    *out = g;
    return EL_OK;
}

void el_length_grid_clear(el_length_grid *grid)
{
    el_free(grid->osl);
    el_free(grid->isl);
    memset(grid, 0, sizeof *grid);
}

el_status el_surface_make(const el_length_grid *grid, double tp, double batch,
                          el_surface *out, el_error *err)
{
    size_t n = grid->n_isl * grid->n_osl;
    el_surface s = {.tp = tp, .batch = batch, .grid = grid};

    s.token_j = el_array(n, sizeof *s.token_j);
    s.lo_j = el_array(n, sizeof *s.lo_j);
    s.hi_j = el_array(n, sizeof *s.hi_j);
    if (!s.token_j || !s.lo_j || !s.hi_j) {
        el_surface_clear(&s);
        return el_fail(err, EL_E_NOMEM, "surface: %zu cells", n);
    }
    for (size_t c = 0; c < n; c++)
        s.token_j[c] = s.lo_j[c] = s.hi_j[c] = EL_UNKNOWN;
    *out = s;
    return EL_OK;
}

void el_surface_clear(el_surface *surface)
{
    el_free(surface->hi_j);
    el_free(surface->lo_j);
    el_free(surface->token_j);
    memset(surface, 0, sizeof *surface);
}

void el_surface_fill(el_surface *surface, const el_sweetspot *curve,
                     double band_ln)
{
    const el_length_grid *g = surface->grid;

    surface->has_curve = true;
    surface->curve = *curve;
    surface->n_known = g->n_isl * g->n_osl;
    for (size_t c = 0; c < surface->n_known; c++) {
        double e = el_sweetspot_token_j(curve, g->isl[c / g->n_osl],
                                        g->osl[c % g->n_osl]);

        surface->token_j[c] = e;
        surface->lo_j[c] = e * exp(-band_ln);
        surface->hi_j[c] = e * exp(band_ln);
    }
}

static el_spot spot_of(const el_surface *s, size_t cell)
{
    const el_length_grid *g = s->grid;
    el_spot spot = {.i = cell / g->n_osl,
                    .j = cell % g->n_osl,
                    .token_j = s->token_j[cell],
                    .lo_j = s->lo_j[cell],
                    .hi_j = s->hi_j[cell]};

    spot.isl = g->isl[spot.i];
    spot.osl = g->osl[spot.j];
    return spot;
}

static void add_near(const el_surface *s, el_surface_summary *out)
{
    const el_length_grid *g = s->grid;
    double limit = (1.0 + EL_SURFACE_NEAR) * out->best.token_j;

    out->near_osl_lo = out->near_osl_hi = out->best.osl;
    for (size_t c = 0; c < g->n_isl * g->n_osl; c++) {
        double osl = g->osl[c % g->n_osl];

        if (!(s->token_j[c] <= limit)) /* unknown is not near */
            continue;
        out->n_near++;
        out->near_isl = fmax(out->near_isl, g->isl[c / g->n_osl]);
        out->near_osl_lo = fmin(out->near_osl_lo, osl);
        out->near_osl_hi = fmax(out->near_osl_hi, osl);
    }
}

bool el_surface_summarise(const el_surface *surface, el_surface_summary *out)
{
    size_t n = surface->grid->n_isl * surface->grid->n_osl;
    size_t best = n, worst = n;
    el_surface_summary s = {.n_near = 0};

    for (size_t c = 0; c < n; c++) {
        double e = surface->token_j[c];

        if (!(e > 0.0))
            continue;
        if (best == n || e < surface->token_j[best])
            best = c;
        if (worst == n || e > surface->token_j[worst])
            worst = c;
    }
    if (best == n)
        return false;
    s.best = spot_of(surface, best);
    s.worst = spot_of(surface, worst);
    s.ratio = s.worst.token_j / s.best.token_j;
    add_near(surface, &s);
    *out = s;
    return true;
}

/* Turning point of the parabola through three (ln m, ln e); the middle one
 * where they do not turn. */
static double vertex(const double *m, const double *e)
{
    double a = log(m[1] / m[0]), b = log(m[2] / m[1]);
    double da = log(e[1] / e[0]) / a, db = log(e[2] / e[1]) / b;
    double bend = (db - da) / (a + b), at;

    if (!(bend > 0.0))
        return m[1];
    /* slope at the middle over the curvature */
    at = -(da * b + db * a) / (a + b) / (2.0 * bend);
    return m[1] * exp(fmin(fmax(at, -a), b));
}

static size_t best_cell(const double *e, size_t n)
{
    size_t best = n;

    for (size_t j = 0; j < n; j++)
        if (e[j] > 0.0 && (best == n || e[j] < e[best]))
            best = j;
    return best;
}

el_best_osl el_surface_best_osl(const el_surface *surface, size_t i)
{
    const el_length_grid *g = surface->grid;
    const double *e = surface->token_j + i * g->n_osl;
    size_t n = g->n_osl, j = best_cell(e, n), lo = j, hi = j;
    el_best_osl b = {.isl = g->isl[i],
                     .osl = EL_UNKNOWN,
                     .token_j = EL_UNKNOWN,
                     .near_lo = EL_UNKNOWN,
                     .near_hi = EL_UNKNOWN};

    if (j == n)
        return b;
    b.osl = g->osl[j];
    b.token_j = e[j];
    b.at_edge = j == 0 || j + 1 == n || !(e[j - 1] > 0.0 && e[j + 1] > 0.0);
    if (surface->has_curve) {
        double m = el_sweetspot_best_osl(&surface->curve, g->isl[i]);

        b.at_edge = !(m >= g->osl[0] && m <= g->osl[n - 1]);
        b.osl = fmin(fmax(m, g->osl[0]), g->osl[n - 1]);
        b.token_j = el_sweetspot_token_j(&surface->curve, g->isl[i], b.osl);
    } else if (!b.at_edge) {
        b.osl = vertex(g->osl + j - 1, e + j - 1);
    }
    while (lo > 0 && e[lo - 1] <= (1.0 + EL_SURFACE_NEAR) * b.token_j)
        lo--;
    while (hi + 1 < n && e[hi + 1] <= (1.0 + EL_SURFACE_NEAR) * b.token_j)
        hi++;
    b.near_lo = g->osl[lo];
    b.near_hi = g->osl[hi];
    return b;
}

/* Cell below v and how far to the next [0, 1], in logarithms. */
static bool locate(const double *axis, size_t n, double v, size_t *k, double *w)
{
    size_t lo = 0, hi = n - 1;

    if (!(v >= axis[0] && v <= axis[n - 1]))
        return false;
    if (n == 1) {
        *k = 0;
        *w = 0.0;
        return true;
    }
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;

        if (axis[mid] <= v)
            lo = mid;
        else
            hi = mid;
    }
    *k = lo;
    *w = log(v / axis[lo]) / log(axis[lo + 1] / axis[lo]);
    return true;
}

/* Weight 0 keeps an unknown neighbour out. */
static double mix(double w, double a, double b)
{
    return w <= 0.0 ? a : w >= 1.0 ? b : (1.0 - w) * a + w * b;
}

double el_surface_at(const el_surface *surface, double isl, double osl)
{
    const el_length_grid *g = surface->grid;
    const double *e;
    size_t i, j, next_i, next_j;
    double u, v, below, above;

    if (!locate(g->isl, g->n_isl, isl, &i, &u) ||
        !locate(g->osl, g->n_osl, osl, &j, &v))
        return EL_UNKNOWN;
    if (surface->has_curve)
        return el_sweetspot_token_j(&surface->curve, isl, osl);
    next_i = g->n_isl > 1 ? i + 1 : i;
    next_j = g->n_osl > 1 ? j + 1 : j;
    e = surface->token_j;
    below = mix(v, log(e[i * g->n_osl + j]), log(e[i * g->n_osl + next_j]));
    above = mix(v, log(e[next_i * g->n_osl + j]),
                log(e[next_i * g->n_osl + next_j]));
    return exp(mix(u, below, above));
}
