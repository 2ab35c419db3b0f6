/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process between us and an engine: it ends the engine when we end,
 * however that happens. Layer: profile.
 *
 * It waits for the end of a pipe that we hold open, which the kernel closes
 * even on kill -9. The engine and what it started get SIGTERM, and SIGKILL
 * after the grace. Should the warden itself be killed, the kernel kills the
 * engine (PR_SET_PDEATHSIG). On Linux it also ends processes that left the
 * engine's group (PR_SET_CHILD_SUBREAPER); elsewhere the group alone.
 */
#ifndef EL_PROFILE_WARDEN_H
#define EL_PROFILE_WARDEN_H

typedef struct el_warden {
    char *const *argv; /* argv[0] found on PATH */
    int log_fd;        /* takes what the engine prints */
    int life_fd;       /* its end means: stop */
    int report_fd;     /* gets the wait status of the engine, an int */
    int exec_fd;       /* close-on-exec; gets errno where exec failed */
    double grace_s;
} el_warden;

/* In the child after fork(): only async-signal-safe calls. Never returns. */
_Noreturn void el_warden_run(const el_warden *w);

#endif
