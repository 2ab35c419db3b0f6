/* SPDX-License-Identifier: Apache-2.0 */
#include "model/table.h"

#include "base/mem.h"
#include "energylens/known.h"

el_row el_row_blank(void)
{
    const double na = EL_UNKNOWN;

    return (el_row){.file = "",
                    .model = "",
                    .gpu = "",
                    .precision = "",
                    .engine = "",
                    .workload = "",
                    .arch = "",
                    .dataset = "",
                    .config_note = "",
                    .source_file = "",
                    .quality_flag = "",
                    .tp = 1,
                    .pp = 1,
                    .ep = 1,
                    .dp = 1,
                    .num_gpus = 1,
                    .batch_size = na,
                    .avg_batch = na,
                    .input_tokens = na,
                    .output_tokens = na,
                    .vision_tokens = na,
                    .requests = na,
                    .params = na,
                    .active_params = na,
                    .energy_per_request_j = na,
                    .energy_node_per_request_j = na,
                    .prefill_energy_per_request_j = na,
                    .decode_energy_per_request_j = na,
                    .latency_s = na,
                    .ttft_s = na,
                    .itl_s = na,
                    .avg_power_w = na,
                    .throughput_tok_s = na};
}

el_status el_table_new(el_table **out, el_error *err)
{
    el_table *table;

    if (!out)
        return el_fail(err, EL_E_ARG, "table: NULL result");
    table = el_array(1, sizeof *table);
    if (!table)
        return el_fail(err, EL_E_NOMEM, "table: %zu bytes", sizeof *table);
    *out = table;
    return EL_OK;
}

el_status el_table_add(el_table *table, const el_row *row, el_error *err)
{
    el_row *p;

    if (!table || !row)
        return el_fail(err, EL_E_ARG, "table: NULL table or row");
    p = el_grow(table->row, &table->cap, table->n_row + 1, sizeof *p);
    if (!p)
        return el_fail(err, EL_E_NOMEM, "table: %zu rows", table->n_row + 1);
    table->row = p;
    table->row[table->n_row++] = *row;
    return EL_OK;
}

const char *el_table_intern(el_table *table, const char *text, size_t len)
{
    return el_strings_add(&table->strings, text, len);
}

void el_table_free(el_table *table)
{
    if (!table)
        return;
    el_strings_clear(&table->strings);
    el_free(table->row);
    el_free(table);
}

size_t el_table_n_rows(const el_table *table)
{
    return table ? table->n_row : 0;
}

const el_row *el_table_rows(const el_table *table)
{
    return table ? table->row : NULL;
}
