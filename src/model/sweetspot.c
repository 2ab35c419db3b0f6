/* SPDX-License-Identifier: Apache-2.0 */
#include "model/sweetspot.h"

#include <math.h>
#include <string.h>

#define N_TERMS    EL_SWEETSPOT_TERMS
#define HEAD_STEP  32.0 /* attention kernels handle heads in such widths */
#define BITS_SPARE 0.5  /* norms kept in fp32 count as 16 bits */

/* bench_validate_sweetspot fits these again, and with each model left out.
 * Memory energy agrees between cache and weights: apart they came out as 2.36
 * and 2.09e-10 J/byte. */
const double el_sweetspot_h100[EL_N_COSTS] = {
    [EL_COST_MADE] = 1.265e-12,      [EL_COST_READ] = 1.171e-12,
    [EL_COST_ATTENTION] = 1.679e-12, [EL_COST_BYTE] = 2.228e-10,
    [EL_COST_TOKEN] = 1.754e-3,      [EL_COST_REQUEST] = 0.6193};

void el_sweetspot_terms(double n, double m, double f[N_TERMS])
{
    f[0] = 1.0;
    f[1] = n * n / m;
    f[2] = n;
    f[3] = n / m;
    f[4] = m;
    f[5] = 1.0 / m;
}

double el_sweetspot_token_j(const el_sweetspot *s, double n, double m)
{
    double f[N_TERMS], sum = 0.0;

    el_sweetspot_terms(n, m, f);
    for (size_t k = 0; k < N_TERMS; k++)
        sum += s->t[k] * f[k];
    return sum;
}

double el_sweetspot_best_osl(const el_sweetspot *s, double n)
{
    double falls = s->t[1] * n * n + s->t[3] * n + s->t[5];

    if (!(falls > 0.0))
        return 0.0;
    return s->t[4] > 0.0 ? sqrt(falls / s->t[4]) : (double)INFINITY;
}

static el_status check_shape(const el_arch_desc *arch, el_error *err)
{
    const char *what = NULL;

    if (arch->experts > 0.0)
        what = "has experts";
    for (size_t i = 0; i < arch->n_block; i++)
        if (arch->block[i].mixer != EL_MIXER_GQA &&
            arch->block[i].mixer != EL_MIXER_NONE)
            what = "has layers other than plain attention";
    if (fabs(arch->weight_bits - 16.0) > BITS_SPARE)
        what = "is quantised";
    if (!what)
        return EL_OK;
    return el_fail(err, EL_E_DATA,
                   "%s %s; the constants are those of dense 16-bit "
                   "decoders on one H100: name a GPU for the analytic model",
                   arch->name, what);
}

/* Values of all query heads of one token. */
static double query_width(const el_arch_desc *arch)
{
    double sum = 0.0;

    for (size_t i = 0; i < arch->n_block; i++) {
        const el_arch_block *b = &arch->block[i];

        if (b->mixer == EL_MIXER_GQA)
            sum += b->count * b->heads * b->head_dim;
    }
    return sum;
}

el_status el_sweetspot_count(const el_arch_desc *arch, const el_facts *facts,
                             double count[EL_N_COSTS][N_TERMS], el_error *err)
{
    double c[EL_N_COSTS][N_TERMS] = {{0.0}};
    double kv, room, pad, share;
    el_status st;

    if (!arch || !facts || !count)
        return el_fail(err, EL_E_ARG, "sweetspot: NULL argument");
    st = check_shape(arch, err);
    if (st != EL_OK)
        return st;
    kv = arch->kv_bytes_per_token;
    room = el_facts_kv_capacity(facts, 1.0, 1.0) * kv;
    if (!(room > 0.0) || !isfinite(room) || !(arch->head_dim > 0.0))
        return el_fail(err, EL_E_DATA,
                       "%s: weights of %.3g GB leave no room for a "
                       "cache on one H100: name a GPU for the analytic model",
                       arch->name, arch->weight_bytes / 1e9);
    pad = ceil(arch->head_dim / HEAD_STEP) * HEAD_STEP / arch->head_dim;
    share = arch->weight_bytes / room;
    c[EL_COST_MADE][0] = 2.0 * (arch->body_params + arch->vocab * arch->hidden);
    c[EL_COST_TOKEN][0] = 1.0;
    c[EL_COST_ATTENTION][1] = 2.0 * query_width(arch);
    c[EL_COST_BYTE][2] = kv * (pad + share);
    c[EL_COST_READ][3] = 2.0 * arch->body_params;
    c[EL_COST_BYTE][4] = kv * (0.5 * pad + share);
    c[EL_COST_REQUEST][5] = 1.0;
    memcpy(count, c, sizeof c);
    return EL_OK;
}

el_status el_sweetspot_from_arch(const el_arch_desc *arch,
                                 const el_facts *facts, el_sweetspot *out,
                                 el_error *err)
{
    double count[EL_N_COSTS][N_TERMS];
    el_sweetspot s = {{0.0}};
    el_status st = out ? el_sweetspot_count(arch, facts, count, err)
                       : el_fail(err, EL_E_ARG, "sweetspot: NULL argument");

    if (st != EL_OK)
        return st;
    for (size_t c = 0; c < EL_N_COSTS; c++)
        for (size_t k = 0; k < N_TERMS; k++)
            s.t[k] += el_sweetspot_h100[c] * count[c][k];
    *out = s;
    return EL_OK;
}
