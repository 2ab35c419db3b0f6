/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD: rocm-smi -a --json (numbers are strings, units stand in the keys),
 * amd-smi metric --csv and --json (W, energy counter in J; "N/A" is missing).
 */
#include <math.h>
#include <string.h>

#include "io/import_part.h"

static const char *const powers[] = {
    "Current Socket Graphics Package Power (W)",
    "Average Graphics Package Power (W)"};
#define ENERGY_KEY "Accumulated Energy (uJ)"
#define J_PER_UJ   1e-6

static int detect_rocm(const el_import_file *file)
{
    const json_t *d = json_array_get(file->docs, 0);
    const json_t *card = json_object_get(d, "card0");

    return json_is_object(card) ? 85 : 0;
}

static el_status read_rocm(const el_import_file *file, el_import *out,
                           el_error *err)
{
    json_t *cards = json_array_get(file->docs, 0), *card;
    const char *name;

    json_object_foreach(cards, name, card)
    {
        double w = EL_UNKNOWN;

        if (strncmp(name, "card", 4) != 0)
            continue; /* "system" */
        for (size_t i = 0; i < 2 && !el_is_known(w); i++)
            w = el_import_number(out, card, powers[i]);
        el_import_add_sample(out, EL_UNKNOWN, el_slice_of(name), w,
                             el_import_number(out, card, ENERGY_KEY) *
                                 J_PER_UJ);
        el_import_rest(out, card);
    }
    if (out->n_sample == 0)
        return el_fail(err, EL_E_DATA,
                       "no card has a power reading; rocm-smi "
                       "-P or -a would be needed");
    el_import_say(out, "one reading of each GPU: no energy, nothing to join");
    return EL_OK;
}

static int detect_csv(const el_import_file *file)
{
    const el_sheet *s = &file->sheet;

    return el_sheet_column(s, 0, "gpu") != EL_NO_COLUMN &&
                   (el_sheet_column(s, 0, "socket_power") != EL_NO_COLUMN ||
                    el_sheet_column(s, 0, "total_energy_consumption") !=
                        EL_NO_COLUMN)
               ? 85
               : 0;
}

static const json_t *gpu_at(const el_import_file *file, size_t i)
{
    const json_t *list =
        json_object_get(json_array_get(file->docs, 0), "gpu_data");

    return json_array_get(list ? list : file->docs, i);
}

static int detect_amd(const el_import_file *file)
{
    const json_t *d = gpu_at(file, 0);

    if (json_object_get(d, "gpu") &&
        (json_object_get(d, "power") || json_object_get(d, "energy")) &&
        !json_object_get(d, "asic"))
        return 85;
    return detect_csv(file);
}

/* {"value": 140, "unit": "W"} */
static double quantity(el_import *out, const json_t *d, const char *group,
                       const char *key, const char *unit)
{
    const json_t *q = json_object_get(json_object_get(d, group), key);
    const char *u = json_string_value(json_object_get(q, "unit"));

    if (!u || strcmp(u, unit) != 0)
        return EL_UNKNOWN;
    el_import_used(out, key);
    return el_import_number(out, q, "value");
}

static void read_json(const el_import_file *file, el_import *out)
{
    const json_t *d;

    for (size_t i = 0; (d = gpu_at(file, i)) != NULL; i++) {
        double index = el_import_number(out, d, "gpu");
        const char *gpu = el_import_textf(out, "%g", index);

        el_import_add_sample(
            out, EL_UNKNOWN, el_slice_of(gpu ? gpu : "0"),
            quantity(out, d, "power", "socket_power", "W"),
            quantity(out, d, "energy", "total_energy_consumption", "J"));
    }
    el_import_say(out, "one reading of each GPU: no energy, nothing to join");
}

static void read_csv(const el_sheet *s, el_import *out)
{
    size_t time = el_import_column(out, s, 0, "timestamp");
    size_t gpu = el_import_column(out, s, 0, "gpu");
    size_t power = el_import_column(out, s, 0, "socket_power");
    size_t energy = el_import_column(out, s, 0, "total_energy_consumption");

    for (size_t r = 1; r < s->n; r++) {
        double time_s = EL_UNKNOWN;

        if (!el_record_fits(out, s, 0, r))
            continue;
        if (time != EL_NO_COLUMN)
            (void)el_time_parse(el_sheet_cell(s, r, time), &time_s,
                                &out->clock);
        el_import_add_sample(out, time_s, el_sheet_cell(s, r, gpu),
                             el_cell_value(el_sheet_cell(s, r, power), "W"),
                             el_cell_value(el_sheet_cell(s, r, energy), "J"));
    }
    el_import_rest_columns(out, s, 0);
    if (time == EL_NO_COLUMN)
        el_import_say(out, "no times (amd-smi --watch writes them): nothing "
                           "to join");
}

static el_status read_amd(const el_import_file *file, el_import *out,
                          el_error *err)
{
    (void)err;
    if (file->docs)
        read_json(file, out);
    else
        read_csv(&file->sheet, out);
    return EL_OK;
}

const el_importer el_importer_rocm_smi = {.name = "rocm-smi",
                                          .title = "rocm-smi JSON",
                                          .is_power = true,
                                          .detect = detect_rocm,
                                          .read = read_rocm};

const el_importer el_importer_amd_smi = {.name = "amd-smi",
                                         .title = "amd-smi metric",
                                         .is_power = true,
                                         .detect = detect_amd,
                                         .read = read_amd};
