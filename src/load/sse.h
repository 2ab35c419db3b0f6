/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-sent events out of a stream of bytes. Layer: load.
 *
 * As WHATWG HTML, section 9.2.6, has it: lines end in LF, CR LF or CR; a blank
 * line ends an event; several data lines are joined by LF; comments and the
 * fields event, id and retry are passed over; a byte order mark at the start is
 * too; an event without data, or cut off at the end, never happened. How the
 * bytes were cut into pieces makes no difference.
 */
#ifndef EL_LOAD_SSE_H
#define EL_LOAD_SSE_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/text.h"

#define EL_SSE_MAX_BYTES (1u << 20) /* of a line, and of an event's data */

/* data[len] is NUL; both are the parser's until the call returns. false: stop.
 */
typedef bool (*el_sse_fn)(const char *data, size_t len, void *ctx);

typedef struct el_sse {
    el_buf line;  /* the part that has come */
    el_buf data;  /* of the event; each line with its LF */
    bool begun;   /* past the byte order mark */
    bool skip_lf; /* the last line ended in CR */
} el_sse;         /* {0} is a stream that begins */

/* EL_E_DATA: more than EL_SSE_MAX_BYTES; EL_E_CANCELLED: fn said so;
   EL_E_NOMEM. After any of them only reset and clear may follow. */
EL_NODISCARD el_status el_sse_feed(el_sse *sse, const char *bytes, size_t n,
                                   el_sse_fn fn, void *ctx);
void el_sse_reset(el_sse *sse); /* another stream; keeps its room */
void el_sse_clear(el_sse *sse);

#endif
