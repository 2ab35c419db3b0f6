/* SPDX-License-Identifier: Apache-2.0 */
#include "load/load.h"

static const char *const engine_name[] = {
#define X(name, text, owner) text,
    EL_LOAD_ENGINE_LIST(X)
#undef X
};

static const char *const outcome_name[] = {
#define X(name, text, again) text,
    EL_LOAD_OUTCOME_LIST(X)
#undef X
};

const char *el_load_engine_name(el_load_engine engine)
{
    return engine_name[engine];
}

const char *el_load_outcome_name(el_load_outcome outcome)
{
    return outcome_name[outcome];
}

bool el_load_outcome_is_answered(el_load_outcome outcome)
{
    return outcome == EL_LOAD_OK || outcome == EL_LOAD_SHORT ||
           outcome == EL_LOAD_LONG || outcome == EL_LOAD_NO_USAGE ||
           outcome == EL_LOAD_PROMPT_OFF;
}
