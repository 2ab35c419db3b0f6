/* SPDX-License-Identifier: Apache-2.0 */
#include "io/csv_cell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/csv_text.h"

bool el_csv_has_columns(const el_csv *csv, const char *const *names)
{
    for (; *names; names++)
        if (el_csv_column(csv, *names) == EL_NO_COLUMN)
            return false;
    return true;
}

el_status el_csv_fail_cell(const el_csv *csv, size_t record, size_t column,
                           const char *what, el_error *err)
{
    el_slice name = el_csv_header(csv, column);
    el_slice cell = el_csv_cell(csv, record, column);
    char shown[EL_SHOW_SIZE];

    el_text_show(shown, cell.text, cell.len);
    return el_fail(err, EL_E_DATA, "%s:%zu: %.*s: %s: %s", el_csv_name(csv),
                   el_csv_line(csv, record), (int)name.len, name.text, what,
                   shown);
}

el_status el_csv_cell_number(const el_csv *csv, size_t record, size_t column,
                             double lo, double hi, double *out, el_error *err)
{
    char limits[64];
    el_slice cell;
    double v;

    cell = el_csv_cell(csv, record, column);
    if (!el_parse_double(cell.text, cell.len, &v))
        return el_csv_fail_cell(csv, record, column, "not a number", err);
    if (!(v >= lo && v <= hi)) {
        (void)snprintf(limits, sizeof limits, "must be from %g to %g", lo, hi);
        return el_csv_fail_cell(csv, record, column, limits, err);
    }
    *out = v;
    return EL_OK;
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

bool el_slice_is(el_slice slice, const char *text)
{
    size_t i = 0;

    while (i < slice.len && text[i] && lower(slice.text[i]) == lower(text[i]))
        i++;
    return i == slice.len && text[i] == '\0';
}

double el_type_bytes(el_slice name)
{
    static const struct {
        const char *name;
        double bytes;
    } types[] = {
        {"half", 2},    {"float16", 2},     {"fp16", 2},  {"bfloat16", 2},
        {"bf16", 2},    {"int8", 1},        {"uint8", 1}, {"char", 1},
        {"fp8", 1},     {"float8_e4m3", 1}, {"e4m3", 1},  {"fp8_block", 1},
        {"w8a8", 1},    {"float", 4},       {"fp32", 4},  {"float32", 4},
        {"int32", 4},   {"double", 8},      {"int4", .5}, {"fp4", .5},
        {"nvfp4", .5},  {"mxfp4", .5},      {"awq", .5},  {"gptq", .5},
        {"f8e4m3", 1},  {"f8e5m2", 1},      {"int", 4},   {"uint32", 4},
        {"float64", 8}, {"int64", 8},       {"uint64", 8}};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (el_slice_is(name, types[i].name))
            return types[i].bytes;
    return 0;
}
