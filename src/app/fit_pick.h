/* SPDX-License-Identifier: Apache-2.0 */
/* Which fit answers for the model and GPU that a user names. Layer: app. */
#ifndef EL_APP_FIT_PICK_H
#define EL_APP_FIT_PICK_H
#include "energylens/catalog.h"
#include "energylens/fit.h"

/* As typed; NULL: not named. */
typedef struct el_fit_wish {
    const char *model, *gpu, *precision, *engine;
} el_fit_wish;

typedef struct el_fit_pick {
    const el_group_fit *fit; /* of the set, or &own */
    el_group_fit own;        /* prior where the set has nothing */
    el_group_key key;        /* what is asked for */
    el_facts facts;          /* of the precision asked for */
    el_source source;
    char note[160];           /* how the fit differs; "" */
    char hub_id[EL_NAME_LEN]; /* for launch lines: "org/model" if known */
} el_fit_pick;

/*
 * Choose from a fit file; wishes left out are filled in where only one group
 * fits. A model and GPU that it does not have are answered by the prior
 * (source MODELLED) if the catalogue has both. set may be empty.
 *
 * EL_E_ARG: several groups fit ("--gpu: name one of a, b"), or none does and
 * there is no prior for it. out must stay in place: out->fit may point into it.
 */
EL_NODISCARD el_status el_fit_pick_find(const el_fit_set *set,
                                        const el_catalog *catalog,
                                        const el_fit_wish *wish,
                                        el_fit_pick *out, el_error *err);

#endif
