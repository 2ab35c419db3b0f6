/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
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

bool el_load_engine_find(const char *name, el_load_engine *out)
{
    size_t n = sizeof engine_name / sizeof *engine_name;

    for (size_t i = 0; i < n; i++)
        if (el_str_eq_nocase(name, engine_name[i])) {
            *out = (el_load_engine)i;
            return true;
        }
    return false;
}

bool el_load_outcome_find(const char *name, el_load_outcome *out)
{
    for (size_t i = 0; i < EL_LOAD_N_OUTCOME; i++)
        if (strcmp(name, outcome_name[i]) == 0) {
            *out = (el_load_outcome)i;
            return true;
        }
    return false;
}

bool el_load_outcome_is_answered(el_load_outcome outcome)
{
    return outcome == EL_LOAD_OK || outcome == EL_LOAD_SHORT ||
           outcome == EL_LOAD_LONG || outcome == EL_LOAD_NO_USAGE ||
           outcome == EL_LOAD_PROMPT_OFF;
}
