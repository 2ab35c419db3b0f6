/* SPDX-License-Identifier: Apache-2.0 */
#include "web/accept.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

el_status el_listen(const char *address, uint16_t port, int *out,
                    uint16_t *bound, el_error *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof at;
    const int yes = 1;
    int fd = -1;

    if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
        return el_fail(err, EL_E_ARG, "not an IPv4 address: %.60s", address);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 ||
        listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return el_fail(err, EL_E_DEVICE, "cannot listen on %s:%u", address,
                       (unsigned)port);
    }
    *bound = ntohs(at.sin_port);
    *out = fd;
    return EL_OK;
}

static void *accept_all(void *ctx)
{
    const struct timespec moment = {.tv_nsec = 10000000L};
    el_acceptor *a = ctx;

    for (;;) {
        struct sockaddr_storage from;
        socklen_t len = sizeof from;
        int c = accept(a->fd, (struct sockaddr *)&from, &len);

        if (c >= 0)
            a->take(a->ctx, c, (const struct sockaddr *)&from, len);
        else if (errno == EINVAL) /* el_accept_stop has shut it down */
            return NULL;
        else if (errno != EINTR && errno != ECONNABORTED)
            (void)nanosleep(&moment, NULL); /* until descriptors are free */
    }
}

el_status el_accept_start(el_acceptor *acceptor, int fd, el_accept_fn take,
                          void *ctx, el_error *err)
{
    *acceptor = (el_acceptor){.fd = fd, .take = take, .ctx = ctx};
    if (pthread_create(&acceptor->thread, NULL, accept_all, acceptor) == 0)
        return EL_OK;
    (void)close(fd);
    return el_fail(err, EL_E_NOMEM, "serve: no thread");
}

void el_accept_stop(el_acceptor *acceptor)
{
    (void)shutdown(acceptor->fd, SHUT_RDWR); /* ends accept() */
    (void)pthread_join(acceptor->thread, NULL);
    (void)close(acceptor->fd);
}
