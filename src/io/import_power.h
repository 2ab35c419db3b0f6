/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Energy of a run from a power log: the only place where readings become
 * joules. Layer: io.
 *
 * A GPU's energy counter stands before its power. Between two readings power
 * is a straight line (trapezoid rule on their times), and so is a counter.
 */
#ifndef EL_IO_IMPORT_POWER_H
#define EL_IO_IMPORT_POWER_H
#include "io/import.h"

/* Longest hole in a log, in median periods of it and in seconds. */
#define EL_POWER_MAX_GAP_PERIODS 5.0
#define EL_POWER_MAX_GAP_S       2.0

typedef struct el_power_sum {
    double energy_j; /* all GPUs of the log */
    size_t n_gpu;    /* that it is the sum of */
    size_t n_by_counter;
    size_t n_fell;       /* GPUs whose counter ever fell */
    size_t n_reading;    /* inside the stretch */
    double from_power_j; /* the same GPUs by power alone; NaN unknown */
} el_power_sum;

/*
 * Energy from start_s to end_s on the log's clock.
 *
 * Method   counter: difference of its values at both ends, straight lines
 *          between readings; refused where it ever falls (reset or wrap, whose
 *          size no log tells). Power: trapezoid rule, the ends by straight
 *          lines, or the nearest reading where they lie outside by at most one
 *          period.
 * Accuracy exact for power that is straight between readings
 * Cost     O(readings)
 * EL_E_DATA: "why it cannot be joined", one line: no times, the log covers
 * only a part or has a hole, its clock goes back. *out is written on EL_OK.
 */
EL_NODISCARD el_status el_power_between(const el_import *log, double start_s,
                                        double end_s, el_power_sum *out,
                                        el_error *err);

/* The whole log: from its first to its last reading. */
EL_NODISCARD el_status el_power_span(const el_import *log, double *start_s,
                                     double *end_s, el_error *err);

#endif
