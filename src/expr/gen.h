/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generators: formulas found by linear algebra instead of luck. Layer: expr.
 *
 * A generator is one src/expr/gen_<name>.c and one row of the table in
 * generate.c. It offers formulas with fitted constants to a sink, which judges
 * them; it keeps no state.
 */
#ifndef EL_EXPR_GEN_H
#define EL_EXPR_GEN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/discover.h"
#include "energylens/error.h"
#include "energylens/expr.h"
#include "energylens/expr_data.h"
#include "expr/poly.h"
#include "num/sparse_ls.h"

#define EL_GEN_MAX_ROWS 1000u /* more are thinned out evenly */

/* Takes a formula; true: it is as good as can be, stop. */
typedef struct el_gen_sink {
    bool (*take)(void *ctx, const el_expr *expr);
    void *ctx;
} el_gen_sink;

/* What formulas may be made of. */
typedef struct el_gen_options {
    bool signed_terms;   /* coefficients of sums may be negative */
    uint32_t ops;        /* bit op: el_expr_op may be used */
    const el_part *part; /* of columns; NULL: nothing is known */
} el_gen_options;

/* Columns made of others: column n_real + k of a view is expr[k]. */
typedef struct el_gen_derived {
    size_t n;
    el_expr expr[4];
} el_gen_derived;

/*
 * The rows as a generator sees them: y already divided by columns that enter
 * as a pure power, which are then no variables any more.
 */
typedef struct el_gen_view {
    size_t n, n_var;
    size_t column[EL_POLY_MAX_VARS]; /* of variable v */
    double *x;                       /* n_var * n, variable by variable */
    double *log_x;                   /* n_var * n, ln |x| */
    double *y;                       /* n */
    bool x_positive;                 /* all of x > 0 */
    bool y_one_sign;                 /* y all > 0 or all < 0 */
    el_gen_options options;
    size_t n_power; /* pure powers: */
    size_t power_column[EL_POLY_MAX_VARS];
    double power[EL_POLY_MAX_VARS];
    size_t n_real;                 /* columns of the table */
    const el_gen_derived *derived; /* borrowed; NULL: all are */
    const el_gen_sink *sink;
    bool *stop; /* set once the sink said so */
} el_gen_view;

typedef struct el_generator {
    const char *name;
    el_status (*run)(const el_gen_view *view, el_error *err);
} el_generator;

/* Offer pure powers * inner, or pure powers / inner. */
void el_gen_offer(const el_gen_view *view, const el_expr *inner, bool over);

/* The view of all rows with nothing taken out; then the one with pure powers
   taken out, false if there are none. Clear both. */
EL_NODISCARD el_status el_gen_view_new(const el_columns *x, const double *y,
                                       const el_gen_options *options,
                                       const el_gen_sink *sink, bool *stop,
                                       el_gen_view *out, el_error *err);
EL_NODISCARD el_status el_gen_separate(const el_gen_view *view,
                                       el_gen_view *out, bool *any,
                                       el_error *err);
void el_gen_view_clear(el_gen_view *view);

/*
 * Monomials of the view's variables with lo <= exponent <= hi and a sum of
 * |exponents| <= cap, lowest sums first, into out (at most limit); returns how
 * many there are, more than limit when they do not fit.
 */
size_t el_gen_pool(size_t n_var, int lo, int hi, int cap, el_poly_term *out,
                   size_t limit);
/* Values of a monomial on all rows; false if one is not finite. */
bool el_gen_column(const el_gen_view *view, const el_poly_term *term,
                   double *out);

/* At most `most` rows of the view, evenly, without logarithms. Clear it, on
   failure too. n_var > 0 */
EL_NODISCARD el_status el_gen_thin(const el_gen_view *view, size_t most,
                                   el_gen_view *out, el_error *err);

extern const el_generator el_gen_power, el_gen_poly, el_gen_ratio, el_gen_ridge,
    el_gen_laurent, el_gen_atom, el_gen_max, el_gen_rest, el_gen_work;

/* The target is a cost of work as `part` says, and can be: then only the
   generator of such laws runs. Free ones find more that fits, and less that
   holds (docs/discover.md). */
bool el_gen_is_work(const el_gen_view *view);

/* A NULL-terminated list, until one finds an exact formula. */
EL_NODISCARD el_status el_gen_run(const el_generator *const *generator,
                                  const el_gen_view *view, el_error *err);
/* The generators of products, pure powers taken out. */
EL_NODISCARD el_status el_gen_products(const el_gen_view *view, el_error *err);
/* The generators of sums, which gain from derived columns. */
EL_NODISCARD el_status el_gen_sums(const el_gen_view *view, el_error *err);
/* el_gen_sums with columns derived from those of x; `like` says the rest. */
EL_NODISCARD el_status el_gen_with_derived(const el_gen_view *like,
                                           const el_columns *x, const double *y,
                                           el_error *err);

/*
 * Run all generators in turn until the sink says stop.
 * EL_E_ARG (too many columns), EL_E_NOMEM
 */
EL_NODISCARD el_status el_generate(const el_columns *x, const double *y,
                                   const el_gen_options *options,
                                   const el_gen_sink *sink, el_error *err);

#endif
