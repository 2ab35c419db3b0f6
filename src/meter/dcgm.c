/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GPUs of a dcgm-exporter and CPUs of a Kepler page, read over HTTP.
 *
 * The page of a board cut into MIG partitions repeats the power of the board
 * for each of them; rows of one UUID are one device here.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/prometheus.h"
#include "base/str.h"
#include "meter/http.h"
#include "meter/meter.h"

#define MAX_DEVICES 256u
#define MIN_INTERVAL_S                                                         \
    0.2                    /* the exporter itself reads once a second or less  \
                            */
#define NOT_AVAILABLE 1e15 /* DCGM's blanks are near 2^63 */

typedef enum quantity { POWER, ENERGY, TEMP, SM_CLOCK, MEM_CLOCK } quantity;

static const struct metric {
    const char *name;
    quantity what;
    double unit;        /* to W, J, C, Hz */
    const char *device; /* Kepler: what it is of; NULL: DCGM, a GPU */
} metrics[] = {
    {"DCGM_FI_DEV_POWER_USAGE", POWER, 1, NULL},
    {"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", ENERGY, 1e-3, NULL},
    {"DCGM_FI_DEV_GPU_TEMP", TEMP, 1, NULL},
    {"DCGM_FI_DEV_SM_CLOCK", SM_CLOCK, 1e6, NULL},
    {"DCGM_FI_DEV_MEM_CLOCK", MEM_CLOCK, 1e6, NULL},
    {"kepler_node_cpu_watts", POWER, 1, "cpu"},
    {"kepler_node_cpu_joules_total", ENERGY, 1, "cpu"},
    {"kepler_node_package_joules_total", ENERGY, 1, "package"},
    {"kepler_node_dram_joules_total", ENERGY, 1, "dram"},
    {"kepler_node_gpu_joules_total", ENERGY, 1, "gpu"},
};

typedef struct device {
    char id[64];
    char name[96];
    bool shared;
    el_reading now;
} device;

typedef struct dcgm {
    el_http *http;
    el_buf page;
    size_t n;
    device at[MAX_DEVICES];
} dcgm;

static void dcgm_close(void *self)
{
    dcgm *d = self;

    el_http_close(d->http);
    el_buf_clear(&d->page);
    el_free(d);
}

static void gpu_id(const el_prom *p, char *id, size_t cap)
{
    char host[40], gpu[16];

    if (el_prom_label(p, "UUID", id, cap) && id[0])
        return;
    (void)el_prom_label(p, "Hostname", host, sizeof host);
    (void)el_prom_label(p, "gpu", gpu, sizeof gpu);
    (void)snprintf(id, cap, "%s:%s", host, gpu);
}

/* False for zones inside or around others: core, uncore, psys. */
static bool node_id(const el_prom *p, const char *what, char *id, size_t cap)
{
    char zone[24], node[40], package[8];

    if (el_prom_label(p, "zone", zone, sizeof zone) &&
        strncmp(zone, "package", 7) != 0 && strncmp(zone, "dram", 4) != 0)
        return false;
    if (!el_prom_label(p, "node_name", node, sizeof node))
        (void)el_prom_label(p, "instance", node, sizeof node);
    if (!el_prom_label(p, "package", package, sizeof package))
        (void)el_prom_label(p, "index", package, sizeof package);
    (void)snprintf(id, cap, "%.40s %s%s%s%s", node, what, zone[0] ? "-" : "",
                   zone, package);
    return true;
}

static device *find(dcgm *d, const char *id, bool may_add)
{
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->at[i].id, id) == 0)
            return &d->at[i];
    if (!may_add || d->n == MAX_DEVICES)
        return NULL;
    el_str_copy(d->at[d->n].id, sizeof d->at[d->n].id, id);
    return &d->at[d->n++];
}

static void put(el_reading *s, quantity what, double v, bool add)
{
    static const uint32_t have[] = {[POWER] = EL_HAVE_POWER,
                                    [ENERGY] = EL_HAVE_ENERGY,
                                    [TEMP] = EL_HAVE_TEMP,
                                    [SM_CLOCK] = EL_HAVE_SM_CLOCK,
                                    [MEM_CLOCK] = EL_HAVE_MEM_CLOCK};
    double *place = what == POWER      ? &s->power_w
                    : what == ENERGY   ? &s->energy_j
                    : what == TEMP     ? &s->temp_c
                    : what == SM_CLOCK ? &s->sm_clock_hz
                                       : &s->mem_clock_hz;

    if (!(s->have & have[what]))
        *place = v;
    else if (add) /* Kepler: idle and dynamic, one row each */
        *place += v;
    s->have |= have[what];
}

static void take(dcgm *d, const el_prom *p, bool may_add)
{
    const struct metric *m = NULL;
    char id[128], part[48];
    device *g;

    for (size_t i = 0; !m && i < sizeof metrics / sizeof *metrics; i++)
        if (el_prom_is(p, metrics[i].name))
            m = &metrics[i];
    if (!m || !(p->value >= 0 && p->value < NOT_AVAILABLE / m->unit))
        return;
    if (!m->device)
        gpu_id(p, id, sizeof id);
    else if (!node_id(p, m->device, id, sizeof id))
        return;
    id[sizeof d->at->id - 1] = '\0';
    g = find(d, id, may_add);
    if (!g)
        return;
    if (!m->device && el_prom_label(p, "GPU_I_ID", part, sizeof part) &&
        part[0])
        g->shared = true;
    if (!g->name[0] && !el_prom_label(p, "modelName", g->name, sizeof g->name))
        el_str_copy(g->name, sizeof g->name, m->device ? m->device : "GPU");
    put(&g->now, m->what, m->unit * p->value, m->device != NULL);
}

static el_status scrape(dcgm *d, bool may_add, el_error *err)
{
    el_status st = el_http_get(d->http, &d->page, err);
    const char *at = el_buf_text(&d->page), *end = at + d->page.len;
    el_prom p;

    for (size_t i = 0; i < d->n; i++)
        d->at[i].now = (el_reading){0};
    while (st == EL_OK && el_prom_next(&at, end, &p, NULL))
        take(d, &p, may_add);
    return st;
}

static el_status dcgm_open(const char *argument, void **self, el_error *err)
{
    dcgm *d = el_array(1, sizeof *d);
    el_status st;

    if (!d)
        return el_fail(err, EL_E_NOMEM, "dcgm: out of memory");
    st = el_http_open(argument, &d->http, err);
    if (st == EL_OK)
        st = scrape(d, true, err);
    if (st == EL_OK && d->n == 0)
        st = el_fail(err, EL_E_DEVICE,
                     "dcgm: %.200s: no metric of dcgm-exporter or Kepler with "
                     "power or energy on that page",
                     argument);
    if (st == EL_OK)
        *self = d;
    else
        dcgm_close(d);
    return st;
}

static size_t dcgm_count(const void *self)
{
    const dcgm *d = self;

    return d->n;
}

static el_status dcgm_refresh(void *self, el_error *err)
{
    return scrape(self, false, err);
}

static el_status dcgm_read(void *self, size_t i, bool all, el_reading *out,
                           el_error *err)
{
    const dcgm *d = self;

    (void)all;
    if (!(d->at[i].now.have & (EL_HAVE_ENERGY | EL_HAVE_POWER)))
        return el_fail(err, EL_E_IO, "dcgm: %s: not on the page", d->at[i].id);
    *out = d->at[i].now;
    return EL_OK;
}

static el_status dcgm_describe(void *self, size_t i, el_meter_device *out,
                               el_error *err)
{
    const dcgm *d = self;
    const device *g = &d->at[i];

    (void)err;
    el_str_copy(out->id, sizeof out->id, g->id);
    el_str_copy(out->name, sizeof out->name, g->name);
    out->can = g->now.have;
    out->shared = g->shared;
    el_str_copy(out->note, sizeof out->note,
                g->shared ? "MIG is on: whole board, counted once"
                          : "as old as the exporter's own reading");
    return EL_OK;
}

const el_meter_kind el_meter_dcgm = {.name = "dcgm",
                                     .argument = "URL",
                                     .what = "dcgm-exporter or Kepler",
                                     .min_interval_s = MIN_INTERVAL_S,
                                     .open = dcgm_open,
                                     .count = dcgm_count,
                                     .describe = dcgm_describe,
                                     .refresh = dcgm_refresh,
                                     .read = dcgm_read,
                                     .close = dcgm_close};
