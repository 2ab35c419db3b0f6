/* SPDX-License-Identifier: Apache-2.0 */
#include "io/table_csv_row.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "io/csv_text.h"

#define MAX_DEGREE   65536.0
#define CONFLICT_MAX 0.01 /* relative; beyond it two energies are reported */
#define NOTE_AVG_KEY "avg_batch="
#define PARAMS_PER_B 1e9

/* Limits far above anything real: they catch swapped columns and units, and
 * keep the products below far from overflow. */
static const struct {
    double lo, hi;
    bool is_open; /* lo itself is refused */
    bool is_whole;
    const char *text;
} rules[] = {
    [EL_RULE_DEGREE] = {1, MAX_DEGREE, false, true,
                        "must be a whole number from 1 to 65536"},
    [EL_RULE_COUNT] = {1, 1e12, false, false, "must be from 1 to 1e12"},
    [EL_RULE_POSITIVE] = {0, 1e12, true, false,
                          "must be above 0 and at most 1e12"},
    [EL_RULE_NOT_NEGATIVE] = {0, 1e18, false, false, "must be from 0 to 1e18"},
    /* a reading of 0 J is a failed one */
    [EL_RULE_ENERGY] = {0, 1e18, true, false,
                        "must be above 0 and at most 1e18"},
};

/* name, cell, rule, needed, measured */
static const el_cell_spec specs[] = {
    {"model", EL_CELL_MODEL, EL_RULE_NONE, true, false},
    {"gpu", EL_CELL_GPU, EL_RULE_NONE, true, false},
    {"tp", EL_CELL_TP, EL_RULE_DEGREE, true, false},
    {"pp", EL_CELL_PP, EL_RULE_DEGREE, false, false},
    {"ep", EL_CELL_EP, EL_RULE_DEGREE, false, false},
    {"dp", EL_CELL_DP, EL_RULE_DEGREE, false, false},
    {"num_gpus", EL_CELL_NUM_GPUS, EL_RULE_DEGREE, false, false},
    {"precision", EL_CELL_PRECISION, EL_RULE_NONE, false, false},
    {"engine", EL_CELL_ENGINE, EL_RULE_NONE, false, false},
    {"workload", EL_CELL_WORKLOAD, EL_RULE_NONE, false, false},
    {"batch_size", EL_CELL_BATCH_SIZE, EL_RULE_COUNT, true, false},
    {"input_tokens", EL_CELL_INPUT_TOKENS, EL_RULE_POSITIVE, false, false},
    {"output_tokens", EL_CELL_OUTPUT_TOKENS, EL_RULE_POSITIVE, true, false},
    {"vision_tokens", EL_CELL_VISION_TOKENS, EL_RULE_NOT_NEGATIVE, false,
     false},
    {"params_b", EL_CELL_PARAMS_B, EL_RULE_POSITIVE, false, false},
    {"active_params_b", EL_CELL_ACTIVE_PARAMS_B, EL_RULE_POSITIVE, false,
     false},
    {"arch", EL_CELL_ARCH, EL_RULE_NONE, false, false},
    {"avg_batch", EL_CELL_AVG_BATCH, EL_RULE_POSITIVE, false, false},
    {"requests", EL_CELL_REQUESTS, EL_RULE_COUNT, false, false},
    {"energy_j", EL_CELL_ENERGY_J, EL_RULE_ENERGY, false, true},
    {"energy_per_request_j", EL_CELL_ENERGY_PER_REQUEST_J, EL_RULE_ENERGY,
     false, true},
    {"energy_per_output_token_j", EL_CELL_ENERGY_PER_OUTPUT_TOKEN_J,
     EL_RULE_ENERGY, false, true},
    {"energy_node_gpus_j", EL_CELL_ENERGY_NODE_GPUS_J, EL_RULE_ENERGY, false,
     true},
    {"prefill_energy_j", EL_CELL_PREFILL_ENERGY_J, EL_RULE_NOT_NEGATIVE, false,
     true},
    {"decode_energy_j", EL_CELL_DECODE_ENERGY_J, EL_RULE_NOT_NEGATIVE, false,
     true},
    {"latency_s", EL_CELL_LATENCY_S, EL_RULE_NOT_NEGATIVE, false, true},
    {"ttft_s", EL_CELL_TTFT_S, EL_RULE_NOT_NEGATIVE, false, true},
    {"itl_s", EL_CELL_ITL_S, EL_RULE_NOT_NEGATIVE, false, true},
    {"avg_power_w", EL_CELL_AVG_POWER_W, EL_RULE_NOT_NEGATIVE, false, true},
    {"throughput_tok_s", EL_CELL_THROUGHPUT_TOK_S, EL_RULE_NOT_NEGATIVE, false,
     true},
    {"quality_flag", EL_CELL_QUALITY_FLAG, EL_RULE_NONE, false, true},
    {"dataset", EL_CELL_DATASET, EL_RULE_NONE, false, false},
    {"config_note", EL_CELL_CONFIG_NOTE, EL_RULE_NONE, false, false},
    {"source_file", EL_CELL_SOURCE_FILE, EL_RULE_NONE, false, false},
    {"global_batch_size", EL_CELL_IGNORED, EL_RULE_NONE, false, false},
    {"energy_j_recorded", EL_CELL_IGNORED, EL_RULE_NONE, false, true},
};

const el_cell_spec *el_cell_spec_at(size_t i)
{
    return i < sizeof specs / sizeof *specs ? &specs[i] : NULL;
}

const el_cell_spec *el_cell_spec_find(el_slice column)
{
    const el_cell_spec *spec;
    size_t i;

    for (i = 0; (spec = el_cell_spec_at(i)) != NULL; i++)
        if (strlen(spec->column) == column.len &&
            memcmp(spec->column, column.text, column.len) == 0)
            break;
    return spec;
}

static el_status fail_cell(const el_row_cells *cells, const char *column,
                           const char *what, el_slice cell, el_error *err)
{
    char shown[EL_SHOW_SIZE];

    el_text_show(shown, cell.text, cell.len);
    return el_fail(err, EL_E_DATA, "%s:%zu: %s: %s: %s", cells->file,
                   cells->line, column, what, shown);
}

static bool is_word_for_blank(el_slice cell)
{
    static const char *const word[] = {"nan",  "na", "n/a", "null",
                                       "none", "-",  "--",  "#n/a"};
    char text[8];

    if (cell.len >= sizeof text)
        return false;
    memcpy(text, cell.text, cell.len);
    text[cell.len] = '\0';
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (el_str_eq_nocase(text, word[i]))
            return true;
    return false;
}

static el_status fail_number(const el_row_cells *cells, const char *column,
                             el_slice cell, el_error *err)
{
    char shown[EL_SHOW_SIZE];
    const char *hint = "";

    if (is_word_for_blank(cell))
        hint = " (leave blank what is unknown)";
    else if (cell.len > 0 && memchr(cell.text, ',', cell.len))
        hint = " (no comma in a number: 1234.5)";
    el_text_show(shown, cell.text, cell.len);
    return el_fail(err, EL_E_DATA, "%s:%zu: %s: not a number: %s%s",
                   cells->file, cells->line, column, shown, hint);
}

static bool is_kept(el_cell_rule rule, double v)
{
    return v >= rules[rule].lo && v <= rules[rule].hi &&
           !(rules[rule].is_open && v <= rules[rule].lo) &&
           !(rules[rule].is_whole && v != floor(v));
}

static el_status parse(const char *column, el_cell_rule rule, el_slice cell,
                       const el_row_cells *cells, double *out, el_error *err)
{
    double v;

    if (!el_parse_double(cell.text, cell.len, &v))
        return fail_number(cells, column, cell, err);
    if (!is_kept(rule, v))
        return fail_cell(cells, column, rules[rule].text, cell, err);
    *out = v;
    return EL_OK;
}

el_status el_cell_number(const el_cell_spec *spec, el_slice cell,
                         el_row_cells *cells, el_error *err)
{
    return parse(spec->column, spec->rule, cell, cells,
                 &cells->number[spec->id], err);
}

el_status el_cell_take(const el_cell_spec *spec, double value,
                       el_row_cells *cells, el_error *err)
{
    if (!is_kept(spec->rule, value))
        return el_fail(err, EL_E_DATA, "%s:%zu: %s: %s: %g", cells->file,
                       cells->line, spec->column, rules[spec->rule].text,
                       value);
    cells->number[spec->id] = value;
    return EL_OK;
}

/*
 * "avg_batch=63.49;max_bs=64": used where the column is blank. A value that is
 * no number is an error like any other cell, lest it be lost unseen.
 */
static el_status avg_batch_of_note(const el_row_cells *cells, double *out,
                                   el_error *err)
{
    const char *p = cells->text[EL_CELL_CONFIG_NOTE - EL_N_NUMBER_CELLS];
    const size_t n_key = sizeof NOTE_AVG_KEY - 1;

    while (*p != '\0') {
        size_t n;

        p += strspn(p, " ");
        n = strcspn(p, ";");
        if (n >= n_key && memcmp(p, NOTE_AVG_KEY, n_key) == 0) {
            el_slice value = {p + n_key, n - n_key};

            return parse("config_note: avg_batch", EL_RULE_POSITIVE, value,
                         cells, out, err);
        }
        p += n + (p[n] == ';');
    }
    return EL_OK;
}

static double known_or(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

/*
 * The three ways to tell the energy should agree. The first that is there is
 * taken, because a total needs the fewest assumptions; where another differs by
 * more than CONFLICT_MAX the row is counted, and the caller warns once.
 */
static double energy_per_request(const el_row_cells *cells, double requests,
                                 el_energy_conflict *conflict)
{
    const double *v = cells->number;
    const struct {
        const char *column;
        double energy_j;
    } way[] = {
        {"energy_j", v[EL_CELL_ENERGY_J] / requests},
        {"energy_per_request_j", v[EL_CELL_ENERGY_PER_REQUEST_J]},
        {"energy_per_output_token_j",
         v[EL_CELL_ENERGY_PER_OUTPUT_TOKEN_J] * v[EL_CELL_OUTPUT_TOKENS]},
    };
    const size_t n_way = sizeof way / sizeof *way;
    size_t used = 0;
    size_t i;

    while (used + 1 < n_way && isnan(way[used].energy_j))
        used++;
    for (i = used + 1; i < n_way; i++) {
        /* false where the other is not known */
        if (!(fabs(way[i].energy_j / way[used].energy_j - 1) > CONFLICT_MAX))
            continue;
        if (conflict->n_rows++ == 0) {
            conflict->line = cells->line;
            conflict->used = way[used].column;
            conflict->other = way[i].column;
            conflict->used_j = way[used].energy_j;
            conflict->other_j = way[i].energy_j;
        }
        break;
    }
    return way[used].energy_j;
}

/* Blank cells that must not be, and cells that contradict one another. */
static el_status check_cells(const el_row_cells *cells, el_error *err)
{
    const double *v = cells->number;
    const el_cell_spec *spec;
    size_t i;

    for (i = 0; (spec = el_cell_spec_at(i)) != NULL; i++) {
        bool blank = spec->id < EL_N_NUMBER_CELLS
                         ? isnan(v[spec->id])
                         : spec->is_needed &&
                               !*cells->text[spec->id - EL_N_NUMBER_CELLS];

        if (blank && spec->is_needed && spec->id != EL_CELL_TP)
            return el_fail(err, EL_E_DATA, "%s:%zu: %s: blank, but needed",
                           cells->file, cells->line, spec->column);
    }
    if (v[EL_CELL_VISION_TOKENS] > v[EL_CELL_INPUT_TOKENS])
        return el_fail(err, EL_E_DATA,
                       "%s:%zu: vision_tokens: %g is more than input_tokens, "
                       "which include them (%g)",
                       cells->file, cells->line, v[EL_CELL_VISION_TOKENS],
                       v[EL_CELL_INPUT_TOKENS]);
    return EL_OK;
}

static void set_texts(const el_row_cells *cells, el_row *row)
{
    const char *const *text = cells->text;

    row->line = cells->line;
    row->file = cells->file;
    row->model = text[EL_CELL_MODEL - EL_N_NUMBER_CELLS];
    row->gpu = text[EL_CELL_GPU - EL_N_NUMBER_CELLS];
    row->precision = text[EL_CELL_PRECISION - EL_N_NUMBER_CELLS];
    row->engine = text[EL_CELL_ENGINE - EL_N_NUMBER_CELLS];
    row->workload = text[EL_CELL_WORKLOAD - EL_N_NUMBER_CELLS];
    row->arch = text[EL_CELL_ARCH - EL_N_NUMBER_CELLS];
    row->dataset = text[EL_CELL_DATASET - EL_N_NUMBER_CELLS];
    row->config_note = text[EL_CELL_CONFIG_NOTE - EL_N_NUMBER_CELLS];
    row->source_file = text[EL_CELL_SOURCE_FILE - EL_N_NUMBER_CELLS];
    row->quality_flag = text[EL_CELL_QUALITY_FLAG - EL_N_NUMBER_CELLS];
}

/* Degrees, batch and tokens, with the defaults of the contract. */
static el_status set_load(const el_row_cells *cells, el_row *row, el_error *err)
{
    const double *v = cells->number;

    row->tp = known_or(v[EL_CELL_TP], 1);
    row->pp = known_or(v[EL_CELL_PP], 1);
    row->ep = known_or(v[EL_CELL_EP], 1);
    row->dp = known_or(v[EL_CELL_DP], 1);
    /* expert parallel runs are logged as tp = 1, ep = N or tp = ep = N, and
     * both use N GPUs: hence the larger, not the product */
    row->num_gpus = known_or(v[EL_CELL_NUM_GPUS],
                             row->pp * row->dp * fmax(row->tp, row->ep));
    if (row->num_gpus > MAX_DEGREE)
        return el_fail(err, EL_E_DATA,
                       "%s:%zu: num_gpus: pp dp max(tp, ep) is %.0f (limit "
                       "%.0f)",
                       cells->file, cells->line, row->num_gpus, MAX_DEGREE);
    row->batch_size = v[EL_CELL_BATCH_SIZE];
    row->input_tokens = v[EL_CELL_INPUT_TOKENS];
    row->output_tokens = v[EL_CELL_OUTPUT_TOKENS];
    row->vision_tokens = v[EL_CELL_VISION_TOKENS];
    row->requests = known_or(v[EL_CELL_REQUESTS], row->batch_size * row->dp);
    row->params = v[EL_CELL_PARAMS_B] * PARAMS_PER_B;
    row->active_params = v[EL_CELL_ACTIVE_PARAMS_B] * PARAMS_PER_B;
    row->avg_batch = v[EL_CELL_AVG_BATCH];
    if (isnan(row->avg_batch))
        return avg_batch_of_note(cells, &row->avg_batch, err);
    return EL_OK;
}

static void set_measured(const el_row_cells *cells, el_row *row,
                         el_energy_conflict *conflict)
{
    const double *v = cells->number;

    row->energy_per_request_j =
        energy_per_request(cells, row->requests, conflict);
    row->energy_node_per_request_j =
        v[EL_CELL_ENERGY_NODE_GPUS_J] / row->requests;
    row->prefill_energy_per_request_j =
        v[EL_CELL_PREFILL_ENERGY_J] / row->requests;
    row->decode_energy_per_request_j =
        v[EL_CELL_DECODE_ENERGY_J] / row->requests;
    row->latency_s = v[EL_CELL_LATENCY_S];
    row->ttft_s = v[EL_CELL_TTFT_S];
    row->itl_s = v[EL_CELL_ITL_S];
    row->avg_power_w = v[EL_CELL_AVG_POWER_W];
    row->throughput_tok_s = v[EL_CELL_THROUGHPUT_TOK_S];
}

el_status el_row_make(const el_row_cells *cells, el_row *out,
                      el_energy_conflict *conflict, el_error *err)
{
    el_row row = {0};
    el_status st = check_cells(cells, err);

    if (st != EL_OK)
        return st;
    set_texts(cells, &row);
    st = set_load(cells, &row, err);
    if (st != EL_OK)
        return st;
    set_measured(cells, &row, conflict);
    *out = row;
    return EL_OK;
}
