/* SPDX-License-Identifier: Apache-2.0 */
/* CSV tables of collectives. */
#include <math.h>

#include "io/csv_cell.h"
#include "io/link_read.h"

#define MAX_COUNT 1e15
#define MAX_GPUS  65536
#define MAX_S     1e6
#define MAX_SM    4096
#define MAX_W     1e5
#define NODE_GPUS 8.0 /* of the expert exchange */

typedef struct reader {
    const el_csv *csv;
    el_link_rows *rows;
    el_error *err;
} reader;

static el_status number(const reader *r, size_t i, const char *column,
                        double lo, double hi, double *out)
{
    return el_csv_cell_number(r->csv, i, el_csv_column(r->csv, column), lo, hi,
                              out, r->err);
}

/* The same of a cell that may be blank: NaN. */
static el_status optional(const reader *r, size_t i, const char *column,
                          double lo, double hi, double *out)
{
    size_t c = el_csv_column(r->csv, column);

    if (c == EL_NO_COLUMN || el_csv_cell(r->csv, i, c).len == 0) {
        *out = NAN;
        return EL_OK;
    }
    return el_csv_cell_number(r->csv, i, c, lo, hi, out, r->err);
}

static const el_link_row blank_row = {.n_sm = NAN, .power_w = NAN};

/* Size of the numbers that message_size counts. */
static el_status type_bytes(const reader *r, size_t i, const char *column,
                            double *out)
{
    size_t c = el_csv_column(r->csv, column);

    *out = el_type_bytes(el_csv_cell(r->csv, i, c));
    if (*out > 0.0)
        return EL_OK;
    return el_csv_fail_cell(r->csv, i, c, "unknown type", r->err);
}

static el_status latency_row(const reader *r, size_t i, const char *dtype,
                             el_link_row *row)
{
    double size, count, ms;
    el_status st = type_bytes(r, i, dtype, &size);

    if (st == EL_OK)
        st = number(r, i, "num_gpus", 2, MAX_GPUS, &row->gpus);
    if (st == EL_OK)
        st = number(r, i, "message_size", 0, MAX_COUNT, &count);
    if (st == EL_OK)
        st = number(r, i, "latency_ms", 0, MAX_S * 1e3, &ms);
    if (st == EL_OK)
        st = optional(r, i, "power_w", 0, MAX_W, &row->power_w);
    if (st == EL_OK)
        st = optional(r, i, "n_sm", 1, MAX_SM, &row->n_sm);
    if (st != EL_OK)
        return st;
    row->bytes = size * count;
    row->time_s = 1e-3 * ms;
    return EL_OK;
}

static el_status read_library(const reader *r, size_t i)
{
    el_slice name = el_csv_cell(r->csv, i, el_csv_column(r->csv, "collective"));
    el_link_row row = blank_row;
    el_status st = latency_row(r, i, "nccl_dtype", &row);

    if (st != EL_OK)
        return st;
    if (!el_collective_parse(name.text, name.len, &row.collective)) {
        el_link_rows_skip(r->rows, EL_N_COLLECTIVES, EL_SKIP_OTHER);
        return EL_OK;
    }
    return el_link_rows_add(r->rows, &row, r->err);
}

static el_status read_one_shot(const reader *r, size_t i)
{
    el_link_row row = blank_row;
    el_status st = latency_row(r, i, "allreduce_dtype", &row);

    row.collective = EL_COLL_ONE_SHOT;
    return st == EL_OK ? el_link_rows_add(r->rows, &row, r->err) : st;
}

/* One direction of a row; bytes: to every rank that holds a picked expert. */
static el_status exchange(const reader *r, size_t i, const char *sm,
                          const char *time, double bytes)
{
    el_link_row row = blank_row;
    double us;
    el_status st = number(r, i, sm, 1, MAX_SM, &row.n_sm);

    if (st == EL_OK)
        st = number(r, i, time, 0, MAX_S * 1e6, &us);
    if (st != EL_OK)
        return st;
    row.collective = EL_COLL_EXPERT_EXCHANGE;
    row.gpus = NODE_GPUS;
    row.bytes = bytes;
    row.time_s = 1e-6 * us;
    return el_link_rows_add(r->rows, &row, r->err);
}

static el_status read_exchange(const reader *r, size_t i)
{
    double hidden, tokens, picks, nodes, ranks;
    el_status st = number(r, i, "hidden_size", 1, MAX_COUNT, &hidden);

    if (st == EL_OK)
        st = number(r, i, "num_token", 0, MAX_COUNT, &tokens);
    if (st == EL_OK)
        st = number(r, i, "num_topk", 1, MAX_GPUS, &picks);
    if (st == EL_OK)
        st = number(r, i, "node_num", 1, MAX_GPUS, &nodes);
    if (st != EL_OK)
        return st;
    if (nodes > 1.0) { /* over the network: not the link of a node */
        el_link_rows_skip(r->rows, EL_COLL_EXPERT_EXCHANGE, EL_SKIP_OTHER);
        return EL_OK;
    }
    ranks =
        NODE_GPUS * (1.0 - pow(1.0 - 1.0 / NODE_GPUS, picks)); /* distinct */
    st = exchange(r, i, "dispatch_sms", "dispatch_transmit_us",
                  tokens * hidden * ranks);
    if (st == EL_OK)
        st = exchange(r, i, "combine_sms", "combine_transmit_us",
                      2.0 * tokens * hidden * ranks);
    return st;
}

el_status el_link_csv_parse(const el_csv *csv, el_link_rows *rows,
                            el_error *err)
{
    static const char *const library[] = {"collective", "nccl_dtype",
                                          "num_gpus",   "message_size",
                                          "latency_ms", NULL};
    static const char *const one_shot[] = {"allreduce_dtype", "num_gpus",
                                           "message_size", "latency_ms", NULL};
    static const char *const deepep[] = {
        "node_num",    "hidden_size",         "num_token",
        "num_topk",    "dispatch_sms",        "dispatch_transmit_us",
        "combine_sms", "combine_transmit_us", NULL};
    const reader r = {csv, rows, err};
    el_status (*read)(const reader *, size_t) =
        el_csv_has_columns(csv, library)    ? read_library
        : el_csv_has_columns(csv, one_shot) ? read_one_shot
        : el_csv_has_columns(csv, deepep)   ? read_exchange
                                            : NULL;
    el_status st = EL_OK;

    if (!read)
        return el_fail(err, EL_E_DATA,
                       "%s:1: not a table of collectives: columns are neither "
                       "collective,nccl_dtype,num_gpus,message_size,latency_ms "
                       "nor those of the one-shot or expert exchange tables",
                       el_csv_name(csv));
    for (size_t i = 0; i < el_csv_n_records(csv) && st == EL_OK; i++)
        st = read(&r, i);
    return st;
}
