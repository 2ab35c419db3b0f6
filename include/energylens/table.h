/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/table.h
 * @brief Measurement tables: rows, units, what was dropped and why.
 *
 * Layer: model. A quantity that the file leaves blank is NaN in memory and
 * blank or absent in files, never 0.
 */
#ifndef EL_TABLE_H
#define EL_TABLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/api.h"
#include "energylens/error.h"
#include "energylens/images.h"

EL_API_BEGIN

/** One measured (or asked-for) configuration under one load. */
typedef struct el_row {
    size_t line;       /**< line in the file, 1 = header */
    const char *file;  /**< interned, as are all strings here; never NULL */
    const char *model; /**< as written; "" when blank */
    const char *gpu;
    const char *precision, *engine, *workload, *arch;
    const char *dataset, *config_note, *source_file, *quality_flag;
    double tp, pp, ep, dp; /**< blank = 1 */
    double num_gpus;       /**< blank = pp dp max(tp, ep) */
    double batch_size;     /**< requests in flight per replica, as set */
    double avg_batch;      /**< as measured; NaN unknown */
    double input_tokens;   /**< NaN unknown */
    double output_tokens;
    double vision_tokens;         /**< part of input_tokens; NaN unknown */
    el_images images;             /**< as asked for; of a file: none */
    double requests;              /**< blank = batch_size dp */
    double params, active_params; /**< counts; NaN unknown */
    double energy_per_request_j;  /**< GPUs in use; from any energy column */
    double energy_node_per_request_j; /**< all GPUs of the node */
    double prefill_energy_per_request_j, decode_energy_per_request_j;
    double latency_s, ttft_s, itl_s, avg_power_w, throughput_tok_s;
} el_row;

typedef struct el_table el_table;

void el_table_free(el_table *table); /**< NULL is fine */
size_t el_table_n_rows(const el_table *table);
const el_row *el_table_rows(const el_table *table); /**< n_rows of them */

EL_API_END

#endif
