/* SPDX-License-Identifier: Apache-2.0 */
/* From a request's JSON to the words of a verb. Layer: cli. */
#ifndef EL_CLI_SERVE_WORDS_H
#define EL_CLI_SERVE_WORDS_H
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "energylens/error.h"

#define EL_SERVE_MAX_WORDS 64u

/* Path of a file that requests may name; NULL: none of that name. */
typedef const char *(*el_serve_find)(void *ctx, const char *name);

typedef struct el_serve_words {
    size_t n;
    const char *word[EL_SERVE_MAX_WORDS]; /* into text */
    el_buf text;                          /* words, NUL between them */
} el_serve_words;

/* Verbs that requests may name; NULL-terminated. */
extern const char *const el_serve_verbs[];

/*
 * {"model": "llama-3.1-8b", "gpu": ["h100"], "isl": 1000, "disaggregate": true}
 * as optimize --model=llama-3.1-8b --gpu=h100 --isl=1000 --disaggregate --json.
 * Options are those of a list: none writes a file or reads one that was not
 * handed over; files stand as names that `find` knows. Arrays are joined by
 * commas, null and false are left out.
 *
 * EL_E_ARG: no such verb or option, a value of another type, a path where a
 * name is wanted; EL_E_DATA: no JSON object; EL_E_NOMEM.
 */
EL_NODISCARD el_status el_serve_words_make(const char *verb, const char *body,
                                           size_t len, el_serve_find find,
                                           void *ctx, el_serve_words *out,
                                           el_error *err);
void el_serve_words_clear(el_serve_words *words);

#endif
