/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvidia-smi -q -x: one reading of every GPU. power_readings was renamed
 * gpu_power_readings, whose draw may be split into average and instant.
 */
#include <math.h>
#include <string.h>

#include "io/import_part.h"

static int detect(const el_import_file *file)
{
    return !file->docs && strstr(file->text, "<nvidia_smi_log>") ? 90 : 0;
}

/* First of the text between <tag> and </tag> in [from, to). */
static el_slice inside(const char *from, const char *to, const char *tag)
{
    size_t n = strlen(tag);

    for (const char *p = from; p && p + n + 2 < to; p++) {
        const char *end;

        p = memchr(p, '<', (size_t)(to - p));
        if (!p || p + n + 2 >= to)
            break;
        if (memcmp(p + 1, tag, n) != 0 || p[n + 1] != '>')
            continue;
        p += n + 2;
        end = memchr(p, '<', (size_t)(to - p));
        return (el_slice){p, end ? (size_t)(end - p) : 0};
    }
    return (el_slice){"", 0};
}

static double power_of(el_import *out, const char *from, const char *to)
{
    static const char *const tags[] = {"power_draw", "instant_power_draw",
                                       "average_power_draw"};

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        double w = el_cell_value(inside(from, to, tags[i]), "W");

        if (el_is_known(w)) {
            el_import_used(out, tags[i]);
            return w;
        }
    }
    return EL_UNKNOWN;
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    const char *to;

    (void)err;
    for (const char *p = strstr(file->text, "<gpu id="); p;
         p = strstr(to, "<gpu id=")) {
        to = strstr(p, "</gpu>");
        if (!to) { /* breaks off inside */
            out->n_skipped++;
            break;
        }
        out->gpu_name = el_import_text(out, inside(p, to, "product_name"));
        el_import_add_sample(out, EL_UNKNOWN, inside(p, to, "uuid"),
                             power_of(out, p, to), EL_UNKNOWN);
    }
    el_import_used(out, "product_name");
    el_import_used(out, "uuid");
    el_import_say(out, "one reading of each GPU: no energy, nothing to join");
    return EL_OK;
}

const el_importer el_importer_nvidia_xml = {.name = "nvidia-smi-xml",
                                            .title = "nvidia-smi -q -x",
                                            .is_power = true,
                                            .detect = detect,
                                            .read = read};
