/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/normal.h"

#include <float.h>
#include <math.h>

/* Squared distance of a unit column from the others that still counts. */
#define INDEPENDENT 1e-14

static bool has(uint32_t set, unsigned i)
{
    return set >> i & 1u;
}

/* The last row of f: false when it depends on those before. */
static bool add_row(el_factor *f, const double *a, unsigned ld, unsigned i)
{
    const double diagonal = a[i * ld + i];
    double *row = f->l + (size_t)f->n * EL_SMALL, left = 1.0;

    if (!(diagonal >= DBL_MIN && diagonal < HUGE_VAL))
        return false;
    f->scale[f->n] = 1.0 / sqrt(diagonal);
    for (unsigned j = 0; j < f->n; j++) {
        const double *other = f->l + (size_t)j * EL_SMALL;
        double s = a[i * ld + f->index[j]] * f->scale[f->n] * f->scale[j];
        for (unsigned k = 0; k < j; k++)
            s -= row[k] * other[k];
        row[j] = s / other[j];
        left -= row[j] * row[j];
    }
    if (!(left > INDEPENDENT))
        return false;
    row[f->n] = sqrt(left);
    f->index[f->n++] = (uint8_t)i;
    f->set |= 1u << i;
    return true;
}

void el_factor_make(el_factor *f, const double *a, unsigned ld, uint32_t set)
{
    f->n = 0;
    f->set = 0;
    for (unsigned i = 0; i < ld; i++)
        if (has(set, i))
            (void)add_row(f, a, ld, i);
}

void el_factor_solve(const el_factor *f, const double *rhs, double *x)
{
    double z[EL_SMALL];

    for (unsigned i = 0; i < f->n; i++) {
        const double *row = f->l + (size_t)i * EL_SMALL;
        double s = rhs[f->index[i]] * f->scale[i];
        for (unsigned k = 0; k < i; k++)
            s -= row[k] * z[k];
        z[i] = s / row[i];
    }
    for (unsigned i = f->n; i-- > 0;) {
        double s = z[i];
        for (unsigned k = i + 1; k < f->n; k++)
            s -= f->l[(size_t)k * EL_SMALL + i] * z[k];
        z[i] = s / f->l[(size_t)i * EL_SMALL + i];
    }
    for (unsigned i = 0; i < f->n; i++)
        x[f->index[i]] = z[i] * f->scale[i];
}

/* Minimum over `set`, 0 elsewhere; the columns that count. */
static uint32_t minimum(const double *a, unsigned ld, const double *rhs,
                        uint32_t set, double *x)
{
    el_factor f;

    el_factor_make(&f, a, ld, set);
    for (unsigned i = 0; i < ld; i++)
        x[i] = 0.0;
    el_factor_solve(&f, rhs, x);
    return f.set;
}

static bool is_feasible(const double *x, uint32_t set)
{
    for (unsigned i = 0; i < EL_SMALL; i++)
        if (has(set, i) && !(x[i] > 0.0))
            return false;
    return true;
}

/* The column outside `passive` along which the objective falls fastest. */
static unsigned steepest(const double *a, unsigned ld, const double *rhs,
                         uint32_t candidates, const double *x)
{
    unsigned best = ld;
    double most = 0.0;

    for (unsigned i = 0; i < ld; i++) {
        double fall = rhs[i], size = fabs(rhs[i]);
        if (!has(candidates, i) || !(a[i * ld + i] >= DBL_MIN))
            continue;
        for (unsigned k = 0; k < ld; k++) {
            fall -= a[i * ld + k] * x[k];
            size += fabs(a[i * ld + k] * x[k]);
        }
        if (!(fall > 100 * DBL_EPSILON * size))
            continue;
        fall /= sqrt(a[i * ld + i]);
        if (fall > most) {
            most = fall;
            best = i;
        }
    }
    return best;
}

/* From x towards z until the first bounded unknown is 0, which leaves. */
static uint32_t walk(double *x, const double *z, unsigned ld, uint32_t passive,
                     uint32_t bounded)
{
    double alpha = 1.0;
    unsigned hit = ld;

    for (unsigned i = 0; i < ld; i++)
        if (has(passive & bounded, i) && !(z[i] > 0.0)) {
            const double t = x[i] / (x[i] - z[i]);
            if (hit == ld || t < alpha) {
                alpha = t;
                hit = i;
            }
        }
    for (unsigned i = 0; i < ld; i++)
        x[i] += alpha * (z[i] - x[i]);
    for (unsigned i = 0; i < ld; i++)
        if (i == hit || (has(passive & bounded, i) && !(x[i] > 0.0))) {
            x[i] = 0.0;
            passive &= ~(1u << i);
        }
    return passive;
}

static uint32_t active_set(const double *a, unsigned ld, const double *rhs,
                           uint32_t set, uint32_t bounded, double *x)
{
    uint32_t passive = minimum(a, ld, rhs, set & ~bounded, x), refused = 0;
    double z[EL_SMALL];

    for (unsigned left = 10 * ld + 10; left > 0; left--) {
        const unsigned i =
            steepest(a, ld, rhs, set & bounded & ~passive & ~refused, x);
        uint32_t kept;

        if (i == ld)
            break;
        kept = minimum(a, ld, rhs, passive | 1u << i, z);
        if (!has(kept, i) || !(z[i] > 0.0)) { /* brings nothing new */
            refused |= 1u << i;
            continue;
        }
        refused = 0;
        passive = kept;
        while (!is_feasible(z, passive & bounded)) {
            passive = walk(x, z, ld, passive, bounded);
            passive = minimum(a, ld, rhs, passive, z);
        }
        for (unsigned k = 0; k < ld; k++)
            x[k] = z[k];
    }
    return passive;
}

uint32_t el_normal_solve(const double *a, unsigned ld, const double *rhs,
                         uint32_t set, uint32_t bounded, double *x)
{
    const uint32_t kept = minimum(a, ld, rhs, set, x);

    if (is_feasible(x, kept & bounded))
        return kept;
    return active_set(a, ld, rhs, set, bounded, x);
}
