/* SPDX-License-Identifier: Apache-2.0 */
/* Which GPUs hold a model. */
#include <math.h>

#include "model/facts.h"

#define MOST_GPUS 4096.0
#define GIB       1073741824.0

el_room el_facts_room(const el_facts *facts, double gpus, double node_gpus,
                      double tokens)
{
    double bytes = facts->dense_bytes + facts->expert_bytes +
                   tokens * facts->kv_bytes_per_token;
    double have = EL_ENGINE_MEMORY * facts->gpu_memory_bytes - EL_RUNTIME_BYTES;
    double shards = ceil(bytes / have), tp = 1.0;
    el_room room = {gpus, bytes / gpus, fmax(have, 0.0), EL_UNKNOWN,
                    EL_UNKNOWN};

    if (!el_is_known(have)) {
        room.have_bytes = EL_UNKNOWN; /* fmax dropped it */
        return room;
    }
    if (!(have > 0.0) || shards > MOST_GPUS)
        return room;
    while (tp < shards && 2.0 * tp <= node_gpus)
        tp *= 2.0;
    room.tp = tp;
    room.pp = ceil(shards / tp);
    return room;
}

void el_room_print(const el_room *room, el_buf *out)
{
    double smallest = room->tp * room->pp;

    el_buf_printf(out, "needs %.1f GiB per GPU on %g GPU%s",
                  room->need_bytes / GIB, room->gpus,
                  room->gpus == 1.0 ? "" : "s");
    if (el_is_known(room->have_bytes))
        el_buf_printf(out, ", %.1f GiB usable", room->have_bytes / GIB);
    if (!el_is_known(smallest) || smallest <= room->gpus)
        return;
    el_buf_printf(out, "; the smallest that fits: tp=%g", room->tp);
    if (room->pp > 1.0)
        el_buf_printf(out, " pp=%g", room->pp);
    el_buf_printf(out, " (%g GPUs)", smallest);
}
