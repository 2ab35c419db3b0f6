/* SPDX-License-Identifier: Apache-2.0 */
/* Fitted curves of collectives: names, times, between numbers of GPUs. */
#include "energylens/links.h"

#include <math.h>
#include <string.h>

#include "model/kernel_part.h"
#include "model/links.h"

static const char *const names[EL_N_COLLECTIVES] = {
    "all_reduce", "reduce_scatter", "all_gather",     "all_to_all",
    "send",       "one_shot",       "expert_exchange"};

const char *el_collective_name(el_collective c)
{
    return names[c];
}

/* Letters alone, lower case: "All-Reduce" is "allreduce". */
static bool same_letters(const char *text, size_t len, const char *name)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '_' || c == '-' || c == ' ')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        while (*name == '_')
            name++;
        if (c != *name++)
            return false;
    }
    return *name == '\0';
}

bool el_collective_parse(const char *name, size_t len, el_collective *out)
{
    if (same_letters(name, len, "sendrecv")) {
        *out = EL_COLL_SEND;
        return true;
    }
    for (int c = 0; c < EL_N_COLLECTIVES; c++) {
        if (same_letters(name, len, names[c])) {
            *out = (el_collective)c;
            return true;
        }
    }
    return false;
}

double el_collective_bus_bytes(el_collective c, double bytes, double gpus)
{
    double pass = (gpus - 1.0) / gpus * bytes;

    switch (c) {
    case EL_COLL_ALL_REDUCE:
        return 2.0 * pass;
    case EL_COLL_SEND:
        return bytes;
    case EL_COLL_ONE_SHOT: /* every GPU reads all others' tensors */
        return (gpus - 1.0) * bytes;
    default:
        return pass;
    }
}

el_link_terms el_link_terms_of(el_collective c, double bytes, double gpus)
{
    double bus = el_collective_bus_bytes(c, bytes, gpus);
    double first = c == EL_COLL_ONE_SHOT ? 8192.0 : 32768.0;

    return (el_link_terms){el_smaller(bytes / first, 1.0),
                           bus / (bus + EL_LINK_RAMP_BYTES), bus};
}

double el_link_curve_time(const el_link_curve *curve, double bytes, double n_sm)
{
    el_link_terms t = el_link_terms_of(curve->collective, bytes, curve->gpus);
    double bw = curve->bus_bytes_s;

    if (n_sm > 0.0 && el_is_known(curve->sm_bytes_s))
        bw = el_smaller(bw, n_sm * curve->sm_bytes_s);
    return curve->alpha_s + curve->first_s * t.first + curve->ramp_s * t.ramp +
           t.bus / bw;
}

bool el_links_have(const el_links *links, el_comm_kind kind)
{
    static const el_comm_kind kinds[EL_N_COLLECTIVES] = {
        [EL_COLL_ALL_REDUCE] = EL_COMM_ALL_REDUCE,
        [EL_COLL_REDUCE_SCATTER] = EL_COMM_REDUCE_SCATTER,
        [EL_COLL_ALL_GATHER] = EL_COMM_ALL_GATHER,
        [EL_COLL_ALL_TO_ALL] = EL_COMM_ALL_TO_ALL,
        [EL_COLL_SEND] = EL_COMM_SEND,
        [EL_COLL_ONE_SHOT] = EL_COMM_ALL_REDUCE,
        [EL_COLL_EXPERT_EXCHANGE] = EL_COMM_ALL_TO_ALL};

    for (size_t i = 0; i < links->n; i++)
        if (kinds[links->curve[i].collective] == kind)
            return true;
    return false;
}

static double mix(double a, double b, double t)
{
    return a + t * (b - a);
}

double el_links_time(const el_links *links, el_collective c, double bytes,
                     double gpus, double n_sm)
{
    const el_link_curve *below = NULL, *above = NULL;
    el_link_curve curve;
    double t;

    for (size_t i = 0; i < links->n; i++) {
        const el_link_curve *k = &links->curve[i];

        if (k->collective != c)
            continue;
        if (k->gpus <= gpus)
            below = k;
        else if (!above)
            above = k;
    }
    if (!below && !above)
        return EL_UNKNOWN;
    curve = below ? *below : *above;
    if (below && above) {
        t = log(gpus / below->gpus) / log(above->gpus / below->gpus);
        curve.alpha_s = mix(below->alpha_s, above->alpha_s, t);
        curve.first_s = mix(below->first_s, above->first_s, t);
        curve.ramp_s = mix(below->ramp_s, above->ramp_s, t);
        curve.bus_bytes_s = mix(below->bus_bytes_s, above->bus_bytes_s, t);
        curve.sm_bytes_s = mix(below->sm_bytes_s, above->sm_bytes_s, t);
    }
    curve.gpus = gpus;
    return el_link_curve_time(&curve, bytes, n_sm);
}
