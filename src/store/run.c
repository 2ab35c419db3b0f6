/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/store.h"

void el_store_configuration_init(el_store_configuration *c)
{
    memset(c, 0, sizeof *c);
#define X(name) c->name = EL_UNKNOWN;
    EL_STORE_CONFIGURATION_NUMBERS(X)
#undef X
}

const char *el_store_state_name(el_store_state state)
{
    static const char *const name[] = {"complete", "partial", "failed"};

    return name[state];
}

void el_store_run_init(el_store_run *run)
{
    memset(run, 0, sizeof *run);
    el_store_configuration_init(&run->configuration);
    run->repeat = run->started_utc_s = EL_UNKNOWN;
#define X(name) run->name = EL_UNKNOWN;
    EL_STORE_RUN_NUMBERS(X)
    EL_STORE_RUN_EXTRAS(X)
#undef X
}
