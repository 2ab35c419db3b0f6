/* SPDX-License-Identifier: Apache-2.0 */
#include "web/microhttpd.h"

#include "base/library.h"

el_status el_mhd_open(el_mhd *out, el_error *err)
{
    const el_symbol wanted[] = {
#define X(name) {"MHD_" #name, NULL, &out->name, 0}
        X(start_daemon),
        X(stop_daemon),
        X(add_connection),
        X(lookup_connection_value),
        X(create_response_from_buffer),
        X(add_response_header),
        X(queue_response),
        X(destroy_response),
#undef X
    };

    return el_library_open("EL_MICROHTTPD_PATH", "libmicrohttpd.so.12", wanted,
                           sizeof wanted / sizeof *wanted, err);
}
