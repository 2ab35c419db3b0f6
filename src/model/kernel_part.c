/* SPDX-License-Identifier: Apache-2.0 */
/* What all kernels share: arithmetic, measured times, joules, the cap. */
#include "model/kernel_part.h"

#include <math.h>

#include "energylens/kernel_table.h"

/* Unpacking 4-bit weights to 16 bits costs a fifth of the rate: assumed. */
#define EL_DEQUANT 0.8
/* The clock can fall to three quarters of itself before time alone grows. */
#define EL_CAP_CLOCK 0.75

el_math el_math_of(const el_device *d, double weight_bits)
{
    el_math sixteen = {d->flop_s_16, d->math_efficiency, d->j_per_flop_16, 2.0,
                       2.0};

    if (weight_bits > 9.0 || !(weight_bits > 0.0))
        return sixteen;
    sixteen.weight_bytes = weight_bits / 8.0;
    if (weight_bits > 5.0 && d->flop_s_8 > 0.0)
        return (el_math){d->flop_s_8, d->math_efficiency_8, d->j_per_flop_8,
                         weight_bits / 8.0, 1.0};
    if (weight_bits <= 5.0 && d->flop_s_4 > 0.0)
        return (el_math){d->flop_s_4, d->math_efficiency_4, d->j_per_flop_4,
                         weight_bits / 8.0, weight_bits / 8.0};
    sixteen.efficiency *= EL_DEQUANT;
    return sixteen;
}

double el_kernel_energy(const el_device *d, double flop, double weight_bits,
                        double stream_bytes, double act_bytes)
{
    double j_per_flop = el_math_of(d, weight_bits).j_per_flop;

    return d->volt_ratio2 * (j_per_flop * flop + d->j_per_byte * act_bytes) +
           d->j_per_byte_stream * stream_bytes;
}

void el_cost_cap(const el_device *d, el_cost *cost)
{
    double room = d->cap_w - d->idle_w, ratio, r;

    if (!(cost->energy_j > room * cost->time_s))
        return;
    ratio = cost->energy_j / (room * cost->time_s);
    r = el_smaller(sqrt(ratio), 1.0 / EL_CAP_CLOCK);
    cost->energy_j /= r;
    cost->time_s = cost->energy_j / room;
}

/* Weights that are turned into 16 bits before they are multiplied. */
static double unpacked(const el_device *d, double bits, double bytes)
{
    bool native = bits > 5.0 || d->flop_s_4 > 0.0;

    return native || !(bits > 0.0) ? 0.0 : 8.0 * bytes / bits;
}

void el_cost_finish(const el_device *d, const el_op *op, double time_s,
                    const el_work *w, el_cost *out)
{
    el_math math = el_math_of(d, op->weight_bits);
    double unpack = unpacked(d, op->weight_bits, w->weight_bytes);

    out->flop_s_bound = w->flop / math.flop_s;
    out->bytes_s_bound =
        (w->weight_bytes + w->kv_bytes + w->act_bytes) / d->bw_bytes_s;
    out->time_s = time_s;
    out->energy_j = d->volt_ratio2 * (math.j_per_flop * w->executed +
                                      d->j_per_byte * w->act_bytes +
                                      d->j_per_unpack * unpack) +
                    d->j_per_byte_stream * w->weight_bytes +
                    d->j_per_byte_kv * w->kv_bytes;
    el_cost_cap(d, out);
}

double el_measured_time(const el_device *d, const el_op *op, double time_s)
{
    double ratio = d->kernel_table ? el_kernel_table_ratio(d->kernel_table, op)
                                   : EL_UNKNOWN;

    if (!el_is_known(ratio))
        return time_s;
    /* between measured shapes too, no kernel is faster than its arithmetic */
    return el_larger(ratio * time_s,
                     op->flop / el_math_of(d, op->weight_bits).flop_s);
}
