/* SPDX-License-Identifier: Apache-2.0 */
#include "app/import_join.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/import_power.h"

#define SHORT_RUN_S     3.0 /* meters tick at 0.1 s and average over 1 s */
#define FEW_READINGS    5u
#define COUNTER_DIFFERS .2 /* of the energy by power */

static void tag(el_imported *all, el_import_row *row, const char *flag)
{
    char line[512];

    if (row->quality_flag && strstr(row->quality_flag, flag))
        return;
    (void)snprintf(line, sizeof line, "%.400s%s%s",
                   row->quality_flag ? row->quality_flag : "",
                   row->quality_flag ? ";" : "", flag);
    row->quality_flag = el_strings_add(&all->strings, line, strlen(line));
    all->said.failed = all->said.failed || !row->quality_flag;
}

/* GPUs in use, NaN where nobody says. */
static double gpus_of(const el_import_row *row)
{
    double width = !el_is_known(row->ep) ? row->tp : fmax(row->tp, row->ep);

    if (el_is_known(row->num_gpus))
        return row->num_gpus;
    if (!el_is_known(row->tp))
        return EL_UNKNOWN;
    return width * (!el_is_known(row->pp) ? 1 : row->pp) *
           (!el_is_known(row->dp) ? 1 : row->dp);
}

static bool has_energy(const el_import_row *row)
{
    return el_is_known(row->energy_j) ||
           el_is_known(row->energy_per_request_j) ||
           el_is_known(row->energy_per_output_token_j);
}

/* Energy of n GPUs to the column that it belongs to. */
static bool place(el_imported *all, el_import_row *row, double energy_j,
                  size_t n)
{
    double used = gpus_of(row), duration = row->end_s - row->start_s;

    if (!el_is_known(used) || used > (double)n) {
        el_buf_printf(&all->said, "%s: %.6g J of %zu GPU%s measured, but ",
                      row->source_file, energy_j, n, n == 1 ? "" : "s");
        if (!el_is_known(used))
            el_buf_add(&all->said,
                       "how many served the run is unknown: say it with --tp "
                       "or --num-gpus\n");
        else
            el_buf_printf(&all->said,
                          "%g served the run: the others are not in the log\n",
                          used);
        return false;
    }
    if (used < (double)n) {
        row->energy_node_gpus_j = energy_j;
        return true;
    }
    row->energy_j = energy_j;
    if (!el_is_known(row->avg_power_w))
        row->avg_power_w = energy_j / duration;
    return true;
}

static bool may_join(const el_import_args *args, const el_import_row *row,
                     const el_import *log)
{
    if (log->clock == EL_CLOCK_NONE || row->clock == EL_CLOCK_NONE)
        return false;
    if (args->has_offset)
        return true;
    return row->clock == log->clock &&
           (row->clock == EL_CLOCK_LOCAL || row->clock == EL_CLOCK_UTC);
}

static const char *clock_name(el_clock clock)
{
    static const char *const names[] = {[EL_CLOCK_NONE] = "no time",
                                        [EL_CLOCK_LOCAL] = "local time",
                                        [EL_CLOCK_UTC] = "UTC",
                                        [EL_CLOCK_DAY] = "a time of day",
                                        [EL_CLOCK_ELAPSED] =
                                            "seconds since some start"};

    return names[clock];
}

static void say_clocks(el_imported *all, const el_import_row *row,
                       const el_import_source *log)
{
    el_buf_printf(&all->said,
                  "%s: not joined with %s: the run has %s, the log "
                  "%s",
                  row->source_file, log->path, clock_name(row->clock),
                  clock_name(log->import.clock));
    el_buf_add(&all->said,
               row->clock == EL_CLOCK_NONE || log->import.clock == EL_CLOCK_NONE
                   ? "\n"
                   : ": --offset says how far apart they are\n");
}

static void marks(el_imported *all, el_import_row *row, const el_power_sum *sum)
{
    if (row->end_s - row->start_s < SHORT_RUN_S)
        tag(all, row, "short_run");
    if (sum->n_by_counter < sum->n_gpu &&
        sum->n_reading < FEW_READINGS * sum->n_gpu)
        tag(all, row, "few_power_readings");
    if (sum->n_by_counter == sum->n_gpu &&
        fabs(sum->energy_j / sum->from_power_j - 1) > COUNTER_DIFFERS)
        tag(all, row, "counter_and_power_differ");
}

static el_status join_log(const el_import_args *args, el_import_row *row,
                          const el_import_source *log, el_imported *all,
                          el_error *err)
{
    el_power_sum sum;
    el_error why = {0};
    el_status st;

    if (!may_join(args, row, &log->import)) {
        say_clocks(all, row, log);
        return EL_OK;
    }
    st = el_power_between(&log->import, row->start_s - args->offset_s,
                          row->end_s - args->offset_s, &sum, &why);
    if (st == EL_E_DATA) {
        el_buf_printf(&all->said, "%s: not joined with %s: %s\n",
                      row->source_file, log->path, why.message);
        return EL_OK;
    }
    if (st != EL_OK)
        return el_fail(err, st, "%s", why.message);
    if (has_energy(row) || el_is_known(row->energy_node_gpus_j)) {
        el_buf_printf(&all->said,
                      "%s: not joined with %s: energy is there "
                      "already\n",
                      row->source_file, log->path);
        return EL_OK;
    }
    if (place(all, row, sum.energy_j, sum.n_gpu)) {
        marks(all, row, &sum);
        if (!row->gpu)
            row->gpu = log->import.gpu_name;
        all->n_joined++;
    }
    return EL_OK;
}

static el_status join_row(const el_import_args *args, el_import_row *row,
                          el_imported *all, el_error *err)
{
    el_status st = EL_OK;

    if (el_is_known(row->measured_j) && !has_energy(row))
        (void)place(all, row, row->measured_j, row->measured_gpus);
    for (size_t i = 0; i < all->n_source && st == EL_OK; i++)
        if (all->source[i].import.n_sample > 0)
            st = join_log(args, row, &all->source[i], all, err);
    return st;
}

el_status el_import_join(const el_import_args *args, el_imported *all,
                         el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < all->n_row && st == EL_OK; i++)
        st = join_row(args, &all->row[i], all, err);
    if (st == EL_OK && !el_buf_ok(&all->said))
        st = el_fail(err, EL_E_NOMEM, "import: out of memory");
    return st;
}
