/* SPDX-License-Identifier: Apache-2.0 */
#include "app/law_checkpoint.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/file.h"

#define MAX_STATE ((size_t)1 << 30)

static void write_state(el_law_checkpoint *c)
{
    el_error err = {0};

    if (el_file_write(c->path, c->state, c->n_byte, &err) != EL_OK &&
        c->err.status == EL_OK)
        c->err = err;
    c->pending = false;
    c->written_s = el_clock_s();
}

/* After every epoch: kept in memory, written now and then. */
static void save(const void *state, size_t n_byte, void *ctx)
{
    el_law_checkpoint *c = ctx;
    void *room = el_grow(c->state, &c->cap, n_byte, 1);

    if (!room) {
        if (c->err.status == EL_OK)
            (void)el_fail(&c->err, EL_E_NOMEM, "%s: %zu bytes", c->path,
                          n_byte);
        return;
    }
    c->state = room;
    memcpy(room, state, n_byte);
    c->n_byte = n_byte;
    c->pending = true;
    if (el_clock_s() - c->written_s >= EL_CHECKPOINT_S)
        write_state(c);
}

static el_status read_state(const el_task *task, el_discover_options *options,
                            el_law_checkpoint *c, el_error *err)
{
    size_t n_byte = 0;
    el_status st;

    if (access(c->path, F_OK) != 0 && errno == ENOENT) {
        el_task_warn(task, "--resume: %s is not there: a new search", c->path);
        return EL_OK;
    }
    st = el_file_read(c->path, MAX_STATE, &c->resumed, &n_byte, err);
    if (st == EL_OK) {
        options->resume = c->resumed;
        options->resume_size = n_byte;
    }
    return st;
}

el_status el_law_checkpoint_open(const char *path, bool resume,
                                 const el_task *task,
                                 el_discover_options *options,
                                 el_law_checkpoint *c, el_error *err)
{
    memset(c, 0, sizeof *c);
    c->path = path;
    if (!path)
        return EL_OK;
    c->written_s = el_clock_s();
    options->save = save;
    options->save_ctx = c;
    return resume ? read_state(task, options, c, err) : EL_OK;
}

el_status el_law_checkpoint_close(el_law_checkpoint *c, el_error *err)
{
    el_status st;

    if (c->pending)
        write_state(c);
    st = c->err.status == EL_OK
             ? EL_OK
             : el_fail(err, c->err.status, "%s", c->err.message);
    el_free(c->resumed);
    el_free(c->state);
    memset(c, 0, sizeof *c);
    return st;
}
