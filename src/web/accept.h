/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening socket, whose connections go to the workers in turn. Layer: web.
 *
 * Workers that share a listening socket take what they find when they wake: one
 * of them got all the connections of a browser, and the other cores nothing.
 */
#ifndef EL_WEB_ACCEPT_H
#define EL_WEB_ACCEPT_H
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

#include "energylens/error.h"

/* A socket that listens, and its port: known before any request comes. EL_E_ARG
 * (not an IPv4 address), EL_E_DEVICE. */
EL_NODISCARD el_status el_listen(const char *address, uint16_t port, int *out,
                                 uint16_t *bound, el_error *err);

/* Takes over the connection. */
typedef void (*el_accept_fn)(void *ctx, int connection,
                             const struct sockaddr *from, socklen_t len);

typedef struct el_acceptor {
    int fd; /* listens */
    el_accept_fn take;
    void *ctx;
    pthread_t thread;
} el_acceptor;

/* acceptor must stay in place; fd is closed at the end, also on failure.
 * EL_E_NOMEM: no thread. */
EL_NODISCARD el_status el_accept_start(el_acceptor *acceptor, int fd,
                                       el_accept_fn take, void *ctx,
                                       el_error *err);
void el_accept_stop(el_acceptor *acceptor);

#endif
