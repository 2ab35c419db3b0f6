/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "store/key.h"
#include "store/store.h"

void el_store_configuration_init(el_store_configuration *c)
{
    memset(c, 0, sizeof *c);
#define X(name) c->name = EL_UNKNOWN;
    EL_STORE_CONFIGURATION_NUMBERS(X)
#undef X
}

/* Blank degrees are 1, and 1 is left out of the key. */
static double degree(double v)
{
    return el_is_known(v) ? v : 1;
}

static double unless(double v, double usual)
{
    return v == usual ? EL_UNKNOWN : v;
}

void el_store_configuration_key(const el_store_configuration *c,
                                char key[EL_STORE_KEY])
{
    const double tp = degree(c->tp), pp = degree(c->pp);
    const double ep = degree(c->ep), dp = degree(c->dp);
    el_store_configuration v = *c;
    el_key h;

    v.tp = unless(tp, 1);
    v.pp = unless(pp, 1);
    v.ep = unless(ep, 1);
    v.dp = unless(dp, 1);
    v.num_gpus = unless(c->num_gpus, pp * dp * fmax(tp, ep));
    el_key_init(&h);
#define X(name) el_key_text(&h, #name, v.name);
    EL_STORE_CONFIGURATION_LABELS(X)
#undef X
#define X(name) el_key_number(&h, #name, v.name);
    EL_STORE_CONFIGURATION_NUMBERS(X)
#undef X
    el_key_print(&h, key);
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
