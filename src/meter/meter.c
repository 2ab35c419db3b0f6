/* SPDX-License-Identifier: Apache-2.0 */
#include "meter/meter.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

struct el_meter {
    const el_meter_kind *kind;
    void *self;
};

const el_meter_kind *const el_meter_kinds[] = {
    &el_meter_nvml, &el_meter_rocm,   &el_meter_xpu, &el_meter_rapl,
    &el_meter_dcgm, &el_meter_replay, NULL};

/* Does spec name this kind? The rest after ':' goes to *argument. */
static bool names(const char *spec, const el_meter_kind *kind,
                  const char **argument)
{
    size_t len = strlen(kind->name);

    if (strncmp(spec, kind->name, len) != 0)
        return false;
    *argument = spec[len] == ':' ? spec + len + 1 : NULL;
    return spec[len] == ':' || spec[len] == '\0';
}

static el_status open_kind(const el_meter_kind *kind, const char *argument,
                           el_meter **out, el_error *err)
{
    el_meter *m;
    el_status st;

    if (kind->argument && (!argument || !*argument))
        return el_fail(err, EL_E_ARG, "--meter %s: needs a %s: %s:%s",
                       kind->name, kind->argument, kind->name, kind->argument);
    if (!kind->argument && argument)
        return el_fail(err, EL_E_ARG, "--meter %s takes no argument",
                       kind->name);
    m = el_array(1, sizeof *m);
    if (!m)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", kind->name);
    m->kind = kind;
    st = kind->open(argument, &m->self, err);
    if (st == EL_OK && kind->count(m->self) == 0)
        st = el_fail(err, EL_E_DEVICE, "%s: no device", kind->name);
    if (st == EL_OK)
        *out = m;
    else
        el_meter_close(m);
    return st;
}

/* "nvml: ...; rapl: ..." must fit into one message. */
static el_status open_auto(el_meter **out, el_error *err)
{
    char why[sizeof err->message] = "";
    el_error one;

    for (size_t i = 0; el_meter_kinds[i]; i++) {
        el_status st;
        size_t len = strlen(why);

        if (!el_meter_kinds[i]->automatic)
            continue;
        st = open_kind(el_meter_kinds[i], NULL, out, &one);
        if (st == EL_OK || st == EL_E_NOMEM) {
            if (st != EL_OK && err)
                *err = one;
            return st;
        }
        el_str_copy(why + len, sizeof why - len, len ? "; " : "");
        len = strlen(why);
        el_str_copy(why + len, sizeof why - len > 110 ? 110 : sizeof why - len,
                    one.message);
    }
    return el_fail(err, EL_E_DEVICE, "no meter here: %s", why);
}

el_status el_meter_open(const char *spec, el_meter **out, el_error *err)
{
    const char *argument;

    if (strcmp(spec, "auto") == 0)
        return open_auto(out, err);
    for (size_t i = 0; el_meter_kinds[i]; i++)
        if (names(spec, el_meter_kinds[i], &argument))
            return open_kind(el_meter_kinds[i], argument, out, err);
    return el_fail(err, EL_E_ARG,
                   "--meter: unknown \"%.80s\"; there are auto, nvml, rocm, "
                   "xpu, rapl, dcgm:URL, replay:FILE",
                   spec);
}

void el_meter_close(el_meter *meter)
{
    if (!meter)
        return;
    if (meter->self)
        meter->kind->close(meter->self);
    el_free(meter);
}

const el_meter_kind *el_meter_kind_of(const el_meter *meter)
{
    return meter->kind;
}

size_t el_meter_count(const el_meter *meter)
{
    return meter->kind->count(meter->self);
}

el_status el_meter_describe(el_meter *meter, size_t i, el_meter_device *out,
                            el_error *err)
{
    el_meter_device d = {.tick_s = NAN};
    el_status st = meter->kind->describe(meter->self, i, &d, err);

    if (st == EL_OK && !(d.can & (EL_HAVE_ENERGY | EL_HAVE_POWER)))
        return el_fail(err, EL_E_DEVICE,
                       "%s: device %zu (%s): gives neither energy nor power",
                       meter->kind->name, i, d.name);
    if (st == EL_OK)
        *out = d;
    return st;
}

el_status el_meter_refresh(el_meter *meter, el_error *err)
{
    return meter->kind->refresh ? meter->kind->refresh(meter->self, err)
                                : EL_OK;
}

el_status el_meter_read(el_meter *meter, size_t i, bool all, el_reading *out,
                        el_error *err)
{
    el_reading s = {0};
    double before = el_clock_s();
    el_status st = meter->kind->read(meter->self, i, all, &s, err);

    if (st != EL_OK)
        return st;
    if (!(s.have & (EL_HAVE_ENERGY | EL_HAVE_POWER)))
        return el_fail(err, EL_E_IO, "%s: device %zu: no energy and no power",
                       meter->kind->name, i);
    s.time_s = before + (el_clock_s() - before) / 2;
    *out = s;
    return EL_OK;
}

bool el_meter_users(el_meter *meter, size_t i, size_t *n)
{
    return meter->kind->users && meter->kind->users(meter->self, i, n);
}
