/* SPDX-License-Identifier: Apache-2.0 */
/* Inside an el_analytic. Layer: model. */
#ifndef EL_MODEL_ANALYTIC_STATE_H
#define EL_MODEL_ANALYTIC_STATE_H
#include "energylens/analytic.h"
#include "model/calibration.h"

/* A plan and the sharding it was made for. */
typedef struct prepared {
    el_shard shard;
    el_plan *plan;
} prepared;

struct el_analytic {
    const el_graph *graph;
    el_arch_desc arch;
    el_device device;
    el_engine engine;
    const el_analytic *base; /* has the plans; NULL: this one */
    el_analytic *tower;      /* of images; owned, NULL: none */
    prepared *plan;
    size_t n_plan, cap;
    el_calibration *calibration; /* NULL: none */
};

#endif
