/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/images.h"

#include <string.h>

#include "io/csv.h"

#define MAX_PX 65536.0

static bool side(const char *text, size_t len, double *out)
{
    return len > 0 && strspn(text, "0123456789") >= len &&
           el_parse_double(text, len, out) && *out >= 1.0 && *out <= MAX_PX;
}

el_status el_images_of(const el_images_args *args, el_images *out,
                       el_error *err)
{
    el_images im = {.n = (double)args->n};
    const char *x = strchr(args->px, 'x');

    if (!x || !side(args->px, (size_t)(x - args->px), &im.width_px) ||
        !side(x + 1, strlen(x + 1), &im.height_px))
        return el_fail(err, EL_E_ARG,
                       "--image-px: \"%.40s\" is not WIDTHxHEIGHT in pixels, 1 "
                       "to %g each",
                       args->px, MAX_PX);
    *out = im;
    return EL_OK;
}
