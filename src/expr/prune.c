/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/prune.h"

#include "expr/template.h"

#define STEPS 12

/* What a part that ends at a node may be replaced by. */
enum stand_in { LEFT, RIGHT, NUMBER, N_STAND_INS };

static bool without(const el_expr *from, unsigned at, enum stand_in how,
                    el_expr *out)
{
    const unsigned n = el_expr_op_operands((el_expr_op)from->node[at].op);
    el_expr part = {0};

    if (how == NUMBER)
        return from->node[at].op != EL_OP_CONST && at + 1u < from->n_node &&
               el_expr_push_const(&part, 1, EL_CONST_FREE) &&
               el_expr_replace(out, from, at, &part);
    if (n == 0 || (how == LEFT && n == 1))
        return false;
    return el_expr_push_part(&part, from,
                             how == LEFT ? el_expr_left(from, at) : at - 1) &&
           el_expr_replace(out, from, at, &part);
}

/* The first shorter one, if there is any. */
static bool step(el_expr *expr, double *loss, bool positive,
                 const el_evidence *evidence)
{
    const double nat = el_description_nat(expr, *loss, evidence);

    for (unsigned at = expr->n_node; at-- > 0;)
        for (int how = 0; how < N_STAND_INS; how++) {
            el_refit_result result;
            el_expr trial;

            if (!without(expr, at, (enum stand_in)how, &trial))
                continue;
            if (evidence->rules && evidence->rules->shape)
                el_template_simplify(evidence->rules->shape, &trial, positive);
            else
                (void)el_expr_simplify(&trial, positive);
            if (el_expr_complexity(&trial) >= el_expr_complexity(expr) ||
                el_expr_fit(&trial, evidence->columns, evidence->y,
                            evidence->weight, evidence->loss, STEPS, &result,
                            NULL) != EL_OK ||
                !(el_description_nat(&trial, result.loss, evidence) < nat))
                continue;
            *expr = trial;
            *loss = result.loss;
            return true;
        }
    return false;
}

bool el_prune(el_expr *expr, double *loss, bool positive,
              const el_evidence *evidence)
{
    bool any = false;

    while (step(expr, loss, positive, evidence))
        any = true;
    return any;
}
