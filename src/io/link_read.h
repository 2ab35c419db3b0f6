/* SPDX-License-Identifier: Apache-2.0 */
/* Measured collectives from files of others. Layer: io. */
#ifndef EL_IO_LINK_READ_H
#define EL_IO_LINK_READ_H
#include "io/csv.h"
#include "io/link_rows.h"

/* What the user says that files may not; see el_link_rows_read. */
typedef struct el_link_hint {
    bool has_collective;
    el_collective collective;
    double gpus; /* NaN: not said */
} el_link_hint;

#define EL_LINK_MAX_FILE (64u << 20)

/*
 * Append a file's rows. Understood are, told apart by their first lines:
 *
 *   output of nccl-tests and rccl-tests (el_nccl_text_parse)
 *   CSV collective,nccl_dtype,num_gpus,message_size,latency_ms
 *   CSV allreduce_dtype,num_gpus,message_size,latency_ms: one-shot all-reduce
 *   CSV hidden_size,num_token,num_topk,dispatch_sms,dispatch_transmit_us,
 *       combine_sms,combine_transmit_us: dispatch (8-bit rows) and combine
 *       (16-bit rows) of experts over the 8 GPUs of a node
 *
 * message_size counts numbers, not bytes. Where a CSV has power_w, that is the
 * mean watts of one GPU meanwhile.
 *
 * path is borrowed by rows->gpu_file. EL_E_DATA "file:line: ...": malformed
 * cell, busbw that the collective or number of GPUs does not give, several
 * hosts, two GPU names, nothing said of collective or GPUs; EL_E_IO,
 * EL_E_NOMEM. On failure rows keep what they had.
 */
EL_NODISCARD el_status el_link_rows_read(const char *path,
                                         const el_link_hint *hint,
                                         el_link_rows *rows, el_error *err);

/* The same from memory. */
EL_NODISCARD el_status el_link_rows_parse(const char *data, size_t len,
                                          const char *name,
                                          const el_link_hint *hint,
                                          el_link_rows *rows, el_error *err);

/* ---- parts ---- */

/*
 * Text that nccl-tests prints. The collective comes from "# Collective test
 * starting: all_reduce_perf", from a line that shows the command, from the
 * file's name, or from hint; GPUs and their name from the list of ranks, or
 * from hint. Columns go by their names (two generations differ). Out-of-place
 * and in-place times are rows of their own. Other lines are passed over.
 */
EL_NODISCARD el_status el_nccl_text_parse(const char *data, size_t len,
                                          const char *name,
                                          const el_link_hint *hint,
                                          el_link_rows *rows, el_error *err);
EL_NODISCARD el_status el_link_csv_parse(const el_csv *csv, el_link_rows *rows,
                                         el_error *err);

#endif
