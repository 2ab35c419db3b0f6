/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "load/quiet.h"

static bool is_pending(void)
{
    sigset_t set;

    assert_int_equal(sigpending(&set), 0);
    return sigismember(&set, SIGPIPE) == 1;
}

/* Writing where nobody reads would end this program. */
static void test_survives(void **state)
{
    sigset_t before, after;
    el_quiet quiet;
    int fd[2];
    (void)state;

    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
    assert_int_equal(pipe(fd), 0);
    (void)close(fd[0]);
    el_quiet_begin(&quiet);
    assert_int_equal(write(fd[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    assert_true(is_pending());
    el_quiet_end(&quiet);
    assert_false(is_pending());
    (void)close(fd[1]);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    assert_int_equal(sigismember(&after, SIGPIPE),
                     sigismember(&before, SIGPIPE));
}

/* One that somebody else waits for is not taken away. */
static void test_leaves_others(void **state)
{
    sigset_t pipe_set, before;
    el_quiet quiet;
    int taken;
    (void)state;

    (void)sigemptyset(&pipe_set);
    (void)sigaddset(&pipe_set, SIGPIPE);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &pipe_set, &before), 0);
    assert_int_equal(raise(SIGPIPE), 0);
    el_quiet_begin(&quiet);
    el_quiet_end(&quiet);
    assert_true(is_pending());
    assert_int_equal(sigwait(&pipe_set, &taken), 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_survives),
        cmocka_unit_test(test_leaves_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
