/* SPDX-License-Identifier: Apache-2.0 */
/* Connections are spread over the workers. */
#include "el_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "web/server.h"

#define WORKERS 3u
#define LATEST  20 /* s: only a test that fails waits so long */

/* Where requests wait until as many are there as there are workers. */
typedef struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    unsigned here;
} meeting;

static void meet(void *ctx, const el_web_request *request, el_web_reply *reply)
{
    meeting *m = ctx;
    struct timespec end;
    int late = 0;

    (void)request;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += LATEST;
    pthread_mutex_lock(&m->lock);
    if (++m->here == WORKERS)
        pthread_cond_broadcast(&m->all_here);
    while (m->here < WORKERS && late == 0)
        late = pthread_cond_timedwait(&m->all_here, &m->lock, &end);
    pthread_mutex_unlock(&m->lock);
    el_buf_add(&reply->body, late ? "alone" : "together");
}

static int ask(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int c = socket(AF_INET, SOCK_STREAM, 0);
    char text[80];
    int n = snprintf(text, sizeof text,
                     "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", port);

    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &at.sin_addr), 1);
    assert_int_equal(connect(c, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(write(c, text, (size_t)n), n);
    return c;
}

static void test_spread(void **state)
{
    const el_web_options options = {
        .address = "127.0.0.1", .max_body = 100, .threads = WORKERS};
    meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    int c[WORKERS];
    el_web *web;

    (void)state;
    if (el_web_start(&options, meet, &m, &web, NULL) != EL_OK)
        skip(); /* no libmicrohttpd */
    for (size_t i = 0; i < WORKERS; i++)
        c[i] = ask(el_web_port(web));
    for (size_t i = 0; i < WORKERS; i++) {
        char text[2000] = "";
        size_t n = 0;
        ssize_t more;

        while (!strstr(text, "alone") && !strstr(text, "together") &&
               (more = read(c[i], text + n, sizeof text - 1 - n)) > 0)
            n += (size_t)more;
        assert_non_null(strstr(text, "together"));
        close(c[i]);
    }
    el_web_stop(web);
    assert_int_equal(el_mem_live(), 0);
}

static void test_refused(void **state)
{
    const el_web_options nowhere = {.address = "nowhere", .threads = 1};
    el_web *web = NULL;

    (void)state;
    assert_int_not_equal(el_web_start(&nowhere, meet, NULL, &web, NULL), EL_OK);
    assert_null(web);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
