/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities as people read them: the one place for units and digits.
 * Layer: cli.
 *
 * Unknown (NaN) prints as "-", infinite as "inf". Use: el_fmt_energy(x).s,
 * valid to the end of the full expression, or keep the struct.
 */
#ifndef EL_CLI_FORMAT_H
#define EL_CLI_FORMAT_H
#include <stdint.h>

#include "energylens/text.h"

typedef struct el_text {
    char s[64];
} el_text;

el_text el_fmt_number(double v, int digits); /* significant digits, no e+ */
el_text el_fmt_si(double v, const char *unit, int digits); /* u m - k M G T */
el_text el_fmt_energy(double energy_j); /* 12.3 mJ, 1.20 kJ, 3.4 MJ */
el_text el_fmt_wh(double energy_j);     /* 3.42 Wh, 12.0 kWh */
el_text el_fmt_grams(double g);         /* 340 mg, 1.20 kg, 3.40 t */
el_text el_fmt_time(double time_s);     /* 12 us, 3.40 ms, 1.2 s, 5m 03s */
el_text el_fmt_power(double power_w);
el_text el_fmt_bytes(double bytes);   /* GiB, binary */
el_text el_fmt_percent(double share); /* 0.123 -> 12.3 % */
el_text el_fmt_change(double share);  /* 0.123 -> +12.3 % */
el_text el_fmt_count(uint64_t n);     /* 12,345,678 */
/* "bfloat16 (weights of 8 bits)": a release may be packed already, whatever its
 * label says. weight_bits may be unknown. */
void el_fmt_precision(const char *precision, double weight_bits, el_buf *out);
/* Both ends with the digits that tell them apart: "1.20..1.35". */
el_text el_fmt_interval(double lo, double hi, int digits);
/* The same with one SI prefix for both: "1.20..1.35 kJ". */
el_text el_fmt_interval_si(double lo, double hi, const char *unit, int digits);

#endif
