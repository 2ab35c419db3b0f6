/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: Blackman & Vigna, "Scrambled linear pseudorandom number generators",
 * ACM TOMS 47(4), 2021 (xoshiro256++ 1.0); Steele, Lea & Flood, OOPSLA 2014
 * (SplitMix64). Both public domain.
 */
#include "rng.h"

#include <math.h>

static uint64_t split_mix(uint64_t *s)
{
    uint64_t z = (*s += 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void el_rng_init(el_rng *rng, uint64_t seed, uint64_t stream)
{
    uint64_t s = stream;

    /* Stream 0 of a seed is plain SplitMix64 seeding; others start at a
       hashed offset, so (1, 2) and (2, 1) have nothing in common. */
    s = stream ? seed ^ split_mix(&s) : seed;
    for (int i = 0; i < 4; i++)
        rng->s[i] = split_mix(&s);
}

uint64_t el_rng_next(el_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t out = rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

double el_rng_unit(el_rng *rng)
{
    return (double)(el_rng_next(rng) >> 11) * 0x1p-53;
}

size_t el_rng_below(el_rng *rng, size_t n)
{
    /* 2^64 mod n low values are refused, so that every residue is as likely */
    uint64_t reject = (0 - (uint64_t)n) % n, x;

    do
        x = el_rng_next(rng);
    while (x < reject);
    return (size_t)(x % n);
}

double el_rng_normal(el_rng *rng)
{
    double u, v, s;

    /* Marsaglia's polar method; the second value is dropped, so that the
       state is the four words alone and can be copied at any point. */
    do {
        u = 2 * el_rng_unit(rng) - 1;
        v = 2 * el_rng_unit(rng) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s <= 0);
    return u * sqrt(-2 * log(s) / s);
}

void el_rng_shuffle(el_rng *rng, size_t *v, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = el_rng_below(rng, i), t = v[i - 1];

        v[i - 1] = v[j];
        v[j] = t;
    }
}
