/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The best formula of each complexity. Layer: expr.
 *
 * Not thread-safe. What is offered is refitted on all rows before it counts,
 * so the order of offers matters only between equals (the first stays).
 */
#ifndef EL_EXPR_ARCHIVE_H
#define EL_EXPR_ARCHIVE_H
#include <stdbool.h>
#include <stddef.h>

#include "expr/rules.h"

#define EL_ARCHIVE_MAX 80u /* greatest complexity kept */

typedef struct el_archive_entry {
    el_expr expr;
    double loss; /* INFINITY: none of this complexity */
} el_archive_entry;

typedef struct el_archive {
    const el_columns *columns; /* borrowed, with y */
    const double *y;
    const double *weight; /* borrowed; n_row, of each row's square; NULL: 1 */
    el_loss loss;
    double exact;          /* a loss as small as this is a perfect fit */
    const el_rules *rules; /* borrowed; what they forbid is not kept; NULL */
    el_archive_entry entry[EL_ARCHIVE_MAX + 1]; /* by complexity */
    size_t n_offered;
} el_archive;

void el_archive_init(el_archive *archive, const el_columns *columns,
                     const double *y, el_loss loss);
/* Refit expr with at most `iterations` steps and keep it where it is better
   than what is there; true when it fits exactly. EL_E_NOMEM is swallowed: the
   formula is then not kept. */
bool el_archive_offer(el_archive *archive, const el_expr *expr,
                      unsigned iterations);
/* Keep expr as it is, of the loss given, where it is better than what is there
   or as good with fewer constants to fit. True when it fits exactly: then the
   loss is looked at again. */
bool el_archive_keep(el_archive *archive, const el_expr *expr, double loss);
/* From now on rows count by weight (borrowed): all laws are fitted anew, and
   keep their numbers where the new ones break a rule. */
void el_archive_reweigh(el_archive *archive, const double *weight);
/* The front so far to options->show, where there is one. */
void el_archive_show(const el_archive *archive,
                     const el_discover_options *options, uint64_t tried);
/* Entry i is on the front: no simpler one is as good. */
bool el_archive_on_front(const el_archive *archive, size_t i);

#endif
