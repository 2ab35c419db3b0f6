/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd, found at run time: it and the TLS library that it brings would
 * slow down the start of every verb. Layer: web. */
#ifndef EL_WEB_MICROHTTPD_H
#define EL_WEB_MICROHTTPD_H
#include <microhttpd.h>

#include "energylens/error.h"

/* Its functions by their names without MHD_, as documented there. */
typedef struct el_mhd {
    __typeof__(MHD_start_daemon) *start_daemon;
    __typeof__(MHD_stop_daemon) *stop_daemon;
    __typeof__(MHD_add_connection) *add_connection;
    __typeof__(MHD_lookup_connection_value) *lookup_connection_value;
    __typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
    __typeof__(MHD_add_response_header) *add_response_header;
    __typeof__(MHD_queue_response) *queue_response;
    __typeof__(MHD_destroy_response) *destroy_response;
} el_mhd;

/* EL_E_DEVICE: not installed, too old. */
EL_NODISCARD el_status el_mhd_open(el_mhd *out, el_error *err);

#endif
