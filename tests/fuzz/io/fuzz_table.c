/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are accepted obey the contract, in both uses; a table that is good
 * as measurements is good as a query, with as many rows. */
#include "el_fuzz.h"

#include <math.h>

#include "base/mem.h"
#include "io/table_csv.h"

static bool is_degree(double v)
{
    return v >= 1 && v <= 65536 && v == floor(v);
}

/* Unknown (NaN) or a finite number from `lo`. */
static bool is_known_from(double v, double lo)
{
    return isnan(v) || (isfinite(v) && v >= lo);
}

static void check_row(const el_row *r)
{
    require(*r->model && *r->gpu && *r->file && r->line > 1);
    require(r->precision && r->engine && r->workload && r->arch);
    require(r->dataset && r->config_note && r->source_file && r->quality_flag);
    require(is_degree(r->tp) && is_degree(r->pp) && is_degree(r->ep));
    require(is_degree(r->dp) && is_degree(r->num_gpus));
    require(isfinite(r->batch_size) && r->batch_size >= 1);
    require(isfinite(r->output_tokens) && r->output_tokens > 0);
    require(isfinite(r->requests) && r->requests >= 1);
    require(is_known_from(r->energy_per_request_j, 0));
    require(is_known_from(r->energy_node_per_request_j, 0));
    require(is_known_from(r->input_tokens, 0));
    require(is_known_from(r->avg_batch, 0));
    require(is_known_from(r->latency_s, 0));
    require(!(r->vision_tokens > r->input_tokens));
}

static bool read_as(const el_csv *csv, el_table_use use)
{
    el_table *table = NULL;
    el_error err = {0};
    el_status st;

    require(el_table_new(&table, NULL) == EL_OK);
    st = el_table_add_csv(table, csv, use, NULL, &err);
    if (st == EL_OK) {
        require(el_table_n_rows(table) == el_csv_n_records(csv));
        for (size_t i = 0; i < el_table_n_rows(table); i++)
            check_row(&el_table_rows(table)[i]);
    } else {
        require(st == EL_E_DATA && el_table_n_rows(table) == 0);
        require(strncmp(err.message, "f:", 2) == 0);
        require(!strchr(err.message, '\n'));
    }
    el_table_free(table);
    return st == EL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_csv *csv = NULL;

    if (el_csv_parse((const char *)data, size, "f", &csv, NULL) != EL_OK)
        return 0;
    if (read_as(csv, EL_TABLE_MEASURED))
        require(read_as(csv, EL_TABLE_QUERY));
    else
        (void)read_as(csv, EL_TABLE_QUERY);
    el_csv_free(csv);
    require(el_mem_live() == 0);
    return 0;
}
