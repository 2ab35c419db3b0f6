/* SPDX-License-Identifier: Apache-2.0 */
/* The analytic model of what a user names: no measurement. Layer: app. */
#ifndef EL_APP_ANALYTIC_H
#define EL_APP_ANALYTIC_H
#include "energylens/analytic.h"
#include "energylens/catalog.h"

#define EL_DEFAULT_PRECISION "bfloat16"

/* As typed; NULL or "": not named. */
typedef struct el_analytic_wish {
    const char *model; /* catalogue name, Hugging Face id, or a path: it ends
                          in .json, or starts with / or . */
    const char *gpu, *precision, *engine;
    const char *arch_path;  /* einsum description to use instead */
    double clock_hz, cap_w; /* NaN: the GPU's own */
    const char *kv;         /* format of the KV cache; NULL: as released */
    bool unfused;
    double overlap_stages, overlap_sm;  /* 0: as described */
    const struct el_measured *measured; /* of this GPU; NULL: nothing */
} el_analytic_wish;

/* Everything that `analytic` points into. Must stay in place. */
typedef struct el_analytic_state {
    struct el_analytic_state *base; /* whose graph and plans it uses */
    el_arch_desc arch;
    el_device device;
    el_engine engine;
    el_graph *graph, *tower; /* tower: NULL none */
    el_analytic *analytic;
    el_group_key key;
    el_facts facts;
} el_analytic_state;

/* Weight format of an engine's label; NULL: 16 bits, or as released. */
const char *el_weight_format(const char *precision);

bool el_model_is_path(const char *model);

/* The precision that was named, else what the model's name says, else the
 * usual. A config.json says its own. */
const char *el_precision_of(const char *precision, const char *model);

/*
 * EL_E_DATA: unknown model or GPU (near names offered), malformed config or
 * description, measured on another GPU; EL_E_ARG: unknown precision; EL_E_IO;
 * EL_E_NOMEM.
 */
EL_NODISCARD el_status el_analytic_open(const el_catalog *catalog,
                                        const el_analytic_wish *wish,
                                        el_analytic_state *out, el_error *err);

/*
 * The same where base (may be NULL) has the same model, weight and cache
 * formats already: its network and plans are used, and it must outlive out.
 */
EL_NODISCARD el_status el_analytic_open_like(const el_catalog *catalog,
                                             const el_analytic_wish *wish,
                                             el_analytic_state *base,
                                             el_analytic_state *out,
                                             el_error *err);
void el_analytic_close(el_analytic_state *state);

#endif
