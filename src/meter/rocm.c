/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD GPUs: energy by libamd_smi.so ($EL_AMDSMI_PATH), else energy and power
 * by librocm_smi64.so ($EL_ROCM_SMI_PATH).
 *
 * From AMD SMI only calls with plain arguments are taken: its power comes in a
 * struct whose layout differs between ROCm 6 releases.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/library.h"
#include "base/mem.h"
#include "base/str.h"
#include "meter/meter.h"

#define MAX_GPUS             64u
#define AMDSMI_INIT_AMD_GPUS (1u << 1)
#define MICRO                1e-6

typedef struct amdsmi_api {
    int (*init)(uint64_t flags);
    int (*stop)(void);
    int (*sockets)(uint32_t *n, void **handle);
    int (*processors)(void *socket, uint32_t *n, void **handle);
    int (*energy)(void *processor, uint64_t *count, float *resolution_uj,
                  uint64_t *timestamp_ns);
} amdsmi_api;

typedef struct rsmi_api {
    int (*init)(uint64_t flags);
    int (*stop)(void);
    int (*count)(uint32_t *n);
    int (*name)(uint32_t gpu, char *text, size_t cap);
    int (*energy)(uint32_t gpu, uint64_t *count, float *resolution_uj,
                  uint64_t *timestamp_ns);
    int (*average)(uint32_t gpu, uint32_t sensor, uint64_t *power_uw);
    int (*socket)(uint32_t gpu, uint64_t *power_uw);
} rsmi_api;

typedef struct rocm {
    bool by_amdsmi;
    int (*stop)(void);
    amdsmi_api amd;
    rsmi_api rsmi;
    uint32_t n;
    void *gpu[MAX_GPUS];
} rocm;

static void rocm_close(void *self)
{
    rocm *r = self;

    if (r->stop)
        (void)r->stop();
    el_free(r);
}

static el_status load_amdsmi(amdsmi_api *f, el_error *err)
{
    const el_symbol wanted[] = {
        {"amdsmi_init", NULL, &f->init, 0},
        {"amdsmi_shut_down", NULL, &f->stop, 0},
        {"amdsmi_get_socket_handles", NULL, &f->sockets, 0},
        {"amdsmi_get_processor_handles", NULL, &f->processors, 0},
        {"amdsmi_get_energy_count", NULL, &f->energy, 0},
    };

    return el_library_open("EL_AMDSMI_PATH", "libamd_smi.so", wanted,
                           sizeof wanted / sizeof *wanted, err);
}

static el_status load_rsmi(rsmi_api *f, el_error *err)
{
    const el_symbol wanted[] = {
        {"rsmi_init", NULL, &f->init, 0},
        {"rsmi_shut_down", NULL, &f->stop, 0},
        {"rsmi_num_monitor_devices", NULL, &f->count, 0},
        {"rsmi_dev_name_get", NULL, &f->name, 1},
        {"rsmi_dev_energy_count_get", NULL, &f->energy, 1},
        {"rsmi_dev_power_ave_get", NULL, &f->average, 1},
        {"rsmi_dev_current_socket_power_get", NULL, &f->socket, 1},
    };

    return el_library_open("EL_ROCM_SMI_PATH", "librocm_smi64.so", wanted,
                           sizeof wanted / sizeof *wanted, err);
}

static bool amd_energy(const rocm *r, size_t i, double *energy_j)
{
    uint64_t count = 0, when = 0;
    float unit_uj = 0;

    if (r->amd.energy(r->gpu[i], &count, &unit_uj, &when) != 0 ||
        !(unit_uj > 0))
        return false;
    *energy_j = MICRO * (double)count * (double)unit_uj;
    return true;
}

/* Every GPU must have the counter, else ROCm SMI is asked. */
static bool start_amdsmi(rocm *r)
{
    uint32_t n_socket = MAX_GPUS;
    void *socket[MAX_GPUS];
    double energy_j;

    if (load_amdsmi(&r->amd, NULL) != EL_OK ||
        r->amd.init(AMDSMI_INIT_AMD_GPUS) != 0)
        return false;
    r->stop = r->amd.stop;
    if (r->amd.sockets(&n_socket, socket) != 0)
        n_socket = 0;
    for (uint32_t s = 0; s < n_socket && s < MAX_GPUS && r->n < MAX_GPUS; s++) {
        uint32_t n = MAX_GPUS - r->n;

        if (r->amd.processors(socket[s], &n, &r->gpu[r->n]) == 0)
            r->n += n;
    }
    for (size_t i = 0; i < r->n; i++)
        if (!amd_energy(r, i, &energy_j))
            r->n = 0;
    if (r->n == 0) {
        (void)r->stop();
        r->stop = NULL;
    }
    r->by_amdsmi = r->n > 0;
    return r->by_amdsmi;
}

static el_status start_rsmi(rocm *r, el_error *err)
{
    el_status st = load_rsmi(&r->rsmi, err);

    if (st != EL_OK)
        return st;
    if (r->rsmi.init(0) != 0)
        return el_fail(err, EL_E_DEVICE,
                       "rocm: ROCm SMI does not start: is "
                       "the amdgpu driver loaded?");
    r->stop = r->rsmi.stop;
    if (r->rsmi.count(&r->n) != 0)
        return el_fail(err, EL_E_DEVICE, "rocm: cannot count GPUs");
    r->n = r->n < MAX_GPUS ? r->n : MAX_GPUS;
    return EL_OK;
}

static el_status rocm_open(const char *argument, void **self, el_error *err)
{
    rocm *r = el_array(1, sizeof *r);
    el_status st = EL_OK;

    (void)argument;
    if (!r)
        return el_fail(err, EL_E_NOMEM, "rocm: out of memory");
    if (!start_amdsmi(r))
        st = start_rsmi(r, err);
    if (st == EL_OK)
        *self = r;
    else
        rocm_close(r);
    return st;
}

static size_t rocm_count(const void *self)
{
    const rocm *r = self;

    return r->n;
}

static void read_rsmi(const rocm *r, uint32_t i, el_reading *out)
{
    const rsmi_api *f = &r->rsmi;
    uint64_t count = 0, when = 0;
    float unit_uj = 0;

    if (f->energy && f->energy(i, &count, &unit_uj, &when) == 0 &&
        unit_uj > 0) {
        out->energy_j = MICRO * (double)count * (double)unit_uj;
        out->have |= EL_HAVE_ENERGY;
    }
    if ((f->socket && f->socket(i, &count) == 0) ||
        (f->average && f->average(i, 0, &count) == 0)) {
        out->power_w = MICRO * (double)count;
        out->have |= EL_HAVE_POWER;
    }
}

static el_status rocm_read(void *self, size_t i, bool all, el_reading *out,
                           el_error *err)
{
    const rocm *r = self;

    (void)all;
    if (!r->by_amdsmi)
        read_rsmi(r, (uint32_t)i, out);
    else if (amd_energy(r, i, &out->energy_j))
        out->have |= EL_HAVE_ENERGY;
    if (out->have == 0)
        return el_fail(err, EL_E_IO, "rocm: gpu %zu: no energy and no power",
                       i);
    return EL_OK;
}

static el_status rocm_describe(void *self, size_t i, el_meter_device *out,
                               el_error *err)
{
    const rocm *r = self;
    el_reading probe = {0};

    (void)snprintf(out->id, sizeof out->id, "amd-%zu", i);
    if (r->by_amdsmi || !r->rsmi.name ||
        r->rsmi.name((uint32_t)i, out->name, sizeof out->name) != 0)
        el_str_copy(out->name, sizeof out->name, "AMD GPU");
    if (rocm_read(self, i, true, &probe, err) != EL_OK)
        return EL_E_DEVICE;
    out->can = probe.have;
    el_str_copy(out->note, sizeof out->note,
                r->by_amdsmi ? "by AMD SMI" : "by ROCm SMI");
    return EL_OK;
}

const el_meter_kind el_meter_rocm = {.name = "rocm",
                                     .what = "AMD GPUs",
                                     .automatic = true,
                                     .open = rocm_open,
                                     .count = rocm_count,
                                     .describe = rocm_describe,
                                     .read = rocm_read,
                                     .close = rocm_close};
