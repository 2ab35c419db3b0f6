/* SPDX-License-Identifier: Apache-2.0 */
/* --images and --image-px. Layer: cli. */
#ifndef EL_CLI_IMAGES_H
#define EL_CLI_IMAGES_H
#include <stdint.h>

#include "cli/opt.h"
#include "energylens/error.h"
#include "energylens/images.h"

#define EL_MAX_IMAGES 4096

typedef struct el_images_args {
    uint64_t n;
    const char *px; /* "WIDTHxHEIGHT" */
} el_images_args;

/* Rows for an option table; `type` has a member `images` of the above. */
#define EL_IMAGES_OPTIONS(type, where)                                         \
    {.name = "images",                                                         \
     .kind = EL_OPT_UINT,                                                      \
     EL_OPT_AT(type, images.n),                                                \
     .def = "0",                                                               \
     .min = 0,                                                                 \
     .max = EL_MAX_IMAGES,                                                     \
     .group = (where),                                                         \
     .help = "Images in a prompt; their tokens are part of --isl. The "        \
             "analytic model alone looks at them."},                           \
    {                                                                          \
        .name = "image-px", .kind = EL_OPT_STRING, EL_OPT_AT(type, images.px), \
        .def = "1024x1024", .meta = "WxH", .group = (where),                   \
        .help = "Pixels of an image, width x height."                          \
    }

/* EL_E_ARG: px is not two whole numbers from 1 to 65536 around an x. */
EL_NODISCARD el_status el_images_of(const el_images_args *args, el_images *out,
                                    el_error *err);

#endif
