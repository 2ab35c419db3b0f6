/* SPDX-License-Identifier: Apache-2.0 */
#include "model/shard.h"

el_shard el_point_shard(const el_point *point)
{
    el_shard s = {.tp = point->tp, .pp = point->pp, .ep = point->ep, .cp = 1.0};

    /* Engines that spread experts over the GPUs of one replica shard its
     * attention over them too; some logs then write tp = 1. */
    if (point->dp == 1.0 && s.ep > s.tp)
        s.tp = s.ep;
    return s;
}

el_shard el_tower_shard(const el_shard *shard)
{
    return (el_shard){.tp = shard->tp,
                      .pp = 1,
                      .ep = 1,
                      .cp = 1,
                      .unfused = shard->unfused,
                      .images = true};
}
