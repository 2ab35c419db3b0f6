/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the validation tables: name, what, n, error, target, met. */
#ifndef EL_VALIDATE_H
#define EL_VALIDATE_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "energylens/files.h"
#include "energylens/kernel.h"
#include "io/csv.h"
#include "num/stats.h"

#define EL_MAX_ROWS 20000u

/* What served the runs of ML.ENERGY v3: scripts/generate_jobs.py (image
 * vllm-openai:v0.11.1) and configs/vllm (async-scheduling: true) of
 * ml-energy/benchmark. The table says vLLM. */
#define EL_MLENERGY_ENGINE "vLLM 0.11.1 async"

typedef struct el_errors { /* relative errors, in percent */
    double value[EL_MAX_ROWS];
    size_t n;
} el_errors;

static inline void el_errors_add(el_errors *e, double predicted,
                                 double measured)
{
    if (e->n < EL_MAX_ROWS)
        e->value[e->n++] = 100.0 * fabs(predicted / measured - 1.0);
}

/* target NaN: shown, not judged. use_mean: MAPE, else the median. */
static inline int el_row_print(const char *name, const char *what, el_errors *e,
                               double target, int use_mean)
{
    double mean, median, p90, error;
    const char *met = "";

    if (e->n == 0) {
        printf("| %-4s | %-62s | %5s |\n", name, what, "none");
        return 1;
    }
    mean = el_mean(e->value, e->n);
    median = el_quantile(e->value, e->n, 0.5);
    p90 = el_quantile(e->value, e->n, 0.9);
    error = use_mean ? mean : median;
    if (!isnan(target))
        met = error <= target ? "yes" : "NO";
    printf("| %-4s | %-62s | %5zu | %6.2f | %6.2f | %6.1f |", name, what, e->n,
           mean, median, p90);
    if (isnan(target))
        printf("              |     |\n");
    else
        printf(" %-6s <= %3.3g |%4s |\n", use_mean ? "mean" : "median", target,
               met);
    e->n = 0;
    return *met == 'N';
}

static inline void el_row_header(void)
{
    printf("| %-4s | %-62s | %5s | %6s | %6s | %6s | %-13s | %3s |\n", "V",
           "what", "n", "mean %", "median", "p90", "target", "met");
}

/* A data file of the workplace; NULL: absent. */
static inline el_csv *el_shared_csv(const char *file)
{
    char path[1024];
    el_csv *csv = NULL;
    el_error err = {0};

    (void)snprintf(path, sizeof path, "%s/data/%s", EL_SHARED, file);
    if (el_csv_read(path, &csv, &err) != EL_OK) {
        (void)fprintf(stderr, "skipped: %s\n", err.message);
        return NULL;
    }
    return csv;
}

static inline double el_number(const el_csv *csv, size_t row,
                               const char *column)
{
    el_slice s = el_csv_cell(csv, row, el_csv_column(csv, column));
    double value = EL_UNKNOWN;

    (void)el_parse_double(s.text, s.len, &value);
    return value;
}

static inline int el_text_is(const el_csv *csv, size_t row, const char *column,
                             const char *text)
{
    el_slice s = el_csv_cell(csv, row, el_csv_column(csv, column));

    return s.len == strlen(text) && memcmp(s.text, text, s.len) == 0;
}

/* Device of a catalogue slug at a clock; aborts where there is none. */
static inline el_device el_device_named(const el_catalog *catalog,
                                        const char *slug, double clock_hz)
{
    const el_gpu *gpu = el_catalog_find_gpu(catalog, slug);
    el_device d;
    el_error err = {0};

    if (!gpu || el_device_make(gpu, clock_hz, EL_UNKNOWN, &d, &err) != EL_OK) {
        (void)fprintf(stderr, "%s: %s\n", slug, err.message);
        abort();
    }
    return d;
}
#endif
