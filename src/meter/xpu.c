/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel GPUs through Level Zero's sysman, libze_loader.so.1 ($EL_ZE_PATH).
 *
 * The card's power domain where the driver names one, else the first domain
 * of the device, which is said.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "base/library.h"
#include "base/mem.h"
#include "base/str.h"
#include "meter/meter.h"

#define MAX_DRIVERS 8u
#define MAX_GPUS    64u
#define MICRO       1e-6

typedef struct energy_counter { /* zes_power_energy_counter_t */
    uint64_t energy_uj, timestamp_us;
} energy_counter;

typedef struct api {
    int (*init)(uint32_t flags);
    int (*drivers)(uint32_t *n, void **handle);
    int (*devices)(void *driver, uint32_t *n, void **handle);
    int (*card)(void *device, void **power);
    int (*domains)(void *device, uint32_t *n, void **power);
    int (*energy)(void *power, energy_counter *out);
} api;

typedef struct xpu {
    api f;
    size_t n;
    struct {
        void *power; /* NULL: the driver has no power domain */
        bool is_card;
    } at[MAX_GPUS];
} xpu;

static void xpu_close(void *self)
{
    el_free(self);
}

static el_status load(api *f, el_error *err)
{
    const el_symbol wanted[] = {
        {"zesInit", NULL, &f->init, 0},
        {"zesDriverGet", NULL, &f->drivers, 0},
        {"zesDeviceGet", NULL, &f->devices, 0},
        {"zesDeviceGetCardPowerDomain", NULL, &f->card, 1},
        {"zesDeviceEnumPowerDomains", NULL, &f->domains, 0},
        {"zesPowerGetEnergyCounter", NULL, &f->energy, 0},
    };

    return el_library_open("EL_ZE_PATH", "libze_loader.so.1", wanted,
                           sizeof wanted / sizeof *wanted, err);
}

static void add_device(xpu *x, void *device)
{
    uint32_t one = 1;
    void *power = NULL;
    bool card = x->f.card && x->f.card(device, &power) == 0 && power;

    if (!card && (x->f.domains(device, &one, &power) != 0 || one == 0))
        power = NULL;
    x->at[x->n].power = power;
    x->at[x->n++].is_card = card;
}

static el_status start(xpu *x, el_error *err)
{
    uint32_t n_driver = MAX_DRIVERS;
    void *driver[MAX_DRIVERS];
    el_status st = load(&x->f, err);

    if (st != EL_OK)
        return st;
    if (x->f.init(0) != 0 || x->f.drivers(&n_driver, driver) != 0)
        return el_fail(err, EL_E_DEVICE,
                       "xpu: Level Zero's sysman does not "
                       "start: no Intel GPU or no driver");
    for (uint32_t d = 0; d < n_driver && d < MAX_DRIVERS; d++) {
        uint32_t n = MAX_GPUS;
        void *device[MAX_GPUS];

        if (x->f.devices(driver[d], &n, device) != 0)
            continue;
        for (uint32_t i = 0; i < n && x->n < MAX_GPUS; i++)
            add_device(x, device[i]);
    }
    return EL_OK;
}

static el_status xpu_open(const char *argument, void **self, el_error *err)
{
    xpu *x = el_array(1, sizeof *x);
    el_status st;

    (void)argument;
    if (!x)
        return el_fail(err, EL_E_NOMEM, "xpu: out of memory");
    st = start(x, err);
    if (st == EL_OK)
        *self = x;
    else
        xpu_close(x);
    return st;
}

static size_t xpu_count(const void *self)
{
    const xpu *x = self;

    return x->n;
}

static el_status xpu_read(void *self, size_t i, bool all, el_reading *out,
                          el_error *err)
{
    const xpu *x = self;
    energy_counter e = {0};

    (void)all;
    if (!x->at[i].power)
        return el_fail(err, EL_E_DEVICE, "xpu: gpu %zu: no power domain", i);
    if (x->f.energy(x->at[i].power, &e) != 0)
        return el_fail(err, EL_E_IO, "xpu: gpu %zu: no energy counter", i);
    out->energy_j = MICRO * (double)e.energy_uj;
    out->have = EL_HAVE_ENERGY;
    return EL_OK;
}

static el_status xpu_describe(void *self, size_t i, el_meter_device *out,
                              el_error *err)
{
    const xpu *x = self;
    el_reading probe = {0};

    (void)snprintf(out->id, sizeof out->id, "xpu-%zu", i);
    el_str_copy(out->name, sizeof out->name, "Intel GPU");
    if (xpu_read(self, i, true, &probe, err) != EL_OK)
        return EL_E_DEVICE;
    out->can = probe.have;
    if (!x->at[i].is_card)
        el_str_copy(out->note, sizeof out->note,
                    "first power domain of the device, maybe not the card's");
    return EL_OK;
}

const el_meter_kind el_meter_xpu = {.name = "xpu",
                                    .what = "Intel GPUs",
                                    .automatic = true,
                                    .open = xpu_open,
                                    .count = xpu_count,
                                    .describe = xpu_describe,
                                    .read = xpu_read,
                                    .close = xpu_close};
