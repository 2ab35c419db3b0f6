/* SPDX-License-Identifier: Apache-2.0 */
#include "app/measured.h"

#include <string.h>

#include "base/str.h"
#include "io/csv.h"
#include "io/kernel_csv.h"
#include "io/links_json.h"

bool el_measured_files_any(const el_measured_files *files)
{
    return files->links || files->n_kernel_table > 0;
}

static el_status other_gpu(const char *what, const char *measured,
                           const char *asked, el_error *err)
{
    return el_fail(err, EL_E_DATA, "%s: measured on %s, not on %s", what,
                   measured, asked);
}

static el_status read_links(const char *path, const el_catalog *catalog,
                            el_measured *m, el_error *err)
{
    const el_gpu *gpu;
    el_status st = el_links_load(path, &m->links, err);

    if (st != EL_OK)
        return st;
    gpu = el_catalog_find_gpu(catalog, m->links.gpu);
    if (!gpu)
        return el_fail(err, EL_E_DATA, "%s: the catalogue has no GPU \"%s\"",
                       path, m->links.gpu);
    m->has_links = true;
    el_str_copy(m->gpu, sizeof m->gpu, gpu->slug);
    return EL_OK;
}

/* The GPU asked for; names that the catalogue lacks are said elsewhere. */
static el_status check_gpus(const el_measured_files *files,
                            const el_catalog *catalog, const char *const *name,
                            size_t n, el_measured *m, el_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const el_gpu *gpu =
            name[i] ? el_catalog_find_gpu(catalog, name[i]) : NULL;

        if (!gpu)
            continue;
        if (!*m->gpu)
            el_str_copy(m->gpu, sizeof m->gpu, gpu->slug);
        if (strcmp(gpu->slug, m->gpu) != 0)
            return other_gpu(m->has_links ? files->links
                                          : files->kernel_table[0],
                             m->gpu, gpu->slug, err);
    }
    if (!*m->gpu)
        return el_fail(err, EL_E_ARG,
                       "--kernel-table: of which GPU? Name it with --gpu");
    return EL_OK;
}

static el_status read_table(const char *path, const el_catalog *catalog,
                            const el_task *task, el_measured *m, el_error *err)
{
    el_kernel_csv_rows rows;
    el_csv *csv = NULL;
    el_status st = el_csv_read(path, &csv, err);

    if (st == EL_OK)
        st = el_kernel_csv_add(csv, catalog, m->gpu, m->table, &rows, err);
    el_csv_free(csv);
    if (st != EL_OK)
        return st;
    if (rows.impossible > 0)
        el_task_warn(task,
                     "%s: %zu rows are faster than the peak of %s: left out",
                     path, rows.impossible, m->gpu);
    if (rows.other > 0)
        el_task_warn(task,
                     "%s: %zu rows of windows, beams, routings or prompts that "
                     "no kernel here has: left out",
                     path, rows.other);
    return EL_OK;
}

static el_status read_tables(const el_measured_files *files,
                             const el_catalog *catalog, const el_task *task,
                             el_measured *m, el_error *err)
{
    el_device device;
    el_status st = el_device_make(el_catalog_find_gpu(catalog, m->gpu),
                                  EL_UNKNOWN, EL_UNKNOWN, &device, err);

    if (st == EL_OK)
        st = el_kernel_table_new(&device, &m->table, err);
    for (size_t i = 0; i < files->n_kernel_table && st == EL_OK; i++)
        st = read_table(files->kernel_table[i], catalog, task, m, err);
    if (st == EL_OK)
        el_kernel_table_finish(m->table);
    return st;
}

el_status el_measured_open(const el_measured_files *files,
                           const el_catalog *catalog, const char *const *gpu,
                           size_t n_gpu, const el_task *task, el_measured *out,
                           el_error *err)
{
    el_status st = EL_OK;

    memset(out, 0, sizeof *out);
    if (!el_measured_files_any(files))
        return EL_OK;
    if (files->links)
        st = read_links(files->links, catalog, out, err);
    if (st == EL_OK)
        st = check_gpus(files, catalog, gpu, n_gpu, out, err);
    if (st == EL_OK && files->n_kernel_table > 0)
        st = read_tables(files, catalog, task, out, err);
    if (st != EL_OK)
        el_measured_close(out);
    return st;
}

void el_measured_close(el_measured *measured)
{
    el_kernel_table_free(measured->table);
    memset(measured, 0, sizeof *measured);
}

const char *el_measured_text(const el_measured *measured)
{
    if (!measured || !*measured->gpu)
        return "";
    if (!measured->table)
        return "measured links";
    return measured->has_links ? "measured links and kernels"
                               : "measured kernels";
}

el_status el_measured_apply(const el_measured *measured, const el_gpu *gpu,
                            el_device *device, el_error *err)
{
    if (!measured || !*measured->gpu)
        return EL_OK;
    if (strcmp(measured->gpu, gpu->slug) != 0)
        return other_gpu(measured->has_links ? "--links" : "--kernel-table",
                         measured->gpu, gpu->slug, err);
    device->links = measured->has_links ? &measured->links : NULL;
    device->kernel_table = measured->table;
    return EL_OK;
}
