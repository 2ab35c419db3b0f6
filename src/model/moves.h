/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the requests of a log would save by other lengths, batches or degrees.
 * Layer: model.
 */
#ifndef EL_MODEL_MOVES_H
#define EL_MODEL_MOVES_H
#include "model/surface.h"

/* Logged requests, in order of arrival. Owned; el_lengths_clear. */
typedef struct el_lengths {
    size_t n;
    double *isl, *osl;
    size_t n_blank;   /* left out: no tokens in, or none out */
    double *arrive_s; /* ascending from 0 or later; NULL: not logged */
    double start_s;   /* of t = 0, since 1970; NaN: by no clock */
    double until_s;   /* the log goes on until then; 0: to the last request */
} el_lengths;

void el_lengths_clear(el_lengths *lengths);

typedef enum el_move_kind {
    EL_MOVE_PROMPT, /* prompts shorter by `amount` (share) */
    EL_MOVE_CAP,    /* answers of at most `amount` tokens */
    EL_MOVE_MERGE,  /* pairs of neighbours in one call, `amount` of the shorter
                       prompt being in the longer already */
    EL_MOVE_BATCH,  /* another batch limit: `amount` */
    EL_MOVE_TP      /* another degree: `amount` */
} el_move_kind;

/* "shorten_prompt", "cap_output", "merge_calls", "batch", "tensor_parallel" */
const char *el_move_name(el_move_kind kind);

typedef struct el_move {
    el_move_kind kind;
    double amount;
    double saved_j;     /* over all requests counted; < 0: costs more */
    double saved_share; /* of what they cost now */
    double tokens_lost; /* share of output tokens that are no longer made */
    size_t n_changed;   /* requests that it touches */
    size_t n_unknown;   /* requests left as they are: outside the grid */
} el_move;

#define EL_MAX_MOVES 80u

typedef struct el_moves {
    size_t n_request, n_outside; /* counted; outside the grid, not counted */
    double energy_j;             /* of those counted, as they are now */
    double output_tokens;
    double worst_share; /* of energy_j in requests above twice the best J per
                           token */
    size_t n;
    el_move move[EL_MAX_MOVES]; /* most joules saved first */
} el_moves;

/*
 * Requests cost osl el_surface_at(isl, osl). now: the surface in use; the
 * others are tried as batches (same tp) and degrees (same batch).
 *
 * EL_E_DATA: no request is on the grid; EL_E_NOMEM.
 * Cost O(moves n).
 */
EL_NODISCARD el_status el_moves_make(const el_surface *surface, size_t n,
                                     size_t now, const el_lengths *lengths,
                                     el_moves *out, el_error *err);

#endif
