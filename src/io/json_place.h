/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of a JSON object that says where it stands: readers of files of ours
 * refuse with "fit.json: result.fits[3].facts.arch: missing". Layer: io.
 */
#ifndef EL_IO_JSON_PLACE_H
#define EL_IO_JSON_PLACE_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"

#define EL_PLACE_SIZE 256u
#define EL_MAX_COUNT  9007199254740992.0 /* 2^53 */

typedef struct el_place {
    const json_t *object;
    char where[EL_PLACE_SIZE];
    el_error *err;
} el_place;

/* All EL_E_DATA where the member is missing or not what it should be; *out is
 * written only on EL_OK, but for enter and array. */

/* EL_E_DATA "where.key: what" */
el_status el_place_bad(const el_place *p, const char *key, const char *what);
/* No key but these, NULL at the end. */
EL_NODISCARD el_status el_place_only(const el_place *p,
                                     const char *const *keys);
/* The value below key as a place of its own. */
EL_NODISCARD el_status el_place_enter(const el_place *p, const char *key,
                                      el_place *out);
EL_NODISCARD el_status el_place_array(const el_place *p, const char *key,
                                      el_place *out);
el_place el_place_element(const el_place *list, size_t i);

/* A number that may be null: then NaN. */
EL_NODISCARD el_status el_place_known(const el_place *p, const char *key,
                                      double *out);
EL_NODISCARD el_status el_place_number(const el_place *p, const char *key,
                                       double lo, double hi, double *out);
EL_NODISCARD el_status el_place_count(const el_place *p, const char *key,
                                      size_t *out);
EL_NODISCARD el_status el_place_bool(const el_place *p, const char *key,
                                     bool *out);
/* Shorter than cap bytes. */
EL_NODISCARD el_status el_place_text(const el_place *p, const char *key,
                                     char *out, size_t cap);
/* Which of n names the text below key is. */
EL_NODISCARD el_status el_place_choice(const el_place *p, const char *key,
                                       const char *(*name)(size_t), size_t n,
                                       size_t *out);

#endif
