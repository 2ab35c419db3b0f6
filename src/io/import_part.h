/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What importers share: reading fields so that the summary can say which were
 * used, adding rows and samples. Used by src/io/import*.c alone. Layer: io.
 *
 * Nothing here fails but for memory: that sets import->failed, which
 * el_import_parse() looks at once at the end, and calls may go on.
 */
#ifndef EL_IO_IMPORT_PART_H
#define EL_IO_IMPORT_PART_H
#include "base/units.h"
#include "io/import.h"

/* One line about the file for the summary; without newline. */
void el_import_say(el_import *out, const char *fmt, ...) EL_PRINTF(2, 3);
void el_import_used(el_import *out, const char *field);
void el_import_ignored(el_import *out, const char *field);

/* Interned in out->strings; NULL when empty or out of memory. */
const char *el_import_text(el_import *out, el_slice text);
const char *el_import_textf(el_import *out, const char *fmt, ...)
    EL_PRINTF(2, 3);
/* A model's name as catalogues know it: "models--a--b" of a cache is a/b, of a
 * path the last part, without ".gguf". NULL when empty. */
const char *el_import_model(el_import *out, const char *name);
/* *list becomes "*list; text" (or text, where it was NULL). */
void el_import_append(el_import *out, const char **list, const char *text);

/* v; NaN, and counted, where it is not above 0 (or beyond every number): it was
 * not measured. */
double el_import_measured(el_import *out, double v);

/* --- JSON fields: noted as used where they hold what is asked for --- */
/* Finite number, also one in a string; NaN if missing or something else. */
double el_import_number(el_import *out, const json_t *object, const char *key);
/* The same; a value not above 0 is counted and NaN: it was not measured. */
double el_import_positive(el_import *out, const json_t *object,
                          const char *key);
/* Interned; NULL if missing, null, empty or no string. */
const char *el_import_string(el_import *out, const json_t *object,
                             const char *key);
/* Object under key, noted as used; NULL if there is none. */
const json_t *el_import_object(el_import *out, const json_t *object,
                               const char *key);
/* Every key of object that nobody has used is ignored. */
void el_import_rest(el_import *out, const json_t *object);

/* --- tables --- */
/* Column by name, noted as used; EL_NO_COLUMN. */
size_t el_import_column(el_import *out, const el_sheet *sheet, size_t header,
                        const char *name);
/* Every named column of header that nobody has used is ignored. */
void el_import_rest_columns(el_import *out, const el_sheet *sheet,
                            size_t header);
/*
 * Number of a cell, after which only `unit` (in any case; "" or NULL: nothing)
 * may stand, as in "71.80 W". NaN where the cell is empty or no such number.
 */
double el_cell_value(el_slice cell, const char *unit);
/* The same for what is above 0 where it was measured; counted else. */
double el_cell_positive(el_import *out, el_slice cell, const char *unit);
/* True where no record but perhaps the last has another width than header;
 * such records are counted in n_skipped where they are passed over. */
bool el_record_fits(el_import *out, const el_sheet *sheet, size_t header,
                    size_t record);

/* --- what comes out --- */
/* A row with nothing known; NULL without memory. Valid until the next call. */
el_import_row *el_import_add_row(el_import *out);
/* Times of a run that took duration_s: its end and how that is counted. */
void el_row_ended(el_import_row *row, double end_s, double duration_s,
                  el_clock clock);
/* gpu: what tells it from others, "0", a UUID. Not above 0 W: left out. */
void el_import_add_sample(el_import *out, double time_s, el_slice gpu,
                          double power_w, double counter_j);
void el_import_add_window(el_import *out, double start_s, double duration_s,
                          el_slice gpu, double energy_j);

static inline el_slice el_slice_of(const char *text)
{
    el_slice s = {text, 0};

    while (text && text[s.len])
        s.len++;
    return s;
}

/* --- times --- */
/*
 * Seconds of "2025/04/16 19:53:18.720", "2025-07-03T08:43:07.98+02:00",
 * "20250325-230634", "21:54:35.000", 1747583343809690966 (ns, us, ms or s
 * since 1970 by size), and what they count from. False, *out untouched, else.
 */
bool el_time_parse(el_slice text, double *time_s, el_clock *clock);

#endif
