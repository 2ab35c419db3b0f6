/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/expr_template.h
 * @brief Skeletons of laws: formulas with numbers to fit and parts to find.
 *
 * Layer: expr. Plain data of fixed size, no heap; thread-safe.
 */
#ifndef EL_EXPR_TEMPLATE_H
#define EL_EXPR_TEMPLATE_H
#include "energylens/api.h"
#include "energylens/expr.h"

EL_API_BEGIN

#define EL_TEMPLATE_HOLES 4u

/** A part to be found: any formula of some columns. */
typedef struct el_template_hole {
    char name[8];
    uint8_t slot;     /**< the number of expr that stands for it */
    uint64_t columns; /**< bit c: column c may occur in it; not 0 */
} el_template_hole;

typedef struct el_template {
    el_expr expr; /**< valid; holes are EL_CONST_FREE numbers */
    size_t n_hole;
    el_template_hole hole[EL_TEMPLATE_HOLES];
} el_template;

/**
 * Read a formula as el_expr_parse() does, in which a name of one letter and
 * digits that is no column (a, c1) is a number to fit, from 1, and such a name
 * with columns behind it (f(x, y)) a hole. Each stands once. Numbers with a
 * point are fitted too, from their value; whole ones are not.
 *
 * A number that a hole makes superfluous (a * f(x), a + f(x)) is an error:
 * what fills a hole has numbers of its own.
 *
 * @param[in]  text    NUL-terminated
 * @param[in]  names   of the columns, n_names <= EL_EXPR_MAX_COLS - 20
 * @param[out] out     written only on EL_OK
 * @retval EL_OK, EL_E_ARG, EL_E_DATA (with the column in the text), EL_E_NOMEM
 */
EL_NODISCARD el_status el_template_parse(const char *text,
                                         const char *const *names,
                                         size_t n_names, el_template *out,
                                         el_error *err);

EL_API_END

#endif
