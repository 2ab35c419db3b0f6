/* SPDX-License-Identifier: Apache-2.0 */
/* How each axis of a setup is taken as typed. */
#include "app/setup_wish.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "io/csv.h"

static el_status take_gpu(el_setup_wish *w, const char *text, el_error *err)
{
    (void)err;
    w->w.gpu = text;
    return EL_OK;
}

static el_status take_precision(el_setup_wish *w, const char *text,
                                el_error *err)
{
    (void)err;
    w->w.precision = text;
    return EL_OK;
}

static el_status take_kv(el_setup_wish *w, const char *text, el_error *err)
{
    (void)err;
    w->w.kv = el_str_eq_nocase(text, "auto") ? NULL : text;
    w->analytic_only = w->analytic_only || w->w.kv;
    return EL_OK;
}

static el_status take_engine(el_setup_wish *w, const char *text, el_error *err)
{
    (void)err;
    w->w.engine = text;
    return EL_OK;
}

static el_status take_clock(el_setup_wish *w, const char *text, el_error *err)
{
    double mhz;

    if (el_str_eq_nocase(text, "auto"))
        return EL_OK;
    if (!el_parse_double(text, strlen(text), &mhz) || !(mhz > 0.0))
        return el_fail(err, EL_E_ARG,
                       "--gpu-clock: not MHz above 0, nor auto: \"%.40s\"",
                       text);
    w->w.clock_hz = mhz * 1e6;
    w->analytic_only = true;
    return EL_OK;
}

static el_status take_power(el_setup_wish *w, const char *text, el_error *err)
{
    double watts;

    if (el_str_eq_nocase(text, "auto"))
        return EL_OK;
    if (!el_parse_double(text, strlen(text), &watts) || !(watts > 0.0))
        return el_fail(err, EL_E_ARG,
                       "--gpu-power: not watts above 0, nor auto: \"%.40s\"",
                       text);
    w->w.cap_w = watts;
    w->analytic_only = true;
    return EL_OK;
}

/* "0", or stages x SMs: "4x16" */
static el_status take_overlap(el_setup_wish *w, const char *text, el_error *err)
{
    const char *x = strchr(text, 'x');
    double stages = 0.0, sm = 0.0;
    bool ok;

    if (strcmp(text, "0") == 0)
        return EL_OK;
    ok = x && el_parse_double(text, (size_t)(x - text), &stages) &&
         el_parse_double(x + 1, strlen(x + 1), &sm) && stages >= 2.0 &&
         stages <= 64.0 && stages == floor(stages) && sm >= 1.0 && sm <= 64.0 &&
         sm == floor(sm);
    if (!ok)
        return el_fail(err, EL_E_ARG,
                       "--overlap: not 0, nor stages x SMs like 4x16 (2 to 64 "
                       "stages, 1 to 64 SMs): \"%.40s\"",
                       text);
    w->w.overlap_stages = stages;
    w->w.overlap_sm = sm;
    w->analytic_only = true;
    return EL_OK;
}

static el_status take_fusion(el_setup_wish *w, const char *text, el_error *err)
{
    if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
        return el_fail(err, EL_E_ARG, "--fusion: not on or off: \"%.40s\"",
                       text);
    w->w.unfused = strcmp(text, "off") == 0;
    w->analytic_only = w->analytic_only || w->w.unfused;
    return EL_OK;
}

static el_status (*const take[EL_N_SETUP_AXES])(el_setup_wish *, const char *,
                                                el_error *) = {
    [EL_SETUP_GPU] = take_gpu,         [EL_SETUP_PRECISION] = take_precision,
    [EL_SETUP_KV_CACHE] = take_kv,     [EL_SETUP_ENGINE] = take_engine,
    [EL_SETUP_CLOCK] = take_clock,     [EL_SETUP_POWER] = take_power,
    [EL_SETUP_OVERLAP] = take_overlap, [EL_SETUP_FUSION] = take_fusion,
};

el_status el_setup_take(el_setup_wish *wish, el_setup_axis axis,
                        const char *text, el_error *err)
{
    return take[axis](wish, text, err);
}
