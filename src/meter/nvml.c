/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NVIDIA GPUs through libnvidia-ml.so.1 ($EL_NVML_PATH).
 *
 * Prototypes and constants follow the NVML API reference (version 12); only
 * what is called is written down.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/library.h"
#include "base/mem.h"
#include "base/str.h"
#include "meter/meter.h"

#define NVML_SUCCESS               0
#define NVML_ERROR_NOT_SUPPORTED   3
#define NVML_ERROR_INSUFFICIENT    7 /* the count is in the argument */
#define NVML_ERROR_GPU_IS_LOST     15
#define NVML_ERROR_RESET_REQUIRED  16
#define NVML_FI_DEV_POWER_INSTANT  186
#define NVML_CLOCK_SM              1
#define NVML_CLOCK_MEM             2
#define NVML_REASON_SW_POWER_CAP   0x04u
#define NVML_REASON_HW_SLOWDOWN    0x08u
#define NVML_REASON_SW_THERMAL     0x20u
#define NVML_REASON_HW_THERMAL     0x40u
#define NVML_REASON_HW_POWER_BRAKE 0x80u
#define MAX_GPUS                   256u

typedef struct gpu gpu; /* nvmlDevice_t points to one */

typedef struct field { /* nvmlFieldValue_t */
    unsigned id, scope;
    long long timestamp, latency_us;
    int type; /* nvmlValueType_t; 1: unsigned int */
    int result;
    union {
        double d;
        unsigned ui;
        unsigned long long ull;
    } value;
} field;

typedef struct api {
    int (*init)(void);
    int (*shutdown)(void);
    const char *(*error)(int);
    int (*count)(unsigned *);
    int (*handle)(unsigned, gpu **);
    int (*name)(gpu *, char *, unsigned);
    int (*uuid)(gpu *, char *, unsigned);
    int (*energy)(gpu *, unsigned long long *);
    int (*power)(gpu *, unsigned *);
    int (*fields)(gpu *, int, field *);
    int (*clock)(gpu *, int, unsigned *);
    int (*temperature)(gpu *, int, unsigned *);
    int (*reasons)(gpu *, unsigned long long *);
    int (*mig)(gpu *, unsigned *, unsigned *);
    int (*processes)(gpu *, unsigned *, void *);
} api;

typedef struct nvml {
    api f;
    unsigned n;
    bool initialised;
    struct {
        gpu *handle;
        bool has_instant; /* power of this moment, not a 1 s average */
    } at[MAX_GPUS];
} nvml;

static el_status load(api *f, el_error *err)
{
    const el_symbol wanted[] = {
        {"nvmlInit_v2", "nvmlInit", &f->init, 0},
        {"nvmlShutdown", NULL, &f->shutdown, 0},
        {"nvmlErrorString", NULL, &f->error, 0},
        {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount", &f->count, 0},
        {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex",
         &f->handle, 0},
        {"nvmlDeviceGetName", NULL, &f->name, 0},
        {"nvmlDeviceGetUUID", NULL, &f->uuid, 0},
        {"nvmlDeviceGetTotalEnergyConsumption", NULL, &f->energy, 1},
        {"nvmlDeviceGetPowerUsage", NULL, &f->power, 0},
        {"nvmlDeviceGetFieldValues", NULL, &f->fields, 1},
        {"nvmlDeviceGetClockInfo", NULL, &f->clock, 1},
        {"nvmlDeviceGetTemperature", NULL, &f->temperature, 1},
        {"nvmlDeviceGetCurrentClocksEventReasons",
         "nvmlDeviceGetCurrentClocksThrottleReasons", &f->reasons, 1},
        {"nvmlDeviceGetMigMode", NULL, &f->mig, 1},
        {"nvmlDeviceGetComputeRunningProcesses_v3",
         "nvmlDeviceGetComputeRunningProcesses", &f->processes, 1},
    };

    return el_library_open("EL_NVML_PATH", "libnvidia-ml.so.1", wanted,
                           sizeof wanted / sizeof *wanted, err);
}

static void nvml_close(void *self)
{
    nvml *m = self;

    if (m->initialised)
        (void)m->f.shutdown();
    el_free(m);
}

static el_status refused(const nvml *m, int code, const char *what,
                         el_error *err)
{
    bool gone =
        code == NVML_ERROR_GPU_IS_LOST || code == NVML_ERROR_RESET_REQUIRED;

    return el_fail(err, gone ? EL_E_DEVICE : EL_E_IO, "nvml: %s: %s", what,
                   m->f.error(code));
}

/* Hopper and later tell the power of this moment; nvmlDeviceGetPowerUsage is
   an average of 1 s there. */
static bool instant_power(const nvml *m, gpu *g, double *power_w)
{
    field f = {.id = NVML_FI_DEV_POWER_INSTANT};

    if (!m->f.fields || m->f.fields(g, 1, &f) != NVML_SUCCESS ||
        f.result != NVML_SUCCESS || f.value.ui == 0)
        return false;
    *power_w = 1e-3 * f.value.ui;
    return true;
}

static void start_gpu(nvml *m, unsigned i)
{
    double power_w;

    if (m->f.handle(i, &m->at[i].handle) != NVML_SUCCESS)
        m->at[i].handle = NULL;
    else
        m->at[i].has_instant = instant_power(m, m->at[i].handle, &power_w);
}

static el_status start(nvml *m, el_error *err)
{
    el_status st = load(&m->f, err);
    int code;

    if (st != EL_OK)
        return st;
    code = m->f.init();
    if (code != NVML_SUCCESS)
        return el_fail(err, EL_E_DEVICE, "nvml: cannot start: %s",
                       m->f.error(code));
    m->initialised = true;
    code = m->f.count(&m->n);
    if (code != NVML_SUCCESS)
        return el_fail(err, EL_E_DEVICE, "nvml: counting GPUs: %s",
                       m->f.error(code));
    m->n = m->n < MAX_GPUS ? m->n : MAX_GPUS;
    /* one that cannot be had leaves a NULL handle, which describe() reports */
    for (unsigned i = 0; i < m->n; i++)
        start_gpu(m, i);
    return EL_OK;
}

static el_status nvml_open(const char *argument, void **self, el_error *err)
{
    nvml *m = el_array(1, sizeof *m);
    el_status st;

    (void)argument;
    if (!m)
        return el_fail(err, EL_E_NOMEM, "nvml: out of memory");
    st = start(m, err);
    if (st == EL_OK)
        *self = m;
    else
        nvml_close(m);
    return st;
}

static size_t nvml_count(const void *self)
{
    const nvml *m = self;

    return m->n;
}

static bool has_mig(const nvml *m, gpu *g)
{
    unsigned now = 0, next = 0;

    return m->f.mig && m->f.mig(g, &now, &next) == NVML_SUCCESS && now == 1;
}

static int read_power(const nvml *m, size_t i, double *power_w)
{
    unsigned mw = 0;
    int code;

    if (m->at[i].has_instant && instant_power(m, m->at[i].handle, power_w))
        return NVML_SUCCESS;
    code = m->f.power(m->at[i].handle, &mw);
    *power_w = 1e-3 * mw;
    return code;
}

static int read_energy(const nvml *m, size_t i, double *energy_j)
{
    unsigned long long mj = 0;
    int code = m->f.energy ? m->f.energy(m->at[i].handle, &mj)
                           : NVML_ERROR_NOT_SUPPORTED;

    *energy_j = 1e-3 * (double)mj;
    return code;
}

static void read_slow(const nvml *m, gpu *g, el_reading *s)
{
    unsigned v = 0;
    unsigned long long why = 0;

    if (m->f.clock && m->f.clock(g, NVML_CLOCK_SM, &v) == NVML_SUCCESS) {
        s->sm_clock_hz = 1e6 * v;
        s->have |= EL_HAVE_SM_CLOCK;
    }
    if (m->f.clock && m->f.clock(g, NVML_CLOCK_MEM, &v) == NVML_SUCCESS) {
        s->mem_clock_hz = 1e6 * v;
        s->have |= EL_HAVE_MEM_CLOCK;
    }
    if (m->f.temperature && m->f.temperature(g, 0, &v) == NVML_SUCCESS) {
        s->temp_c = v;
        s->have |= EL_HAVE_TEMP;
    }
    if (!m->f.reasons || m->f.reasons(g, &why) != NVML_SUCCESS)
        return;
    s->have |= EL_HAVE_THROTTLE;
    if (why & (NVML_REASON_SW_POWER_CAP | NVML_REASON_HW_POWER_BRAKE))
        s->throttle |= EL_THROTTLE_POWER;
    if (why & (NVML_REASON_SW_THERMAL | NVML_REASON_HW_THERMAL))
        s->throttle |= EL_THROTTLE_HEAT;
    if ((why & NVML_REASON_HW_SLOWDOWN) && s->throttle == 0)
        s->throttle |= EL_THROTTLE_OTHER;
}

static el_status nvml_read(void *self, size_t i, bool all, el_reading *out,
                           el_error *err)
{
    const nvml *m = self;
    int energy = read_energy(m, i, &out->energy_j);
    int power = read_power(m, i, &out->power_w);

    if (energy == NVML_SUCCESS)
        out->have |= EL_HAVE_ENERGY;
    if (power == NVML_SUCCESS)
        out->have |= EL_HAVE_POWER;
    if (out->have == 0) {
        char what[32];

        (void)snprintf(what, sizeof what, "gpu %zu", i);
        return refused(m, power, what, err);
    }
    if (all)
        read_slow(m, m->at[i].handle, out);
    return EL_OK;
}

static el_status nvml_describe(void *self, size_t i, el_meter_device *out,
                               el_error *err)
{
    const nvml *m = self;
    gpu *g = m->at[i].handle;
    el_reading probe = {0};
    el_status st;

    if (!g)
        return el_fail(err, EL_E_DEVICE, "nvml: gpu %zu: no access to it", i);
    if (m->f.name(g, out->name, sizeof out->name) != NVML_SUCCESS)
        out->name[0] = '\0';
    if (m->f.uuid(g, out->id, sizeof out->id) != NVML_SUCCESS)
        out->id[0] = '\0';
    st = nvml_read(self, i, true, &probe, err);
    if (st != EL_OK)
        return el_fail(err, EL_E_DEVICE,
                       "nvml: gpu %zu (%s): tells neither energy nor power", i,
                       out->name);
    out->can = probe.have;
    out->shared = has_mig(m, g);
    if (out->shared)
        el_str_copy(out->note, sizeof out->note,
                    "MIG is on: whole board only, cannot attribute to a "
                    "partition");
    else if (!(out->can & EL_HAVE_ENERGY))
        el_str_copy(out->note, sizeof out->note,
                    "no energy counter: power is polled");
    return EL_OK;
}

/* With no room the call fails and says how many there are. */
static bool nvml_users(void *self, size_t i, size_t *n)
{
    const nvml *m = self;
    unsigned count = 0;
    int code = m->f.processes ? m->f.processes(m->at[i].handle, &count, NULL)
                              : NVML_ERROR_NOT_SUPPORTED;

    *n = count;
    return code == NVML_SUCCESS || code == NVML_ERROR_INSUFFICIENT;
}

const el_meter_kind el_meter_nvml = {.name = "nvml",
                                     .what = "NVIDIA GPUs",
                                     .automatic = true,
                                     .open = nvml_open,
                                     .count = nvml_count,
                                     .describe = nvml_describe,
                                     .read = nvml_read,
                                     .users = nvml_users,
                                     .close = nvml_close};
