/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meters: one interface over NVML, AMD, Intel GPUs, RAPL, an exporter's page
 * and recordings. Layer: meter.
 *
 * A meter is used by one thread at a time. All libraries are loaded when a
 * meter is opened; docs/measuring.md says what each can do.
 */
#ifndef EL_METER_METER_H
#define EL_METER_METER_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"
#include "meter/sample.h"

typedef struct el_meter_device {
    char id[64];    /* what --gpus takes beside the index: a UUID, a zone */
    char name[96];  /* of the product; "" unknown */
    char note[192]; /* what is to be known of its numbers; "" nothing */
    uint32_t can;   /* EL_HAVE_*, found by trying */
    double wrap_j;  /* the counter's range; 0: does not wrap in a lifetime */
    double tick_s;  /* between its values; NaN unknown */
    bool shared;    /* carries several partitions (MIG): board power only */
} el_meter_device;

typedef struct el_meter el_meter;

/* A row of the table of back ends. `self` is what open() made. */
typedef struct el_meter_kind {
    const char *name;      /* as in --meter NAME or --meter NAME:ARGUMENT */
    const char *argument;  /* "URL", "FILE"; NULL: takes none */
    const char *what;      /* "NVIDIA GPUs", for doctor */
    double min_interval_s; /* reading more often makes no sense; 0: none */
    bool automatic;        /* part of --meter auto, in the table's order */
    /* EL_E_DEVICE "why it cannot be used", EL_E_NOMEM, EL_E_DATA */
    el_status (*open)(const char *argument, void **self, el_error *err);
    size_t (*count)(const void *self);
    /* EL_E_DEVICE: cannot be measured and why. */
    el_status (*describe)(void *self, size_t i, el_meter_device *out,
                          el_error *err);
    /* Once before the reads of a tick; may be NULL. */
    el_status (*refresh)(void *self, el_error *err);
    /* Everything but time_s. EL_E_DEVICE: the device is gone; EL_E_IO: this
       reading failed, the next may work. `all`: also what changes slowly. */
    el_status (*read)(void *self, size_t i, bool all, el_reading *out,
                      el_error *err);
    /* Processes that use the device; NULL or false: cannot tell. */
    bool (*users)(void *self, size_t i, size_t *n);
    void (*close)(void *self);
} el_meter_kind;

extern const el_meter_kind el_meter_nvml, el_meter_rocm, el_meter_xpu,
    el_meter_rapl, el_meter_dcgm, el_meter_replay;
/* All of them, NULL-terminated; GPUs stand before CPUs. */
extern const el_meter_kind *const el_meter_kinds[];

/*
 * spec: "auto", "nvml", "dcgm:http://127.0.0.1:9400/metrics", "replay:x.csv".
 * auto takes the first that opens and has a device.
 * EL_E_ARG unknown name or missing argument; EL_E_DEVICE none can be used,
 * saying why for each; EL_E_DATA, EL_E_IO, EL_E_NOMEM. *out on EL_OK only.
 */
EL_NODISCARD el_status el_meter_open(const char *spec, el_meter **out,
                                     el_error *err);
void el_meter_close(el_meter *meter); /* NULL is fine */

const el_meter_kind *el_meter_kind_of(const el_meter *meter);
size_t el_meter_count(const el_meter *meter);
EL_NODISCARD el_status el_meter_describe(el_meter *meter, size_t i,
                                         el_meter_device *out, el_error *err);
EL_NODISCARD el_status el_meter_refresh(el_meter *meter, el_error *err);
/* With time_s. EL_E_DEVICE also where a reading has neither energy nor power.
 */
EL_NODISCARD el_status el_meter_read(el_meter *meter, size_t i, bool all,
                                     el_reading *out, el_error *err);
bool el_meter_users(el_meter *meter, size_t i, size_t *n);

/*
 * Which devices: each name is an index, an id or the beginning of an id.
 * n_name = 0: all of them, or for NVML what CUDA_VISIBLE_DEVICES leaves.
 * A partitioned board that was not named itself is refused (EL_E_DEVICE):
 * its power cannot be attributed to one partition. EL_E_ARG: no such device.
 * index has room for el_meter_count(); *n is written on EL_OK.
 */
EL_NODISCARD el_status el_meter_pick(el_meter *meter, const char *const *name,
                                     size_t n_name, size_t *index, size_t *n,
                                     el_error *err);

#endif
