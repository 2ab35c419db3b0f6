/* SPDX-License-Identifier: Apache-2.0 */
#include "io/kernel_csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/csv_cell.h"

#define MAX_SIZE  1e9 /* of a matrix, tokens, heads */
#define MAX_MS    1e9
#define ACT       2.0 /* bytes of an activation */
#define N_COLUMNS 12u
#define MAX_NAME  96u

typedef struct reader {
    const el_csv *csv;
    const el_catalog *catalog;
    const char *gpu;
    el_kernel_table *table;
    el_kernel_csv_rows rows;
    size_t column[N_COLUMNS]; /* of the kind's names, in order */
    size_t gpu_column;
    el_slice last_gpu; /* seen to be the right one */
    el_error *err;
} reader;

/* One kind of table. */
typedef struct kind {
    const char *const *names; /* needed, NULL-terminated */
    el_status (*read)(reader *r, size_t i);
} kind;

static el_status number(const reader *r, size_t i, size_t column, double lo,
                        double hi, double *out)
{
    return el_csv_cell_number(r->csv, i, r->column[column], lo, hi, out,
                              r->err);
}

/* Columns `from` to `to` - 1, each from lo on. */
static el_status numbers(const reader *r, size_t i, size_t from, size_t to,
                         double lo, double *out)
{
    el_status st = EL_OK;

    for (size_t c = from; c < to && st == EL_OK; c++)
        st = number(r, i, c, lo, MAX_SIZE, &out[c - from]);
    return st;
}

static el_status type_bytes(const reader *r, size_t i, size_t column,
                            double *out)
{
    size_t c = r->column[column];

    *out = el_type_bytes(el_csv_cell(r->csv, i, c));
    if (*out > 0.0)
        return EL_OK;
    return el_csv_fail_cell(r->csv, i, c, "unknown type", r->err);
}

static el_status add(reader *r, size_t i, const el_op *op, size_t n_op,
                     size_t latency)
{
    double ms;
    size_t impossible = el_kernel_table_impossible(r->table);
    el_error why = {0};
    el_status st = number(r, i, latency, 0.0, MAX_MS, &ms);

    if (st != EL_OK)
        return st;
    if (!(ms > 0.0))
        return el_csv_fail_cell(r->csv, i, r->column[latency],
                                "must be above 0", r->err);
    st = el_kernel_table_add(r->table, op, n_op, 1e-3 * ms, &why);
    if (st == EL_E_ARG)
        return el_fail(r->err, EL_E_DATA, "%s:%zu: %s", el_csv_name(r->csv),
                       el_csv_line(r->csv, i), why.message);
    if (st != EL_OK)
        return el_fail(r->err, st, "%s", why.message);
    if (el_kernel_table_impossible(r->table) > impossible)
        r->rows.impossible++;
    else
        r->rows.used++;
    return EL_OK;
}

/* ---- GEMM ---- */

static const char *const gemm_names[] = {"m",          "n",          "k",
                                         "gemm_dtype", "latency_ms", NULL};

static el_status read_gemm(reader *r, size_t i)
{
    double s[3], bytes;
    el_op op;
    el_status st = numbers(r, i, 0, 3, 1.0, s);

    if (st == EL_OK)
        st = type_bytes(r, i, 3, &bytes);
    if (st != EL_OK)
        return st;
    op = (el_op){.kind = EL_OP_GEMM,
                 .launches = true,
                 .batch = 1.0,
                 .m = s[0],
                 .n = s[1],
                 .k = s[2],
                 .flop = 2.0 * s[0] * s[1] * s[2],
                 .weight_bytes = bytes * s[1] * s[2],
                 .act_bytes = ACT * s[0] * (s[1] + s[2]),
                 .weight_bits = 8.0 * bytes};
    return add(r, i, &op, 1, 4);
}

/* ---- attention ---- */

static const char *const attention_names[] = {"batch_size",
                                              "isl",
                                              "step",
                                              "num_heads",
                                              "num_key_value_heads",
                                              "head_dim",
                                              "latency_ms",
                                              "kv_cache_dtype",
                                              NULL};
enum { BATCH, ISL, STEP, HEADS, KV_HEADS, DIM, N_SHAPE };

/* A column that says 0 or 1 where a row is of the plain kind. */
static el_status is_plain(const reader *r, size_t i, const char *name,
                          double most, bool *plain)
{
    size_t c = el_csv_column(r->csv, name);
    double v = 0.0;
    el_status st = EL_OK;

    if (c != EL_NO_COLUMN)
        st = el_csv_cell_number(r->csv, i, c, 0.0, MAX_SIZE, &v, r->err);
    *plain = *plain && v <= most;
    return st;
}

static el_op attention_op(const double s[N_SHAPE], double cache_bytes)
{
    bool prompt = s[STEP] == 0.0;
    double query = prompt ? s[ISL] : 1.0, n = s[ISL] + s[STEP];
    double context = prompt ? 0.5 * (n + 1.0) : n; /* causal mean */
    double rows = 2.0 * s[HEADS] + (prompt ? 2.0 * s[KV_HEADS] : 0.0);

    return (el_op){.kind = EL_OP_ATTENTION,
                   .launches = true,
                   .batch = s[BATCH] * s[KV_HEADS],
                   .m = query * s[HEADS] / s[KV_HEADS],
                   .n = context, /* as plans have it */
                   .k = s[DIM],
                   .heads = s[HEADS],
                   .kv_heads = s[KV_HEADS],
                   .head_dim = s[DIM],
                   .context = context,
                   .flop = 4.0 * s[BATCH] * s[HEADS] * query * context * s[DIM],
                   .kv_bytes =
                       2.0 * cache_bytes * s[BATCH] * s[KV_HEADS] * n * s[DIM],
                   .act_bytes = ACT * s[BATCH] * query * rows * s[DIM],
                   .weight_bits = 16.0};
}

static el_status read_attention(reader *r, size_t i)
{
    double s[N_SHAPE], bytes;
    bool plain = true;
    el_op op;
    el_status st = number(r, i, BATCH, 1.0, MAX_SIZE, &s[BATCH]);

    if (st == EL_OK)
        st = number(r, i, ISL, 1.0, MAX_SIZE, &s[ISL]);
    if (st == EL_OK)
        st = number(r, i, STEP, 0.0, MAX_SIZE, &s[STEP]);
    if (st == EL_OK)
        st = numbers(r, i, HEADS, N_SHAPE, 1.0, &s[HEADS]);
    if (st == EL_OK)
        st = type_bytes(r, i, 7, &bytes);
    if (st == EL_OK)
        st = is_plain(r, i, "window_size", 0.0, &plain);
    if (st == EL_OK)
        st = is_plain(r, i, "beam_width", 1.0, &plain);
    if (st != EL_OK)
        return st;
    op = attention_op(s, bytes);
    /* prompts so short take another kernel */
    if (!plain || (s[STEP] == 0.0 && s[ISL] <= 8.0)) {
        r->rows.other++;
        return EL_OK;
    }
    return add(r, i, &op, 1, N_SHAPE);
}

/* ---- MoE ---- */

static const char *const moe_names[] = {
    "num_tokens",   "hidden_size", "inter_size",  "topk",
    "num_experts",  "moe_tp_size", "moe_ep_size", "moe_dtype",
    "distribution", "latency_ms",  NULL};
enum { TOKENS, HIDDEN, INNER, PICKS, EXPERTS, MOE_TP, MOE_EP };

/* "power_law_1.2" as a description says it; false: unknown. */
static bool routing_of(el_slice name, char out[32])
{
    static const char law[] = "power_law_";
    const size_t n = sizeof law - 1;
    double a;

    if (el_slice_is(name, "balanced") || el_slice_is(name, "uniform")) {
        out[0] = '\0';
        return true;
    }
    if (name.len <= n || memcmp(name.text, law, n) != 0 ||
        !el_parse_double(name.text + n, name.len - n, &a) || !(a > 0.0))
        return false;
    (void)snprintf(out, 32, "powerlaw:%g", a);
    return true;
}

static el_op product(const double s[], double n, double k, double bytes,
                     const char *routing)
{
    double here = s[EXPERTS] / s[MOE_EP];
    double rows = s[TOKENS] * s[PICKS] / s[MOE_EP];

    return (el_op){.kind = EL_OP_MOE,
                   .launches = true,
                   .batch = here,
                   .m = rows / here,
                   .n = n,
                   .k = k,
                   .flop = 2.0 * rows * n * k,
                   .weight_bytes = bytes * n * k * here,
                   .act_bytes = ACT * rows * (n + k),
                   .weight_bits = 8.0 * bytes,
                   .experts = here,
                   .top_k = s[PICKS],
                   .tokens = s[TOKENS],
                   .routing = routing};
}

static el_status read_moe(reader *r, size_t i)
{
    double s[MOE_EP + 1], bytes, inner;
    char routing[32];
    el_op op[2];
    el_status st = numbers(r, i, 0, MOE_EP + 1, 1.0, s);

    if (st == EL_OK)
        st = type_bytes(r, i, 7, &bytes);
    if (st != EL_OK)
        return st;
    if (s[MOE_EP] > s[EXPERTS] || s[PICKS] > s[EXPERTS])
        return el_csv_fail_cell(r->csv, i, r->column[EXPERTS],
                                "fewer than topk or moe_ep_size", r->err);
    if (!routing_of(el_csv_cell(r->csv, i, r->column[8]), routing)) {
        r->rows.other++;
        return EL_OK;
    }
    inner = s[INNER] / s[MOE_TP];
    op[0] = product(s, 2.0 * inner, s[HIDDEN], bytes, routing);
    op[1] = product(s, s[HIDDEN], inner, bytes, routing);
    return add(r, i, op, 2, 9);
}

/* ---- */

static el_status check_gpu(reader *r, size_t i)
{
    el_slice cell;
    char name[MAX_NAME] = "";
    const el_gpu *gpu;

    if (r->gpu_column == EL_NO_COLUMN)
        return EL_OK;
    cell = el_csv_cell(r->csv, i, r->gpu_column);
    if (cell.len == r->last_gpu.len && r->last_gpu.text &&
        memcmp(cell.text, r->last_gpu.text, cell.len) == 0)
        return EL_OK;
    if (cell.len > 0 && cell.len < sizeof name)
        memcpy(name, cell.text, cell.len);
    gpu = r->catalog ? el_catalog_find_gpu(r->catalog, name) : NULL;
    if (!gpu || strcmp(gpu->slug, r->gpu) != 0) {
        char what[MAX_NAME + 16];

        (void)snprintf(what, sizeof what, "not %s", r->gpu);
        return el_csv_fail_cell(r->csv, i, r->gpu_column, what, r->err);
    }
    r->last_gpu = cell;
    return EL_OK;
}

static const kind *kind_of(const el_csv *csv)
{
    static const kind kinds[] = {{gemm_names, read_gemm},
                                 {attention_names, read_attention},
                                 {moe_names, read_moe}};

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (el_csv_has_columns(csv, kinds[k].names))
            return &kinds[k];
    return NULL;
}

el_status el_kernel_csv_add(const el_csv *csv, const el_catalog *catalog,
                            const char *gpu, el_kernel_table *table,
                            el_kernel_csv_rows *rows, el_error *err)
{
    const kind *k = kind_of(csv);
    reader r = {.csv = csv,
                .catalog = catalog,
                .gpu = gpu,
                .table = table,
                .gpu_column = el_csv_column(csv, "gpu"),
                .err = err};
    el_status st = EL_OK;

    if (!k)
        return el_fail(err, EL_E_DATA,
                       "%s:1: not a table of kernels: want the columns "
                       "gemm_dtype,m,n,k,latency_ms, or those of attention or "
                       "MoE (docs/analytic.md)",
                       el_csv_name(csv));
    for (size_t c = 0; k->names[c]; c++)
        r.column[c] = el_csv_column(csv, k->names[c]);
    for (size_t i = 0; i < el_csv_n_records(csv) && st == EL_OK; i++) {
        st = check_gpu(&r, i);
        if (st == EL_OK)
            st = k->read(&r, i);
    }
    if (st == EL_OK)
        *rows = r.rows;
    return st;
}
