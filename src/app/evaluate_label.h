/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the parts that an evaluation is given for. Layer: app. */
#ifndef EL_APP_EVALUATE_LABEL_H
#define EL_APP_EVALUATE_LABEL_H
#include "app/evaluate.h"

/* label: one a group, for el_evaluate_options; points into text. */
typedef struct el_labels {
    const char **label;
    char (*text)[EL_EVALUATE_LABEL_LEN]; /* private */
} el_labels;

/*
 * "moe, h100-sxm5-80gb" for by = arch and gpu: the chosen facts of each group
 * in the order of el_evaluate_by. A GPU that the catalogue (NULL:
 * none) does not know has vendor "unknown". EL_E_NOMEM.
 */
EL_NODISCARD el_status el_evaluate_labels(unsigned by,
                                          const el_catalog *catalog,
                                          const el_groups *groups,
                                          el_labels *out, el_error *err);
void el_labels_clear(el_labels *labels);

#endif
