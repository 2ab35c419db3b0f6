/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the load client share. Layer: load. */
#ifndef EL_LOAD_CLIENT_H
#define EL_LOAD_CLIENT_H
#include "base/rng.h"
#include "base/str.h"
#include "load/curl.h"
#include "load/load.h"

#define EL_LOAD_MAX_WORDS 48u

/* A text of n of these words has words_base + n tokens. */
typedef struct el_words {
    const char *word[EL_LOAD_MAX_WORDS];
    size_t n;
    size_t base; /* begin of text, a chat's template */
} el_words;

typedef struct el_load_stream el_load_stream;

struct el_load {
    el_curl curl;
    CURLM *multi;
    el_load_target target; /* its pointers lead into `strings` */
    el_strings strings;
    const char *url;  /* without /v1 and / at the end */
    char host[256];   /* of it, IPv6 in brackets */
    const char *path; /* "/v1/completions" */
    const char *owner;
    el_buf key_line; /* "Authorization: Bearer ..."; wiped at the end */
    struct curl_slist *header; /* nodes of its own, n_header of them */
    struct curl_slist address; /* "host:port:ip"; data NULL: not needed */
    char address_text[400];
    el_words words;
    size_t n_run;
    double stamp_s;          /* when what is read now was there to be read */
    el_load_stream **stream; /* those of all runs; reused */
    size_t n_stream, cap_stream;
};

/* target.c */
EL_NODISCARD el_status el_client_check(const el_load_target *target,
                                       el_error *err);
EL_NODISCARD el_status el_client_copy(el_load *load,
                                      const el_load_target *target,
                                      el_error *err);

/* work.c */
EL_NODISCARD el_status el_client_check_work(const el_load_work *work,
                                            el_error *err);

/* Options that every handle has. */
EL_NODISCARD el_status el_client_prepare(el_load *load, CURL *easy,
                                         el_error *err);

/* page.c: an answer in one piece; body NULL: GET. EL_E_DEVICE "URL: why",
   where the server refuses too. */
EL_NODISCARD el_status el_client_ask(el_load *load, const char *path,
                                     const char *body, const el_task *task,
                                     el_buf *page, el_error *err);

/* words.c: fills load->words. */
EL_NODISCARD el_status el_client_find_words(el_load *load, const el_task *task,
                                            el_error *err);

/* body.c: of request `index`; `stream` asks for a stream of exact length. */
EL_NODISCARD el_status el_client_body(const el_load *load, el_load_shape shape,
                                      uint64_t seed, size_t index, el_buf *out,
                                      el_error *err);
/* A probe of one token: `prompt` is the text. */
EL_NODISCARD el_status el_client_probe(const el_load *load, const char *prompt,
                                       el_buf *out);

/* `text` as written in JSON, for a person: one line, no key, len < cap. */
void el_client_clean(const el_load *load, const char *text, size_t len,
                     char *out, size_t cap);

#endif
