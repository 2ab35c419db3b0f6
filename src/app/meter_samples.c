/* SPDX-License-Identifier: Apache-2.0 */
#include "app/meter_samples.h"

#include <math.h>
#include <string.h>

#include "io/file.h"

static void value(el_buf *out, const el_reading *s, uint32_t bit, double v)
{
    el_buf_add(out, ",");
    if (s->have & bit)
        el_buf_printf(out, "%.17g", v);
}

/* An id or a name that could break the line is written without what would. */
static void word(el_buf *out, const char *text)
{
    for (; *text; text++)
        if (!strchr(",\"\r\n", *text))
            el_buf_add_n(out, text, 1);
}

static void row(el_buf *out, const el_metered_device *d, const el_reading *s,
                double zero_s)
{
    el_buf_printf(out, "%.9f,", fmax(s->time_s - zero_s, 0));
    if (d->about.id[0])
        word(out, d->about.id);
    else
        el_buf_printf(out, "%zu", d->index);
    value(out, s, EL_HAVE_POWER, s->power_w);
    value(out, s, EL_HAVE_ENERGY, s->energy_j);
    value(out, s, EL_HAVE_TEMP, s->temp_c);
    value(out, s, EL_HAVE_SM_CLOCK, s->sm_clock_hz);
    value(out, s, EL_HAVE_MEM_CLOCK, s->mem_clock_hz);
    value(out, s, EL_HAVE_THROTTLE, s->throttle);
    el_buf_add(out, ",");
    word(out, d->about.name);
    el_buf_add(out, "\n");
}

el_status el_meter_samples_write(const char *path, const el_sampler *sampler,
                                 const el_metered *m, double zero_s,
                                 el_error *err)
{
    el_buf text = {0};
    el_status st;

    el_buf_add(&text, "time_s,device,power_w,energy_j,temp_c,sm_clock_hz,"
                      "mem_clock_hz,throttle,name\n");
    for (size_t i = 0; i < m->n; i++) {
        el_sampled s;

        el_sampler_result(sampler, i, &s);
        for (size_t k = 0; k < s.trace->n; k++)
            row(&text, &m->device[i], &s.trace->v[k], zero_s);
    }
    st = el_buf_ok(&text)
             ? el_file_write(path, el_buf_text(&text), text.len, err)
             : el_fail(err, EL_E_NOMEM, "%.200s: out of memory", path);
    el_buf_clear(&text);
    return st;
}
