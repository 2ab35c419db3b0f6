/* SPDX-License-Identifier: Apache-2.0 */
/* What a collective's time is linear in. Layer: model. */
#ifndef EL_MODEL_LINKS_H
#define EL_MODEL_LINKS_H
#include "energylens/links.h"

#define EL_LINK_RAMP_BYTES 5.8e6 /* on the bus; half of the ramp */

typedef struct el_link_terms {
    double first; /* share of the first slices that are filled */
    double ramp;
    double bus; /* bytes */
} el_link_terms;

el_link_terms el_link_terms_of(el_collective c, double bytes, double gpus);

#endif
