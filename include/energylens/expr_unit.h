/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/expr_unit.h
 * @brief Units of columns, and what they say about a formula.
 *
 * Layer: expr. A unit is a product of powers of base units that the caller's
 * own texts name ("J", "token", "FLOP"); no prefixes and no scales, only
 * dimensions. Thread-safe: no shared state.
 */
#ifndef EL_EXPR_UNIT_H
#define EL_EXPR_UNIT_H
#include "energylens/api.h"
#include "energylens/expr.h"

EL_API_BEGIN

#define EL_UNIT_BASES    8u
#define EL_UNIT_NAME_LEN 16u

/** prod_k base[k]^exponent[k]; all 0: a plain number. */
typedef struct el_unit {
    double exponent[EL_UNIT_BASES];
} el_unit;

/** Base units in the order they were first named; {0} is valid. */
typedef struct el_unit_bases {
    size_t n;
    char name[EL_UNIT_BASES][EL_UNIT_NAME_LEN];
} el_unit_bases;

/**
 * Read a unit: names, 1, * / ^ and parentheses; exponents are numbers or
 * fractions in parentheses: "J/(byte*token)", "FLOP/s", "J^(1/2)", "1/s".
 * W is J/s and Hz is 1/s; any other new name becomes a base.
 *
 * @param[in,out] bases gains the new names; as before on failure
 * @param[out]    out   written only on EL_OK
 * @retval EL_OK, EL_E_ARG, EL_E_DATA (with the column in the text; more than
 *         EL_UNIT_BASES names)
 */
EL_NODISCARD el_status el_unit_parse(const char *text, el_unit_bases *bases,
                                     el_unit *out, el_error *err);

/** Append as el_unit_parse() reads it: "J*s/token", "1/s", "1". */
void el_unit_print(const el_unit *unit, const el_unit_bases *bases,
                   el_buf *out);

bool el_unit_equal(const el_unit *a, const el_unit *b);

typedef struct el_unit_rules {
    const el_unit *column; /**< of each column */
    const el_unit *result; /**< of the formula; NULL: whatever it is */
    bool wild; /**< numbers that may be fitted carry the unit they need;
                    false: all are plain. Fixed numbers and exponents always
                    are plain */
} el_unit_rules;

typedef struct el_unit_reading {
    bool result_known;
    el_unit result;                       /**< that goes with constant[] */
    bool known[EL_EXPR_MAX_CONSTS];       /**< decided by the rules */
    el_unit constant[EL_EXPR_MAX_CONSTS]; /**< one choice where not known */
    /** On a clash: node[at] of the formula wants `have` to be `want`. at ==
        n_node: the whole against rules->result. */
    unsigned at;
    el_unit have, want;
} el_unit_reading;

/**
 * Check a formula's units and find those that its numbers must carry.
 *
 * + - max min want equal units and keep them; * / powers and roots combine
 * them; abs, ceil and signs keep them; every other function and both sides of
 * a power with a varying exponent want plain numbers. The equations are linear
 * in the unknown exponents and are solved exactly.
 *
 * @param[out] reading may be NULL; on EL_E_DATA only the clash is set
 * @retval EL_OK, EL_E_DATA (a clash; err names the operator)
 * Cost    about n_node * n_const^2 operations, no heap
 */
EL_NODISCARD el_status el_expr_check_units(const el_expr *expr,
                                           const el_unit_rules *rules,
                                           const el_unit_bases *bases,
                                           el_unit_reading *reading,
                                           el_error *err);

EL_API_END

#endif
