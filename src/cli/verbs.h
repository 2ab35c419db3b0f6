/* SPDX-License-Identifier: Apache-2.0 */
/* The table of verbs: one row each, in the order of the help. Layer: cli. */
#ifndef EL_CLI_VERBS_H
#define EL_CLI_VERBS_H
#include "cli/cli.h"

/* const el_verb el_verb_<name>, in cmd_<name>.c; groups stand together */
#define EL_VERB_LIST(X)                                                        \
    X(predict)                                                                 \
    X(explain)                                                                 \
    X(optimize)                                                                \
    X(explore)                                                                 \
    X(sweetspot)                                                               \
    X(account)                                                                 \
    X(report)                                                                  \
    X(serve)                                                                   \
    X(fit)                                                                     \
    X(calibrate)                                                               \
    X(evaluate)                                                                \
    X(discover)                                                                \
    X(plan)                                                                    \
    X(profile)                                                                 \
    X(store)                                                                   \
    X(import)                                                                  \
    X(meter)                                                                   \
    X(catalog)                                                                 \
    X(doctor)                                                                  \
    X(version)                                                                 \
    X(man)

#define X(name) extern const el_verb el_verb_##name;
EL_VERB_LIST(X)
#undef X

#endif
