/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

const el_verb *const el_verbs[] = {
#define X(name) &el_verb_##name,
    EL_VERB_LIST(X)
#undef X
        NULL};
