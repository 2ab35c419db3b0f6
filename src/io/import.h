/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other tools wrote, as rows of the measurement table or as power.
 * Layer: io.
 *
 * One importer a format: src/io/import_<name>.c with detect() and read(), and
 * one row of el_importers. What a file leaves out stays unknown (NaN, NULL);
 * what is not above 0 where only that makes sense was not measured, is left
 * out and counted. Units are converted as values come in, nowhere else.
 */
#ifndef EL_IO_IMPORT_H
#define EL_IO_IMPORT_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "energylens/error.h"
#include "energylens/known.h"
#include "io/columns.h"
#include "io/import_sheet.h"

#define EL_IMPORT_MAX_FILE  (64u << 20) /* bytes */
#define EL_IMPORT_MAX_NAMES 512u        /* fields listed, used or ignored */

/* One row an importer, here and nowhere else: el_importer_<name> and what
 * --format calls it. In the order of the help. */
#define EL_IMPORTER_LIST(X)                                                    \
    X(vllm, "vllm")                                                            \
    X(sglang, "sglang")                                                        \
    X(trtllm, "trtllm")                                                        \
    X(aiperf, "aiperf")                                                        \
    X(aiperf_csv, "aiperf-csv")                                                \
    X(llama_bench, "llama-bench")                                              \
    X(optimum, "optimum-benchmark")                                            \
    X(optimum_csv, "optimum-benchmark-csv")                                    \
    X(mlenergy, "mlenergy")                                                    \
    X(argonne, "llm-inference-bench")                                          \
    X(nvidia_smi, "nvidia-smi")                                                \
    X(dmon, "nvidia-smi-dmon")                                                 \
    X(nvidia_xml, "nvidia-smi-xml")                                            \
    X(aiperf_power, "aiperf-telemetry")                                        \
    X(prometheus, "prometheus")                                                \
    X(rocm_smi, "rocm-smi")                                                    \
    X(amd_smi, "amd-smi")                                                      \
    X(xpu_smi, "xpu-smi")                                                      \
    X(zeus, "zeus")                                                            \
    X(codecarbon, "codecarbon")

/* Columns of the contract in its order: X(name) */
#define EL_IMPORT_LABELS(X)                                                    \
    X(model)                                                                   \
    X(gpu)                                                                     \
    X(precision)                                                               \
    X(engine)                                                                  \
    X(workload)
#define EL_IMPORT_NUMBERS(X)                                                   \
    EL_COLUMN_DEGREES(X)                                                       \
    X(avg_batch)                                                               \
    EL_COLUMN_LENGTHS(X)                                                       \
    EL_COLUMN_SIZES(X)                                                         \
    EL_COLUMN_MEASURED(X)
#define EL_IMPORT_NOTES(X)                                                     \
    X(arch)                                                                    \
    X(dataset)                                                                 \
    EL_COLUMN_NOTES(X)

/* What the seconds of a file count from. */
typedef enum el_clock {
    EL_CLOCK_NONE,   /* the file has no times */
    EL_CLOCK_LOCAL,  /* date and time without a zone, read as if UTC */
    EL_CLOCK_UTC,    /* since 1970-01-01T00:00Z */
    EL_CLOCK_DAY,    /* time of day without a date */
    EL_CLOCK_ELAPSED /* since some start that is not told */
} el_clock;

typedef struct el_import_row {
#define X(name) const char *name; /* interned, NULL unknown */
    EL_IMPORT_LABELS(X)
    EL_IMPORT_NOTES(X)
#undef X
#define X(name) double name; /* NaN unknown */
    EL_IMPORT_NUMBERS(X)
#undef X
    double concurrency;    /* requests in flight over all replicas */
    double measured_j;     /* energy of the run by the file's own meter ... */
    size_t measured_gpus;  /* ... over so many GPUs */
    double start_s, end_s; /* of the run, NaN unknown */
    el_clock clock;
} el_import_row;

/* One reading of one GPU. */
typedef struct el_power_sample {
    double time_s;    /* NaN: the file has no time */
    double power_w;   /* NaN unknown */
    double counter_j; /* energy since some start, NaN unknown */
    size_t gpu;       /* index in el_import.gpu */
} el_power_sample;

/* Energy of one GPU over a stretch of time (Zeus, CodeCarbon). */
typedef struct el_power_window {
    double start_s, duration_s, energy_j;
    size_t gpu;
} el_power_window;

typedef struct el_import_names {
    const char *name[EL_IMPORT_MAX_NAMES]; /* interned, each once */
    size_t n;
    size_t n_more; /* that did not fit */
} el_import_names;

/* All of one file. {0} is empty and valid; el_import_clear. */
typedef struct el_import {
    const char *format; /* name in el_importers */
    el_import_row *row;
    size_t n_row, cap_row;
    el_power_sample *sample;
    size_t n_sample, cap_sample;
    el_power_window *window;
    size_t n_window, cap_window;
    el_clock clock;       /* of samples and windows */
    const char *gpu_name; /* of a power log, NULL unknown */
    el_import_names gpus; /* what tells one GPU of the file from another */
    el_import_names used, ignored;
    el_buf said; /* one line each: what was derived, left out, is odd */
    size_t n_skipped, n_not_positive; /* records, values */
    el_strings strings;
    bool failed; /* out of memory on the way */
} el_import;

/* A file as importers see it. */
typedef struct el_import_file {
    const char *name; /* in messages */
    const char *text; /* UTF-8, no BOM, NUL after len bytes */
    size_t len;
    json_t *docs;   /* array of JSON documents; NULL: the file is no JSON */
    bool is_array;  /* the documents were elements of one array */
    bool cut_lines; /* JSON Lines whose last line breaks off */
    el_sheet sheet; /* the lines cut at commas, where it is no JSON */
} el_import_file;

typedef struct el_importer {
    const char *name; /* --format */
    const char *title;
    bool is_power;
    /* 0: not this format; else how sure, the highest reads the file. */
    int (*detect)(const el_import_file *file);
    /* Fill out; EL_E_DATA "what is wrong" without the file's name. */
    el_status (*read)(const el_import_file *file, el_import *out,
                      el_error *err);
} el_importer;

/* NULL-terminated, in the order of the list. */
extern const el_importer *const el_importers[];

/*
 * Read one file; `format` NULL: as its content says. EL_E_DATA is one line:
 * file, what it is, why it is refused and what would be needed; EL_E_IO,
 * EL_E_NOMEM. *out is written only on EL_OK.
 */
EL_NODISCARD el_status el_import_read(const char *path,
                                      const el_importer *format, el_import *out,
                                      el_error *err);
/* The same from memory. */
EL_NODISCARD el_status el_import_parse(const char *data, size_t len,
                                       const char *name,
                                       const el_importer *format,
                                       el_import *out, el_error *err);
void el_import_clear(el_import *import);

#endif
