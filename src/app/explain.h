/* SPDX-License-Identifier: Apache-2.0 */
/* The verb explain: a deployment kernel by kernel. Layer: app. */
#ifndef EL_APP_EXPLAIN_H
#define EL_APP_EXPLAIN_H
#include "app/analytic.h"
#include "app/measured.h"
#include "model/explain.h"

typedef struct el_explain_ask {
    el_analytic_wish wish;
    const char *catalog_dir; /* NULL: the built-in catalogue alone */
    el_measured_files files; /* of wish.gpu; wish.measured is filled in */
    const el_task *task;     /* warnings about them; or NULL */
    el_point point;          /* degrees, batch, isl, osl; dp = 1 */
    bool prefill, decode, what_if;
} el_explain_ask;

/* Everything that the answer points into. Must stay in place. */
typedef struct el_explain_state {
    el_catalog *catalog;
    el_measured measured;
    el_analytic_state analytic;
    el_explanation answer;
} el_explain_state;

/*
 * EL_E_DATA: unknown model or GPU, malformed file, a degree that does not
 * divide; EL_E_ARG: unknown precision; EL_E_IO; EL_E_NOMEM. On failure there is
 * nothing to close.
 */
EL_NODISCARD el_status el_explain_open(const el_explain_ask *ask,
                                       el_explain_state *out, el_error *err);
void el_explain_close(el_explain_state *state);

/* The einsum description that the wish leads to; its gpu is not needed. */
EL_NODISCARD el_status el_explain_arch(const el_explain_ask *ask, el_buf *out,
                                       el_error *err);

#endif
