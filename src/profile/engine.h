/* SPDX-License-Identifier: Apache-2.0 */
/* An inference server that we start, wait for and stop. Layer: profile. */
#ifndef EL_PROFILE_ENGINE_H
#define EL_PROFILE_ENGINE_H
#include <stdbool.h>

#include "base/task.h"
#include "profile/engine_words.h"

typedef struct el_engine el_engine;

/*
 * Start argv in a process group of its own, standard input empty, what it
 * prints appended to the file `log`. It and all it starts are ended with us,
 * however we end (warden.h): SIGTERM, then SIGKILL after grace_s.
 * EL_E_IO "cannot run NAME: why", "LOG: why"; EL_E_NOMEM.
 */
EL_NODISCARD el_status el_engine_start(const el_argv *argv, const char *log,
                                       double grace_s, el_engine **out,
                                       el_error *err);

/* EL_E_DEVICE once it has ended: "the engine ended with 1: <last line of its
 * log> (LOG)". */
EL_NODISCARD el_status el_engine_check(el_engine *engine, el_error *err);

/* Stops it and waits until nothing of it is left; NULL is fine. */
void el_engine_stop(el_engine *engine);

/*
 * Until GET url/health, or url/v1/models where there is no /health, answers
 * 200. engine NULL: one that we did not start. EL_E_DEVICE: it ended, or
 * timeout_s is over (the last answer is quoted). EL_E_CANCELLED, EL_E_NOMEM.
 */
EL_NODISCARD el_status el_engine_wait(el_engine *engine, const char *url,
                                      double timeout_s, const el_task *task,
                                      el_error *err);

/* A TCP port of 127.0.0.1 that nobody listens on now. EL_E_IO. */
EL_NODISCARD el_status el_engine_port(unsigned *port, el_error *err);

#endif
