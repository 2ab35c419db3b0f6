/* SPDX-License-Identifier: Apache-2.0 */
/* Times of the kernels by kind. Layer: model. No allocation, no state. */
#ifndef EL_MODEL_KERNEL_PART_H
#define EL_MODEL_KERNEL_PART_H
#include "energylens/kernel.h"

static inline double el_larger(double a, double b)
{
    return a > b ? a : b;
}
static inline double el_smaller(double a, double b)
{
    return a < b ? a : b;
}

/* x > 0 below 2^53, rounded up; a cast is faster than a call of ceil(). */
static inline double el_ceil_pos(double x)
{
    double whole = (double)(long long)x;

    return whole < x ? whole + 1.0 : whole;
}

/* Which arithmetic a weight format uses. */
typedef struct el_math {
    double flop_s;                  /* peak */
    double efficiency;              /* of large GEMMs */
    double j_per_flop;              /* at V0 */
    double weight_bytes, act_bytes; /* one element, as it is read */
} el_math;

/*
 * 16 bits: 16-bit units. 8 bits: 8-bit units where there are any. 4 bits:
 * 4-bit units, else unpacked into 16-bit units (dequantisation limited).
 */
el_math el_math_of(const el_device *device, double weight_bits);

/* Seconds without any cap. */
double el_gemm_time(const el_device *device, const el_op *op);
double el_attention_time(const el_device *device, const el_op *op);

/* The modelled time, or what device->kernel_table makes of it. */
double el_measured_time(const el_device *device, const el_op *op,
                        double time_s);

/* What a kernel does; executed: with the padding of tiles. */
typedef struct el_work {
    double flop, executed;
    double weight_bytes, kv_bytes, act_bytes;
} el_work;

/* Roofline bounds, energy and cap of a time. */
void el_cost_finish(const el_device *device, const el_op *op, double time_s,
                    const el_work *work, el_cost *out);

#endif
