/* SPDX-License-Identifier: Apache-2.0 */
#include "app/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/catalog_json.h"

static int by_value(double a, double b)
{
    return (a > b) - (a < b);
}

/* By collective, GPUs, size; equal ones stay in order of file and line, so
 * that the answer does not hang on the sort. */
static int by_curve(const void *a, const void *b)
{
    const el_link_row *p = a, *q = b;
    int c = (p->collective > q->collective) - (p->collective < q->collective);

    c = c ? c : by_value(p->gpus, q->gpus);
    c = c ? c : by_value(p->bytes, q->bytes);
    return c ? c : by_value(p->time_s, q->time_s);
}

static bool same_curve(const el_link_row *a, const el_link_row *b)
{
    return a->collective == b->collective && a->gpus == b->gpus;
}

static el_status find_gpu(const el_calibrate_args *args,
                          const el_catalog *catalog, const el_link_rows *rows,
                          const el_gpu **out, el_error *err)
{
    const el_gpu *said =
        *rows->gpu ? el_catalog_find_gpu(catalog, rows->gpu) : NULL;
    el_status st = EL_OK;

    *out = said;
    if (args->gpu)
        st = el_catalog_need_gpu(catalog, args->gpu, out, err);
    if (st != EL_OK)
        return st;
    if (!*out && *rows->gpu)
        return el_fail(err, EL_E_DATA,
                       "%s: the catalogue has no GPU \"%s\": say which it is "
                       "with --gpu",
                       rows->gpu_file, rows->gpu);
    if (!*out)
        return el_fail(err, EL_E_ARG,
                       "--gpu: no file says which GPU was measured");
    if (said && said != *out)
        return el_fail(err, EL_E_DATA, "%s: measured on %s, but --gpu is %s",
                       rows->gpu_file, said->slug, (*out)->slug);
    return EL_OK;
}

/* One curve for rows [from, to). */
static el_status fit_one(el_calibration *c, size_t from, size_t to,
                         const el_task *task, el_error *err)
{
    el_links_report *r = &c->report;
    el_link_fit *fit = &r->fit[r->links.n];
    el_error why = {0};
    el_status st;

    if (r->links.n == EL_LINKS_MAX)
        return el_fail(err, EL_E_DATA, "links: more than %u curves",
                       EL_LINKS_MAX);
    st = el_link_fit_curve(c->rows.row + from, to - from, fit, &why);
    if (st == EL_E_DATA) {
        el_task_warn(task, "%s: left out", why.message);
        c->n_refused += to - from;
        if (err)
            *err = why; /* said where nothing else could be fitted */
        return EL_OK;
    }
    if (st != EL_OK)
        return el_fail(err, st, "%s", why.message);
    c->first[r->links.n] = from;
    r->links.curve[r->links.n++] = fit->curve;
    return EL_OK;
}

static el_status fit_all(el_calibration *c, const el_task *task, el_error *err)
{
    el_link_rows *rows = &c->rows;
    el_status st = EL_OK;

    if (rows->n == 0)
        return el_fail(err, EL_E_DATA,
                       "%s: no row is left that could be fitted",
                       c->report.path[0]);
    qsort(rows->row, rows->n, sizeof *rows->row, by_curve);
    for (size_t i = 0, end; i < rows->n && st == EL_OK; i = end) {
        for (end = i + 1; end < rows->n; end++)
            if (!same_curve(&rows->row[i], &rows->row[end]))
                break;
        st = el_task_is_cancelled(task) ? EL_E_CANCELLED
                                        : fit_one(c, i, end, task, err);
    }
    if (st == EL_OK && c->report.links.n == 0)
        return EL_E_DATA; /* the last curve said why */
    return st;
}

static el_status fit_power(const el_gpu *gpu, el_calibration *c, el_error *err)
{
    el_links *links = &c->report.links;
    el_device device;
    el_status st = el_device_make(gpu, EL_UNKNOWN, EL_UNKNOWN, &device, err);

    if (st != EL_OK)
        return st;
    c->idle_w = device.idle_w;
    return el_link_fit_power(c->rows.row, c->rows.n, &device,
                             &links->spin_w_per_sm, &links->bus_j_per_byte,
                             err);
}

static el_status calibrate(const el_calibrate_args *args, const el_task *task,
                           const el_catalog *catalog, el_calibration *c,
                           el_error *err)
{
    const el_gpu *gpu = NULL;
    el_status st = EL_OK;

    for (size_t i = 0; i < args->n_path && st == EL_OK; i++)
        st = el_link_rows_read(args->path[i], &args->hint, &c->rows, err);
    if (st == EL_OK)
        st = find_gpu(args, catalog, &c->rows, &gpu, err);
    if (st == EL_OK)
        st = fit_all(c, task, err);
    if (st == EL_OK)
        st = fit_power(gpu, c, err);
    if (st == EL_OK)
        el_str_copy(c->report.links.gpu, sizeof c->report.links.gpu, gpu->slug);
    return st;
}

el_status el_calibrate_comm(const el_calibrate_args *args, const el_task *task,
                            el_calibration *out, el_error *err)
{
    el_catalog *catalog = NULL;
    el_calibration *c = el_array(1, sizeof *c);
    el_status st;

    if (!c)
        return el_fail(err, EL_E_NOMEM, "calibrate: out of memory");
    c->report.path = args->path;
    c->report.n_path = args->n_path;
    st = el_catalog_load(args->catalog_dir, &catalog, err);
    if (st == EL_OK)
        st = calibrate(args, task, catalog, c, err);
    if (st == EL_OK)
        *out = *c;
    else
        el_calibration_clear(c);
    el_catalog_free(catalog);
    el_free(c);
    return st;
}

void el_calibration_clear(el_calibration *calibration)
{
    el_link_rows_clear(&calibration->rows);
    memset(calibration, 0, sizeof *calibration);
}
