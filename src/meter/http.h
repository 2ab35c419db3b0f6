/* SPDX-License-Identifier: Apache-2.0 */
/* One page over HTTP, by libcurl.so.4 at run time. Layer: meter. */
#ifndef EL_METER_HTTP_H
#define EL_METER_HTTP_H
#include "base/str.h"

#define EL_HTTP_MAX_BYTES (16u << 20)
#define EL_HTTP_TIMEOUT_S 5L

typedef struct el_http el_http;

/* http:// and https:// only, certificates are verified, no redirects, no
 * proxy. EL_E_DEVICE: no libcurl ($EL_CURL_PATH); EL_E_NOMEM. */
EL_NODISCARD el_status el_http_open(const char *url, el_http **out,
                                    el_error *err);
/* The page replaces *page. EL_E_IO "URL: why". */
EL_NODISCARD el_status el_http_get(el_http *http, el_buf *page, el_error *err);
void el_http_close(el_http *http); /* NULL is fine */

#endif
