/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joules per output token over a grid of input and output lengths: where they
 * are least, where they are flat, and what lies between. Layer: model.
 */
#ifndef EL_MODEL_SURFACE_H
#define EL_MODEL_SURFACE_H
#include "energylens/fit.h"
#include "energylens/sweetspot.h"

#define EL_SURFACE_MAX_SIDE 128u
#define EL_SURFACE_NEAR     0.10 /* within this of the least counts as flat */

/* Lengths of both axes, ascending. Owned; el_length_grid_clear. */
typedef struct el_length_grid {
    size_t n_isl, n_osl;
    double *isl, *osl;
} el_length_grid;

/*
 * From lo to hi in steps of sqrt(2), rounded to whole tokens, both ends
 * included; fewer steps where EL_SURFACE_MAX_SIDE would be passed.
 *
 * EL_E_ARG: not 1 <= lo <= hi; EL_E_NOMEM.
 */
EL_NODISCARD el_status el_length_grid_make(double isl_lo, double isl_hi,
                                           double osl_lo, double osl_hi,
                                           el_length_grid *out, el_error *err);
void el_length_grid_clear(el_length_grid *grid);

/* One batch and degree. The values are owned; el_surface_clear. */
typedef struct el_surface {
    double tp, batch;              /* NaN: not of the source */
    const el_length_grid *grid;    /* borrowed */
    double *token_j, *lo_j, *hi_j; /* [i n_osl + j]; NaN: not predicted */
    bool has_curve;
    el_sweetspot curve; /* what the values are of */
    el_source source;   /* the weakest of its cells */
    size_t n_known;
} el_surface;

/* All NaN. EL_E_NOMEM. */
EL_NODISCARD el_status el_surface_make(const el_length_grid *grid, double tp,
                                       double batch, el_surface *out,
                                       el_error *err);
void el_surface_clear(el_surface *surface);

/* From a curve; band_ln: half-width of its interval [ln], NaN unknown. */
void el_surface_fill(el_surface *surface, const el_sweetspot *curve,
                     double band_ln);

typedef struct el_spot {
    size_t i, j; /* cell */
    double isl, osl;
    double token_j, lo_j, hi_j;
} el_spot;

typedef struct el_surface_summary {
    el_spot best, worst;
    double ratio;    /* worst over best */
    size_t n_near;   /* cells within EL_SURFACE_NEAR of the best */
    double near_isl; /* longest prompt among them */
    double near_osl_lo, near_osl_hi;
} el_surface_summary;

/* False without a known cell. */
bool el_surface_summarise(const el_surface *surface, el_surface_summary *out);

/* The best answer length for one prompt length. */
typedef struct el_best_osl {
    double isl;
    double osl;     /* NaN: nothing known; exact m* of a curve inside the grid,
                       else the parabola through the three best cells [ln] */
    double token_j; /* there */
    double near_lo, near_hi; /* grid lengths within EL_SURFACE_NEAR around it */
    bool at_edge;            /* the grid ends before the curve turns */
} el_best_osl;

/* i < n_isl */
el_best_osl el_surface_best_osl(const el_surface *surface, size_t i);

/* J per output token between the cells: the curve, or bilinear in logarithms.
 * NaN outside the grid and beside unknown cells. */
double el_surface_at(const el_surface *surface, double isl, double osl);

#endif
