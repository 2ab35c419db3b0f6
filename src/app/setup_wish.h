/* SPDX-License-Identifier: Apache-2.0 */
/* One combination of the axes, as the analytic model takes it. Layer: app. */
#ifndef EL_APP_SETUP_WISH_H
#define EL_APP_SETUP_WISH_H
#include "app/analytic.h"
#include "energylens/optimize.h"

typedef struct el_setup_wish {
    el_analytic_wish w;
    bool analytic_only; /* asks for what no fit tells apart */
} el_setup_wish;

/* text is borrowed. EL_E_ARG: malformed. */
EL_NODISCARD el_status el_setup_take(el_setup_wish *wish, el_setup_axis axis,
                                     const char *text, el_error *err);

#endif
