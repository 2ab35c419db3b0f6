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

const char *el_target_name(el_target target)
{
    static const char *const name[EL_N_TARGETS] = {"energy", "latency", "ttft",
                                                   "itl"};

    return (unsigned)target < EL_N_TARGETS ? name[target] : "unknown";
}

const char *el_axis_name(el_axis axis)
{
    static const char *const name[EL_N_AXES] = {
        "tp", "pp", "ep", "dp", "batch_size", "input_tokens", "output_tokens"};

    return (unsigned)axis < EL_N_AXES ? name[axis] : "unknown";
}

double el_point_axis(const el_point *point, el_axis axis)
{
    const double value[EL_N_AXES] = {point->tp, point->pp,    point->ep,
                                     point->dp, point->batch, point->isl,
                                     point->osl};

    return value[axis];
}
