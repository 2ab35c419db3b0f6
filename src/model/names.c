/* SPDX-License-Identifier: Apache-2.0 */
#include "model/names.h"

#include "energylens/evaluate.h"

const char *el_scope_name(el_scope scope)
{
    static const char *const name[] = {"gpus", "node", "facility"};

    return name[scope];
}

const char *el_prior_name(el_prior prior)
{
    static const char *const name[] = {"none", "physical", "learned",
                                       "analytic"};

    return name[prior];
}

const char *el_split_name(el_split split)
{
    static const char *const name[EL_N_SPLITS] = {"all",    "unseen", "batch",
                                                  "length", "model",  "gpu"};

    return name[split];
}
