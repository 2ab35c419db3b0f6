/* SPDX-License-Identifier: Apache-2.0 */
#include "store/key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

#define FNV_START_HI 0x6c62272e07bb0142u
#define FNV_START_LO 0x62b821756295c58du
#define FNV_PRIME_HI 0x0000000001000000u /* 2^88 + 2^8 + 0x3b */
#define FNV_PRIME_LO 0x000000000000013bu

void el_key_init(el_key *key)
{
    key->hi = FNV_START_HI;
    key->lo = FNV_START_LO;
}

/* The bytes and a NUL, so that "a", "bc" is not "ab", "c". */
static void add(el_key *key, const char *text)
{
    const uint128 prime = (uint128)FNV_PRIME_HI << 64 | FNV_PRIME_LO;
    uint128 h = (uint128)key->hi << 64 | key->lo;

    for (size_t i = 0, n = strlen(text); i <= n; i++)
        h = (h ^ (unsigned char)text[i]) * prime;
    key->hi = (uint64_t)(h >> 64);
    key->lo = (uint64_t)h;
}

void el_key_text(el_key *key, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    add(key, name);
    add(key, value);
}

void el_key_number(el_key *key, const char *name, double value)
{
    char text[32];

    if (!el_is_known(value))
        return;
    (void)snprintf(text, sizeof text, "%.17g", value + 0.0); /* no -0 */
    el_key_text(key, name, text);
}

void el_key_print(const el_key *key, char out[EL_STORE_KEY])
{
    (void)snprintf(out, EL_STORE_KEY, "%016" PRIx64 "%016" PRIx64, key->hi,
                   key->lo);
}

/* Neither step loses anything of *sum: a change stays one. */
static void mix(uint64_t *sum, uint64_t bits)
{
    *sum = (*sum ^ bits) * 0x9e3779b97f4a7c15u; /* odd: 2^64 / golden ratio */
    *sum ^= *sum >> 29;
}

void el_sum_add(uint64_t *sum, const el_value *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double real = v[i].real + 0.0; /* no -0: SQLite keeps none */
        uint64_t bits = (uint64_t)v[i].integer;

        mix(sum, (uint64_t)v[i].kind);
        if (v[i].kind == EL_VALUE_REAL)
            memcpy(&bits, &real, sizeof bits);
        if (v[i].kind == EL_VALUE_REAL || v[i].kind == EL_VALUE_INTEGER)
            mix(sum, bits);
        for (const char *p = v[i].text; v[i].kind == EL_VALUE_TEXT; p++) {
            mix(sum, (unsigned char)*p);
            if (!*p)
                break;
        }
    }
}
