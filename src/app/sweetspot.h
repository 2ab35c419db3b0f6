/* SPDX-License-Identifier: Apache-2.0 */
/* The verb sweetspot: surfaces of joules over both lengths. Layer: app. */
#ifndef EL_APP_SWEETSPOT_H
#define EL_APP_SWEETSPOT_H
#include "energylens/optimize.h"
#include "model/sweetspot_answer.h"

/* As typed; NULL, NaN and n = 0: not given. */
typedef struct el_sweetspot_ask {
    const char *table, *fit_path, *catalog_dir, *trace;
    const char *model, *gpu, *precision, *engine;
    double isl_lo, isl_hi, osl_lo, osl_hi;
    el_values batch, tp; /* the first of each is the one in use */
} el_sweetspot_ask;

/*
 * A table is fitted by the form sweetspot, apart for every batch and degree
 * that has rows for it; a fit file, or else the analytic model of --model and
 * --gpu, answers cell by cell, where a cell that does not fit into memory stays
 * unknown; --model alone is a shape on one H100. Lengths that are not given are
 * those of the trace (up to twice its longest, for merged calls), else of the
 * source.
 *
 * EL_E_ARG (contradicting or missing options, more than EL_MAX_SURFACES),
 * EL_E_DATA (files; nothing could be predicted: says why), EL_E_IO,
 * EL_E_VERSION, EL_E_NUMERIC, EL_E_NOMEM, EL_E_CANCELLED. out is cleared then;
 * el_sweetspot_answer_clear otherwise. Must stay in place.
 */
EL_NODISCARD el_status el_app_sweetspot(const el_sweetspot_ask *ask,
                                        const el_task *task,
                                        el_sweetspot_answer *out,
                                        el_error *err);

#endif
