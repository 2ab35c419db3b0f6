/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/expr.h
 * @brief Formulas as values: parse, print, simplify, compare.
 *
 * Layer: expr. A formula is a flat array of nodes in postfix order. Every node
 * knows the length of its subtree, so a subtree is a contiguous range and the
 * operands of node i are found without pointers: the right (or only) one ends
 * at i - 1, the left one at i - 1 - node[i - 1].len.
 */
#ifndef EL_EXPR_H
#define EL_EXPR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/api.h"
#include "energylens/error.h"
#include "energylens/text.h"

EL_API_BEGIN

#define EL_EXPR_MAX_NODES  64u
#define EL_EXPR_MAX_CONSTS 16u
#define EL_EXPR_MAX_COLS   64u
#define EL_EXPR_PI         3.14159265358979323846

/**
 * Operators: (id, name in text, operands, complexity). Functions are written
 * name(x); the rest as in C, with ^ for powers.
 */
#define EL_EXPR_OP_LIST(X)                                                     \
    X(EL_OP_COL, "", 0, 1)   /* arg: column */                                 \
    X(EL_OP_CONST, "", 0, 1) /* arg: slot in value[] */                        \
    X(EL_OP_ADD, "+", 2, 1)                                                    \
    X(EL_OP_SUB, "-", 2, 1)                                                    \
    X(EL_OP_MUL, "*", 2, 1)                                                    \
    X(EL_OP_DIV, "/", 2, 1)                                                    \
    X(EL_OP_POW, "^", 2, 2)                                                    \
    X(EL_OP_MAX, "max", 2, 2)                                                  \
    X(EL_OP_MIN, "min", 2, 2)                                                  \
    X(EL_OP_NEG, "-", 1, 1)                                                    \
    X(EL_OP_INV, "inv", 1, 1)                                                  \
    X(EL_OP_SQUARE, "square", 1, 1)                                            \
    X(EL_OP_CUBE, "cube", 1, 1)                                                \
    X(EL_OP_SQRT, "sqrt", 1, 1)                                                \
    X(EL_OP_EXP, "exp", 1, 2)                                                  \
    X(EL_OP_LOG, "log", 1, 2)                                                  \
    X(EL_OP_LOG2, "log2", 1, 2)                                                \
    X(EL_OP_LOG1P, "log1p", 1, 2)                                              \
    X(EL_OP_ABS, "abs", 1, 2)                                                  \
    X(EL_OP_CEIL, "ceil", 1, 2)                                                \
    X(EL_OP_TANH, "tanh", 1, 2)                                                \
    X(EL_OP_SIN, "sin", 1, 2)                                                  \
    X(EL_OP_COS, "cos", 1, 2)                                                  \
    X(EL_OP_ASIN, "asin", 1, 3)                                                \
    X(EL_OP_ACOS, "acos", 1, 3)

typedef enum el_expr_op {
#define EL_EXPR_OP_ID(id, text, operands, weight) id,
    EL_EXPR_OP_LIST(EL_EXPR_OP_ID)
#undef EL_EXPR_OP_ID
        EL_N_EXPR_OPS
} el_expr_op;

typedef struct el_expr_node {
    uint8_t op;   /**< el_expr_op */
    uint8_t len;  /**< nodes in this subtree, itself included */
    uint16_t arg; /**< column of EL_OP_COL, slot of EL_OP_CONST */
} el_expr_node;

/** What a constant may become when it is fitted. */
typedef enum el_const_kind {
    EL_CONST_FREE,     /**< any real */
    EL_CONST_POSITIVE, /**< stays > 0 */
    EL_CONST_EXPONENT, /**< in [-3, 3], snapped to k/2 and k/3 if it may */
    EL_CONST_FIXED     /**< part of the structure, never fitted */
} el_const_kind;

/**
 * A formula. Plain data of fixed size: copy freely, no heap. Valid when
 * 1 <= n_node <= EL_EXPR_MAX_NODES, node[n_node - 1].len == n_node, every slot
 * < n_const and each slot is used by exactly one node, in postfix order.
 */
typedef struct el_expr {
    uint8_t n_node, n_const;
    uint8_t kind[EL_EXPR_MAX_CONSTS]; /**< el_const_kind */
    el_expr_node node[EL_EXPR_MAX_NODES];
    double value[EL_EXPR_MAX_CONSTS];
} el_expr;

const char *el_expr_op_name(el_expr_op op);    /**< as in the list */
unsigned el_expr_op_operands(el_expr_op op);   /**< 0, 1 or 2 */
unsigned el_expr_op_complexity(el_expr_op op); /**< as in the list */

/** All of the rules above, and every column < n_col. */
bool el_expr_is_valid(const el_expr *expr, size_t n_col);
/** Sum of the operators' complexities. */
unsigned el_expr_complexity(const el_expr *expr);

/**
 * Read a formula: + - * / and ^ or ** (right-associative, binding tighter than
 * a sign: -x^2 is -(x^2)), parentheses, the functions of the list and pow, ln,
 * tan, cot, arcsin, arccos, fabs, fmax, fmin, maximum, minimum; names; pi.
 *
 * Whole numbers, and fractions of them as exponents, are part of the structure
 * (EL_CONST_FIXED); numbers with a point or an exponent may be fitted again:
 * EL_CONST_EXPONENT as exponents, else EL_CONST_FREE. 1/x and x^2, 3, 4, 6,
 * 8, 9 become operators without a number.
 *
 * @param[in]  text    NUL-terminated
 * @param[in]  names   of the columns, n_names <= EL_EXPR_MAX_COLS
 * @param[out] out     written only on EL_OK
 * @retval EL_OK, EL_E_ARG, EL_E_DATA (with the column in the text)
 * Cost    O(length * n_names), no heap; nesting at most 256 deep
 */
EL_NODISCARD el_status el_expr_parse(const char *text, const char *const *names,
                                     size_t n_names, el_expr *out,
                                     el_error *err);

/** How a formula is written. */
typedef struct el_expr_style {
    el_notation notation;
    int digits; /**< significant ones of constants; 0: as many as read back as
                     the same double */
} el_expr_style;

/**
 * Append a formula with no more parentheses than it needs. Text, C and Python
 * read back through el_expr_parse() to the same values, and print the same
 * again. C wants <math.h>, Python `from math import *`.
 *
 * @param names of the columns; written as they are, LaTeX escapes _ and sets
 *              longer ones upright
 */
void el_expr_print(const el_expr *expr, const char *const *names,
                   el_expr_style style, el_buf *out);

/**
 * Write a formula in one way, never with more nodes or complexity: numbers
 * folded, sums and products flattened, equal terms and factors joined, operands
 * in a fixed order, x*x as square, x/x as 1, log(exp(x)) as x, signs in one
 * place. Numbers that may be fitted are merged (c (a x + b y) keeps two) but
 * decide nothing: x * 1.0 stays while it is EL_CONST_FREE.
 *
 * @param positive every column is > 0: sqrt(x^2) is x, else abs(x)
 * @return whether it changed; subtrees stay as they were where the result
 *         would be larger or a number not finite
 *
 * Equal within rounding wherever the formula was defined; the result may be
 * defined in more places (sqrt(x)^2 as x, x/x as 1).
 * Cost     some microseconds; no heap
 */
bool el_expr_simplify(el_expr *expr, bool positive);

/** What makes two formulas the same. */
typedef enum el_expr_match {
    EL_MATCH_VALUES,  /**< operators, columns and the values of all numbers */
    EL_MATCH_SKELETON /**< numbers that may be fitted stand for any number */
} el_expr_match;

/**
 * 64-bit hash that does not change with the order and grouping of operands of
 * + * max min. Other ways to write the same formula hash the same only after
 * el_expr_simplify(). Two different formulas meet with probability 2^-64.
 */
uint64_t el_expr_hash(const el_expr *expr, el_expr_match match);
/** The same of every subtree: hash[i] of the one that ends at node i. */
void el_expr_hash_nodes(const el_expr *expr, el_expr_match match,
                        uint64_t hash[EL_EXPR_MAX_NODES]);

/**
 * The same formula but for the values of its fitted numbers, after
 * simplification on positive columns: c x^2 + d y and e y + f x x.
 */
bool el_expr_same_skeleton(const el_expr *a, const el_expr *b);

EL_API_END

#endif
