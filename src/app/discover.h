/* SPDX-License-Identifier: Apache-2.0 */
/* A table to the laws that explain it. Layer: app. */
#ifndef EL_APP_DISCOVER_H
#define EL_APP_DISCOVER_H
#include "app/law_table.h"
#include "energylens/fit.h"
#include "io/law_sheet.h"

#define EL_SEARCH_ROWS 2000u /* searched of larger tables; all are judged */
/* where neither they nor a time are given; of joules of measurements none */
#define EL_EVALUATIONS 200000u

struct el_discovered;

/* What the user asks; NULL or zero: the usual. */
typedef struct el_discover_args {
    el_law_ask table;
    bool loss_given; /* else relative where all of the target is > 0 */
    el_loss loss;
    const char *const *op; /* names as in EL_EXPR_OP_LIST; NULL: the usual */
    size_t n_op;
    const char *const *monotone; /* "batch_size:+" */
    size_t n_monotone;
    bool signs_given; /* else terms of measurements are positive */
    bool signed_terms;
    bool plain_constants; /* constants have no units */
    const char *shape;    /* a template, or NULL */
    unsigned max_complexity;
    uint64_t evaluations;   /* 0: EL_EVALUATIONS, or what the time allows */
    double time_s;          /* wall clock; NaN: none */
    double outlier_sd;      /* of rows left out; 0: none */
    const char *checkpoint; /* file of the search's state, or NULL */
    bool resume;            /* go on from it */
    /* The front so far, as el_discover_options.show; d has its table and
       options. NULL: never */
    void (*show)(const struct el_discovered *d, const el_glimpse *glimpse,
                 void *show_ctx);
    void *show_ctx;
} el_discover_args;

typedef struct el_discovered {
    el_law_table table;
    el_discover_options options; /* as searched; what they point to is here */
    el_direction direction[EL_LAW_MAX_COLUMNS];
    el_unit_rules rules;
    el_template shape; /* where one was given */
    el_front *front;
    el_law_score score[EL_LAW_MAX_COMPLEXITY + 1];
    size_t n_searched; /* rows */
    bool timed_out;    /* the time limit ended the search ... */
    bool too_short;    /* ... before the evaluations asked for, or a round */
    double time_s;     /* of the search */
    const char *isa;   /* whose instructions it used */
    double *predicted; /* n_row, by the pick; NULL without one */
} el_discovered;

/*
 * Read, search, judge. The same seed and evaluations give the same laws for
 * any number of threads; a time limit or a cancellation gives the best so far
 * (front->stopped).
 *
 * EL_E_DATA (the table; values that the loss cannot take), EL_E_ARG (names),
 * EL_E_IO, EL_E_NOMEM, EL_E_CANCELLED (before there was anything). *out
 * points into itself: it must stay in place; empty on failure.
 */
EL_NODISCARD el_status el_app_discover(const el_discover_args *args,
                                       const el_task *task, el_discovered *out,
                                       el_error *err);
void el_discovered_clear(el_discovered *d);

/*
 * The picked law as a fit file of the form discovered: its constants fitted
 * again to each group. The table's path gives source and hash.
 * EL_E_ARG (no measurements of energy_j, or no law), EL_E_IO, EL_E_NUMERIC,
 * EL_E_NOMEM, EL_E_CANCELLED. out: el_fit_set_clear.
 */
EL_NODISCARD el_status el_discovered_fit(const el_discover_args *args,
                                         const el_discovered *d,
                                         const el_task *task, el_fit_set *out,
                                         el_error *err);

/* As io writes it; borrowed from d. */
el_law_sheet el_discovered_sheet(const el_discovered *d);

/* The law that was picked; NULL: none. */
const el_law *el_discovered_pick(const el_discovered *d);

#endif
