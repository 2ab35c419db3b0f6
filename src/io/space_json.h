/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spaces of runs: schema energylens.space, version 1. Layer: io.
 *
 *   {"schema": "energylens.space", "version": 1,
 *    "tp": [1, 2, 4], "batch_size": [1, 8, 64],
 *    "input_tokens": [128, 1024], "output_tokens": [128],
 *    "pp": [1], "ep": [1], "dp": [1],       left out: [1]
 *    "dtype": ["bfloat16"],                 left out: the caller's
 *    "constraints": {"max_gpus": 4, "batch_in_cache": true}}
 */
#ifndef EL_IO_SPACE_JSON_H
#define EL_IO_SPACE_JSON_H
#include <jansson.h>

#include "energylens/design.h"

#define EL_SPACE_SCHEMA  "energylens.space"
#define EL_SPACE_VERSION 1

/*
 * Read a space ("-": stdin). Without dtypes n_dtype = 0. EL_E_DATA "s.json:
 * tp[2]: must be a whole number from 1 to 65536, is 0": also unknown keys,
 * a value twice, needed axes that are missing; EL_E_VERSION, EL_E_IO,
 * EL_E_NOMEM. *out is written only on EL_OK.
 */
EL_NODISCARD el_status el_space_load(const char *path, el_space *out,
                                     el_error *err);
/* The same from a document; name stands in messages. */
EL_NODISCARD el_status el_space_read(const json_t *doc, const char *name,
                                     el_space *out, el_error *err);

#endif
