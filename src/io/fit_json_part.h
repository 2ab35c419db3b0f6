/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer and the reader of fit files share. Layer: io. */
#ifndef EL_IO_FIT_JSON_PART_H
#define EL_IO_FIT_JSON_PART_H
#include <jansson.h>
#include <stddef.h>

#include "base/str.h"
#include "energylens/fit.h"
#include "io/json_place.h"

/* X(member) of el_cleaning */
#define EL_CLEANING_LIST(X)                                                    \
    X(rows)                                                                    \
    X(no_energy)                                                               \
    X(flagged)                                                                 \
    X(short_run)                                                               \
    X(other_session)                                                           \
    X(merged)                                                                  \
    X(kept)                                                                    \
    X(kept_flagged)                                                            \
    X(does_not_fit)                                                            \
    X(disagree)

/* Room for the name of one parameter in a file. */
#define EL_PARAM_KEY (EL_LABEL_LEN + 24u)

/*
 * Key of parameter j in "parameters". Long workload labels are cut and may
 * then be equal: later ones get "~2", "~3", ... so that keys stay unique.
 */
void el_fit_param_key(const el_param_spec *spec, size_t j,
                      char key[EL_PARAM_KEY]);

/*
 * Append a document and a newline: sorted keys, %.17g, one space of indent a
 * level, and every array or object without another inside on one line. The
 * same JSON as el_json_print in a third of the lines: fits are large. NULL doc
 * is EL_E_NOMEM.
 */
EL_NODISCARD el_status el_fit_doc_print(const json_t *doc, el_buf *out,
                                        el_error *err);

/* The "result" object into *out (zeroed by the caller). `where` is for
 * messages. On failure *out holds what el_fit_set_clear frees. */
EL_NODISCARD el_status el_fit_result_read(const json_t *result,
                                          const char *where, el_fit_set *out,
                                          el_error *err);

/* One model of "targets" into *m (zeroed by the caller). EL_E_DATA. */
EL_NODISCARD el_status el_fit_model_read(const el_place *p,
                                         const el_facts *facts,
                                         el_target target, el_model *m);

#endif
