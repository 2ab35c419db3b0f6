/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of measured kernels. Layer: io. */
#ifndef EL_IO_KERNEL_CSV_H
#define EL_IO_KERNEL_CSV_H
#include "energylens/catalog.h"
#include "energylens/kernel_table.h"
#include "io/csv.h"

/* What became of the rows of one file; they add up. */
typedef struct el_kernel_csv_rows {
    size_t used;
    size_t impossible; /* faster than the GPU's peak */
    size_t other;      /* windows, beams or routings that no kernel here has */
} el_kernel_csv_rows;

/*
 * Add a table's rows to `table`, which el_kernel_table_finish then closes. Its
 * kind is told by its columns (in any order; others are not read):
 *
 *   gemm_dtype,m,n,k,latency_ms
 *   batch_size,isl,step,num_heads,num_key_value_heads,head_dim,
 *       kv_cache_dtype,latency_ms[,window_size,beam_width]
 *                              step 0: a prompt of isl tokens; else one token
 *                              after isl + step
 *   moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,
 *       moe_ep_size,distribution,latency_ms
 *                              both products of a gated layer
 *
 * Heads are those of one GPU. A column gpu, where there is one, must name
 * `gpu` (slug) in all rows; catalog NULL knows no name.
 *
 * EL_E_DATA "a.csv:17: m: not a number: ...", EL_E_NOMEM; table then holds the
 * rows up to there. rows is written only on EL_OK.
 */
EL_NODISCARD el_status el_kernel_csv_add(
    const el_csv *csv, const el_catalog *catalog, const char *gpu,
    el_kernel_table *table, el_kernel_csv_rows *rows, el_error *err);

#endif
