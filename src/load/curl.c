/* SPDX-License-Identifier: Apache-2.0 */
#include "load/curl.h"

#include "base/library.h"

el_status el_curl_load(el_curl *c, el_error *err)
{
    const el_symbol wanted[] = {
        {"curl_easy_init", NULL, &c->easy_init, 0},
        {"curl_easy_setopt", NULL, &c->easy_setopt, 0},
        {"curl_easy_getinfo", NULL, &c->easy_getinfo, 0},
        {"curl_easy_perform", NULL, &c->easy_perform, 0},
        {"curl_easy_cleanup", NULL, &c->easy_cleanup, 0},
        {"curl_easy_strerror", NULL, &c->easy_strerror, 0},
        {"curl_multi_init", NULL, &c->multi_init, 0},
        {"curl_multi_setopt", NULL, &c->multi_setopt, 0},
        {"curl_multi_add_handle", NULL, &c->multi_add, 0},
        {"curl_multi_remove_handle", NULL, &c->multi_remove, 0},
        {"curl_multi_socket_action", NULL, &c->multi_action, 0},
        {"curl_multi_info_read", NULL, &c->multi_info, 0},
        {"curl_multi_cleanup", NULL, &c->multi_cleanup, 0},
    };

    return el_library_open("EL_CURL_PATH", "libcurl.so.4", wanted,
                           sizeof wanted / sizeof *wanted, err);
}
