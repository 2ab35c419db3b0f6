/* SPDX-License-Identifier: Apache-2.0 */
#include "model/expert_load.h"

#include <string.h>

/*
 * A token that picks k distinct experts with odds x_i by the Gumbel top-k
 * trick runs a race of exponential clocks: expert i rings at rate x_i and the
 * first k win. For many experts the k-th ring comes at a nearly fixed moment
 * l, so that pi_i = 1 - exp(-l x_i), picks are independent, and l solves
 * sum pi_i = k. For x_i ~ Gamma(a) all means are Laplace transforms of the
 * gamma density, (1 + s)^-a: no sampling, no table.
 */

#define EL_PADDED_TERMS 6 /* tiles counted one by one before the asymptote */

/* What one expert sees: chance to be picked at all, mean and variance of its
   tokens over experts and draws. */
typedef struct expert_stats {
    double n, ranks;      /* experts, ranks */
    double p_active;      /* P(an expert has tokens) */
    double tokens;        /* mean per expert, with and without any */
    double variance;      /* of an expert's tokens */
    double rank_variance; /* of a rank's tokens */
} expert_stats;

static double at_least(double a, double b)
{
    return a > b ? a : b;
}

static double at_most(double a, double b)
{
    return a < b ? a : b;
}

double el_normal_max(double n)
{
    /* E max of 1, 2, 4, ... normals; H. Harter, Biometrika 48, 1961 */
    static const double table[] = {0.0,    0.5642, 1.0294, 1.4236, 1.7660,
                                   2.0697, 2.3437, 2.5940, 2.8253, 3.0410};
    const int last = (int)(sizeof table / sizeof table[0]) - 1;
    double x = log2(at_least(n, 1.0));
    int i = x < last ? (int)x : last - 1;

    return table[i] + (at_most(x, last) - i) * (table[i + 1] - table[i]);
}

/* Variance of a rank's tokens where all experts are alike: the k picks of one
   token that fall in one rank are hypergeometric. */
static double pick_variance(double n, double k, double b, double ep)
{
    if (n <= 1.0)
        return 0.0;
    return b * k / ep * (1.0 - 1.0 / ep) * (n - k) / (n - 1.0);
}

static expert_stats stats_uniform(double n, double k, double b, double ep)
{
    double p = k / n;
    expert_stats s = {.n = n, .ranks = ep, .tokens = b * p};

    s.p_active = -expm1(b * log1p(-at_most(p, 1.0 - 1e-12)));
    s.variance = b * p * (1.0 - p);
    s.rank_variance = pick_variance(n, k, b, ep);
    return s;
}

static expert_stats stats_dirichlet(double a, double n, double k, double b,
                                    double ep)
{
    double p = at_most(k / n, 1.0 - 1e-9);
    double l = expm1(-log1p(-p) / a); /* (1 + l)^-a = 1 - p */
    double m2 = pow(1.0 + 2.0 * l, -a);
    double pi2 = 1.0 - 2.0 * (1.0 - p) + m2; /* E pi^2 */
    double between = at_least(pi2 - p * p, 0.0);
    double within = at_least(p - pi2, 0.0);
    expert_stats s = {.n = n, .ranks = ep, .tokens = b * p};

    s.p_active = 1.0 - pow(1.0 + b * l, -a);
    s.variance = b * within + b * b * between;
    s.rank_variance = n / ep * (1.0 - 1.0 / ep) * s.variance;
    return s;
}

/* integral of x^e over [lo, hi]; e may be near -1 */
static double power_integral(double e, double lo, double hi)
{
    double q = e + 1.0, l = log(hi / lo);

    if (fabs(q * l) < 1e-6)
        return l;
    return pow(lo, q) * expm1(q * l) / q;
}

/*
 * Shares x of density x^-a on [lo, hi], tokens B k x / sum x rounded and at
 * most B each (every token picks an expert once): the generator of
 * data/kernels/a100_sxm_moe.csv.
 */
static expert_stats stats_powerlaw(double a, double n, double k, double b,
                                   double ep)
{
    bool many = b * k > n;
    double lo = many ? 1.0 : 0.01, hi = many ? at_least(0.8 * b, 1.01) : 2.0;
    double norm = power_integral(-a, lo, hi);
    double mean = power_integral(1.0 - a, lo, hi) / norm;
    double mean2 = power_integral(2.0 - a, lo, hi) / norm;
    double c = b * k / n; /* tokens of an expert with the mean share */
    double x = at_most(at_least(0.5 * mean / c, lo), hi); /* rounds to 1 */
    expert_stats s = {.n = n, .ranks = ep, .tokens = c};

    s.p_active = 1.0 - power_integral(-a, lo, x) / norm * (x > lo);
    s.p_active = at_least(s.p_active, at_most(c, k / n));
    s.variance = c * c * at_least(mean2 / (mean * mean) - 1.0, 0.0);
    s.variance = at_most(s.variance, c * at_least(b - c, 0.0)); /* <= B each */
    s.rank_variance = n / ep * (1.0 - 1.0 / ep) * s.variance;
    s.rank_variance = at_least(s.rank_variance, pick_variance(n, k, b, ep));
    return s;
}

/*
 * Mean number of tiles of an expert that has tokens, mu on average with
 * variance v. Skewed loads (v ~ mu^2) are near geometric: exact there. Even
 * ones (v << mu^2) count the tiles that a normal variable enters.
 */
static double tiles_per_expert(double mu, double v, double tile)
{
    double geometric = mu > 1.0 ? -1.0 / expm1(tile * log1p(-1.0 / mu)) : 1.0;
    double w = at_most(v / (mu * mu), 1.0), even = 1.0;
    double sd = sqrt(at_least(v, 0.01));

    if (mu > EL_PADDED_TERMS * tile - 3.0 * sd) {
        even = mu / tile + 0.5;
    } else {
        for (int j = 1; j <= EL_PADDED_TERMS; j++)
            even += 0.5 * erfc((j * tile + 0.5 - mu) / (sd * sqrt(2.0)));
    }
    return at_least(w * geometric + (1.0 - w) * even, mu / tile);
}

/* Expected largest of `ranks` sums: gamma of that mean and variance through
   the cube root (Wilson and Hilferty 1931), which keeps it positive. */
static double rank_max(double mean, double variance, double ranks)
{
    double z = el_normal_max(ranks), s, c;

    if (ranks <= 1.0 || !(variance > 0.0))
        return mean;
    s = mean * mean / variance;
    c = 1.0 - 1.0 / (9.0 * s) + z / (3.0 * sqrt(s));
    return mean * at_least(c * c * c, 1.0);
}

static void load_of_stats(const expert_stats *s, double k, double b,
                          double tile, el_expert_load *out)
{
    double here = s->n / s->ranks; /* experts of a rank */
    double p = s->p_active, rank = here * s->tokens, worst;
    double mu = s->tokens / p; /* of experts that have any */
    double v =
        at_least((s->variance + s->tokens * s->tokens) / p - mu * mu, 0.0);
    double sd = sqrt(here * p * (1.0 - p) * (1.0 - 1.0 / s->ranks));

    worst = at_most(rank_max(rank, s->rank_variance, s->ranks),
                    b * at_most(k, here));
    worst = at_least(worst, rank);
    out->active_avg = here * p;
    out->active_max =
        at_most(here * p + el_normal_max(s->ranks) * sd, at_most(here, worst));
    out->active_max = at_least(out->active_max, out->active_avg);
    out->tokens_avg = mu;
    out->tokens_max = s->ranks > 1.0 ? worst / out->active_max : mu;
    out->rank_tokens_avg = rank;
    out->rank_tokens_max = worst;
    out->padded_avg = out->active_avg * tile * tiles_per_expert(mu, v, tile);
    out->padded_max =
        s->ranks > 1.0
            ? at_least(out->active_max * tile *
                           tiles_per_expert(out->tokens_max, v, tile),
                       out->padded_avg)
            : out->padded_avg;
}

void el_expert_load_of(el_routing routing, double a, double experts,
                       double top_k, double tokens, double ep, double tile,
                       el_expert_load *out)
{
    double n = at_least(experts, 1.0), k = at_most(at_least(top_k, 0.0), n);
    double ranks = at_most(at_least(ep, 1.0), n), b = at_least(tokens, 0.0);
    expert_stats s;

    memset(out, 0, sizeof *out);
    if (!(b * k > 0.0))
        return;
    if (routing == EL_ROUTING_DIRICHLET && k < n)
        s = stats_dirichlet(at_least(a, 1e-3), n, k, b, ranks);
    else if (routing == EL_ROUTING_POWERLAW && k < n)
        s = stats_powerlaw(a, n, k, b, ranks);
    else
        s = stats_uniform(n, k, b, ranks);
    load_of_stats(&s, k, b, at_least(tile, 1.0), out);
}
