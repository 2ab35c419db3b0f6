/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl.so.4, found at run time; nothing is linked. Layer: load. */
#ifndef EL_LOAD_CURL_H
#define EL_LOAD_CURL_H
#include <curl/curl.h>

#include "energylens/error.h"

typedef struct el_curl {
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*easy_perform)(CURL *);
    void (*easy_cleanup)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_setopt)(CURLM *, CURLMoption, ...);
    CURLMcode (*multi_add)(CURLM *, CURL *);
    CURLMcode (*multi_remove)(CURLM *, CURL *);
    CURLMcode (*multi_action)(CURLM *, curl_socket_t, int, int *);
    CURLMsg *(*multi_info)(CURLM *, int *);
    CURLMcode (*multi_cleanup)(CURLM *);
} el_curl;

/* EL_E_DEVICE: no such library ($EL_CURL_PATH). */
EL_NODISCARD el_status el_curl_load(el_curl *curl, el_error *err);

#endif
