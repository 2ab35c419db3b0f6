/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a law of joules may be written in: axes of a configuration, and what is
 * known of the model and the GPU. Layer: model.
 */
#ifndef EL_MODEL_LAW_FEATURE_H
#define EL_MODEL_LAW_FEATURE_H
#include "energylens/discover.h"
#include "energylens/form.h"

typedef struct el_law_feature {
    const char *name;
    const char *unit; /* as el_unit_parse() reads it */
    const char *meaning;
    el_part part; /* in the work whose joules are sought */
} el_law_feature;

/* The axes first, in the order of el_axis; at most EL_EXPR_MAX_COLS. */
size_t el_law_n_features(void);
const el_law_feature *el_law_feature_at(size_t i);
size_t el_law_feature_find(const char *name); /* (size_t)-1: none */

/* NaN where it is not known, or has no value (a cache that no model keeps). */
double el_law_feature_value(size_t i, const el_point *point,
                            const el_facts *facts);

/* A law in the names of features, its columns their indices. Errors of
 * el_expr_parse(). */
EL_NODISCARD el_status el_law_parse(const char *text, el_expr *out,
                                    el_error *err);
void el_law_print(const el_expr *law, el_notation notation, int digits,
                  el_buf *out);

#endif
