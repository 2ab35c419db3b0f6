/* SPDX-License-Identifier: Apache-2.0 */
/* How a network is spread over GPUs. Layer: model. */
#ifndef EL_MODEL_SHARD_H
#define EL_MODEL_SHARD_H
#include "energylens/form.h"
#include "energylens/graph.h"

/* Tensor, pipeline, expert degrees of a configuration as an engine runs it. */
el_shard el_point_shard(const el_point *point);

/* The sharding of a tower beside a network's. */
el_shard el_tower_shard(const el_shard *shard);

#endif
