/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON of one event of a streamed answer. Layer: load. */
#ifndef EL_LOAD_CHUNK_H
#define EL_LOAD_CHUNK_H
#include <stdbool.h>
#include <stddef.h>

#include "load/scan.h"

typedef struct el_chunk {
    bool done;       /* [DONE] */
    bool has_tokens; /* carries at least one */
    bool has_error;  /* {"error": ...} in the place of an answer */
    bool has_usage;
    el_slice message; /* of the error, as written; may be empty */
    double prompt_tokens, completion_tokens, cached_tokens; /* NaN: untold */
} el_chunk;

/*
 * An event carries tokens where choices[0] has text (delta.content,
 * delta.reasoning_content or delta.reasoning of a chat), be it empty: a token
 * may print as nothing, or wait for the rest of a character. Not so the event
 * that only names the role, nor an empty one with a finish_reason.
 * false: not one JSON object. A duplicate member's last value counts.
 */
bool el_chunk_read(const char *text, size_t len, el_chunk *out);

/* "message" of an error body: {"error": {...}}, {"error": "..."},
   {"message": "..."}, {"detail": "..."}; empty where there is none. */
el_slice el_chunk_message(const char *text, size_t len);

/* usage.prompt_tokens of an answer that is not streamed; NaN. */
double el_chunk_prompt_tokens(const char *text, size_t len);

#endif
