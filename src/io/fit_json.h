/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fit files: {"schema": "energylens.fit", "version": 1, "energylens": ...,
 * "seed": n, "result": {...}}. Layer: io.
 *
 *   result   form, prior, scope, source, data_hash, cleaning {min_latency_s,
 *            sessions, keep_flagged}, fits []
 *   fits[]   model, model_slug, gpu, precision, engine, mape_pct,
 *            leaned_on_prior, facts {}, cleaning {}, residuals [],
 *            targets {energy, latency, ttft, itl}
 *   target   form, n_rows, iterations, converged, loss, noise {}, ranges {},
 *            prompts_unknown, workloads [], parameters {name: {fitted, value,
 *            lo, hi, unit, meaning}}, covariance {order [], lower [[]]}
 *
 * `fitted` is the number that is used (ln value where the name starts with
 * ln_), `value` the same for people; lo and hi are its 90 % interval. The
 * covariance is of the fitted values, lower triangle by rows. Reading gives
 * back the bits that were written of all that predictions use.
 */
#ifndef EL_IO_FIT_JSON_H
#define EL_IO_FIT_JSON_H
#include <jansson.h>

#include "base/str.h"
#include "energylens/files.h"

#define EL_FIT_SCHEMA  "energylens.fit"
#define EL_FIT_VERSION 1

struct el_bootstrap; /* model/bootstrap_fit.h */

/* el_fit_set_load from memory; `name` stands in messages. */
EL_NODISCARD el_status el_fit_set_parse(const char *text, size_t len,
                                        const char *name, el_fit_set *out,
                                        el_error *err);

/*
 * The "result" part as a new reference in *out. bootstrap (may be NULL) gives
 * lo and hi of the energy parameters; else they come from the covariance,
 * normal. EL_E_NUMERIC: a parameter is not finite; EL_E_NOMEM.
 */
EL_NODISCARD el_status el_fit_set_to_json(const el_fit_set *set,
                                          const struct el_bootstrap *bootstrap,
                                          json_t **out, el_error *err);

/* Append the whole file, envelope and final newline included. */
EL_NODISCARD el_status el_fit_set_print(const el_fit_set *set,
                                        const struct el_bootstrap *bootstrap,
                                        el_buf *out, el_error *err);

#endif
