/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a measurement table, and one row from its cells: of a file
 * (table_csv.c) or of memory (app). Layer: io. */
#ifndef EL_IO_TABLE_CSV_ROW_H
#define EL_IO_TABLE_CSV_ROW_H
#include <stdbool.h>
#include <stddef.h>

#include "io/csv.h"
#include "io/table_csv.h"

/* Number cells, in the unit of their column. */
typedef enum el_cell_id {
    EL_CELL_TP,
    EL_CELL_PP,
    EL_CELL_EP,
    EL_CELL_DP,
    EL_CELL_NUM_GPUS,
    EL_CELL_BATCH_SIZE,
    EL_CELL_AVG_BATCH,
    EL_CELL_INPUT_TOKENS,
    EL_CELL_OUTPUT_TOKENS,
    EL_CELL_VISION_TOKENS,
    EL_CELL_REQUESTS,
    EL_CELL_PARAMS_B,
    EL_CELL_ACTIVE_PARAMS_B,
    EL_CELL_ENERGY_J,
    EL_CELL_ENERGY_PER_REQUEST_J,
    EL_CELL_ENERGY_PER_OUTPUT_TOKEN_J,
    EL_CELL_ENERGY_NODE_GPUS_J,
    EL_CELL_PREFILL_ENERGY_J,
    EL_CELL_DECODE_ENERGY_J,
    EL_CELL_LATENCY_S,
    EL_CELL_TTFT_S,
    EL_CELL_ITL_S,
    EL_CELL_AVG_POWER_W,
    EL_CELL_THROUGHPUT_TOK_S,
    EL_N_NUMBER_CELLS,
    EL_CELL_MODEL = EL_N_NUMBER_CELLS, /* text from here on */
    EL_CELL_GPU,
    EL_CELL_PRECISION,
    EL_CELL_ENGINE,
    EL_CELL_WORKLOAD,
    EL_CELL_ARCH,
    EL_CELL_DATASET,
    EL_CELL_CONFIG_NOTE,
    EL_CELL_SOURCE_FILE,
    EL_CELL_QUALITY_FLAG,
    EL_N_CELLS,
    EL_CELL_IGNORED = EL_N_CELLS /* known, kept nowhere */
} el_cell_id;

#define EL_N_TEXT_CELLS ((int)EL_N_CELLS - (int)EL_N_NUMBER_CELLS)

/* What a number may be; see rules[] in table_csv_row.c. */
typedef enum el_cell_rule {
    EL_RULE_DEGREE,
    EL_RULE_COUNT,
    EL_RULE_POSITIVE,
    EL_RULE_NOT_NEGATIVE,
    EL_RULE_ENERGY,
    EL_RULE_NONE
} el_cell_rule;

typedef struct el_cell_spec {
    const char *column;
    el_cell_id id;
    el_cell_rule rule;
    bool is_needed;
    bool is_measured; /* never looked at in EL_TABLE_QUERY */
} el_cell_spec;

/* The column of that name, NULL if the contract has none. */
const el_cell_spec *el_cell_spec_find(el_slice column);
/* Column i in the order of the contract, NULL past the end. */
const el_cell_spec *el_cell_spec_at(size_t i);

/* The cells of one record: blank numbers are NaN, blank texts "". */
typedef struct el_row_cells {
    const char *file; /* for el_row.file and messages */
    size_t line;
    double number[EL_N_NUMBER_CELLS];
    const char *text[EL_N_TEXT_CELLS]; /* interned */
} el_row_cells;

/* Two energy columns of one row that tell different values. */
typedef struct el_energy_conflict {
    size_t n_rows; /* rows where they do; the rest describes the first */
    size_t line;
    const char *used, *other; /* column names */
    double used_j, other_j;   /* per request */
} el_energy_conflict;

/* Parse a number that is not blank and check its rule. EL_E_DATA. */
EL_NODISCARD el_status el_cell_number(const el_cell_spec *spec, el_slice cell,
                                      el_row_cells *cells, el_error *err);

/* The same for a number in memory, not NaN: "row:17: tp: must be ...". */
EL_NODISCARD el_status el_cell_take(const el_cell_spec *spec, double value,
                                    el_row_cells *cells, el_error *err);

/*
 * Defaults, conversions and the checks that take several cells. EL_E_DATA.
 * Conflicts are counted in *conflict; the first energy column counts.
 */
EL_NODISCARD el_status el_row_make(const el_row_cells *cells, el_row *out,
                                   el_energy_conflict *conflict, el_error *err);

#endif
