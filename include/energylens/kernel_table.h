/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/kernel_table.h
 * @brief Measured kernel times, which replace modelled ones where they reach.
 *
 * Layer: model. What is kept of a measurement is ln(measured / modelled); the
 * model carries it to shapes between the measured ones, to other clocks, to
 * fewer SMs and to other expert loads.
 */
#ifndef EL_KERNEL_TABLE_H
#define EL_KERNEL_TABLE_H
#include "energylens/api.h"
#include "energylens/kernel.h"

EL_API_BEGIN

typedef struct el_kernel_table el_kernel_table;

/** @retval EL_OK, EL_E_NOMEM. device is copied: the one that was measured. */
EL_NODISCARD el_status el_kernel_table_new(const el_device *device,
                                           el_kernel_table **out,
                                           el_error *err);
void el_kernel_table_free(el_kernel_table *table); /**< NULL is fine */

/**
 * Add one measurement: n_op ops that ran one after another in time_s
 * together (an MoE layer has two products, all others one), the first of them
 * being the kernel that it is found by.
 *
 * A time that arithmetic at peak, or DRAM at peak for bytes that the L2 cannot
 * hold, could not reach is left out and counted.
 *
 * @retval EL_OK, EL_E_ARG (a kind without a table: not GEMM, attention or MoE;
 *         time or shape not above 0), EL_E_NOMEM
 */
EL_NODISCARD el_status el_kernel_table_add(el_kernel_table *table,
                                           const el_op *op, size_t n_op,
                                           double time_s, el_error *err);

/** Sort, and combine repeats by geometric mean. Once, before any look-up. */
void el_kernel_table_finish(el_kernel_table *table);

size_t el_kernel_table_size(const el_kernel_table *table); /**< points */
size_t el_kernel_table_impossible(const el_kernel_table *table);

/**
 * Measured over modelled time of op; NaN where the table does not reach it.
 *
 *   ln r = log-linear in x between the points of a series, mean of the four
 *          nearest series weighted by inverse squared distance
 *
 * Must be equal            x            a series is, within a factor 2
 * GEMM: weight format      m            one (n, k)
 * attention, decode: query heads, KV heads, head size, cache format
 *                          context      one number of requests
 * attention, prefill of a whole prompt: the same
 *                          prompt       one number of requests
 * MoE: hidden and expert size, experts, picks, ranks, weight format
 *                          tokens       all
 *
 * x up to a factor 2 outside its series takes the ratio at the end.
 *
 * Cost  about 1 us, no allocation.
 */
double el_kernel_table_ratio(const el_kernel_table *table, const el_op *op);

EL_API_END

#endif
