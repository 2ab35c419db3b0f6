/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of the measurement table that importers and stores share, in its
 * order: X(name). Layer: io. */
#ifndef EL_IO_COLUMNS_H
#define EL_IO_COLUMNS_H

#define EL_COLUMN_DEGREES(X)                                                   \
    X(tp)                                                                      \
    X(pp)                                                                      \
    X(ep)                                                                      \
    X(dp)                                                                      \
    X(num_gpus)                                                                \
    X(batch_size)
#define EL_COLUMN_LENGTHS(X)                                                   \
    X(input_tokens)                                                            \
    X(output_tokens)
#define EL_COLUMN_SIZES(X)                                                     \
    X(params_b)                                                                \
    X(active_params_b)
#define EL_COLUMN_MEASURED(X)                                                  \
    X(requests)                                                                \
    X(energy_j)                                                                \
    X(energy_per_request_j)                                                    \
    X(energy_per_output_token_j)                                               \
    X(energy_node_gpus_j)                                                      \
    X(prefill_energy_j)                                                        \
    X(decode_energy_j)                                                         \
    X(latency_s)                                                               \
    X(ttft_s)                                                                  \
    X(itl_s)                                                                   \
    X(avg_power_w)                                                             \
    X(throughput_tok_s)
#define EL_COLUMN_NOTES(X)                                                     \
    X(config_note)                                                             \
    X(source_file)                                                             \
    X(quality_flag) /* tags, `;` between them */

#endif
