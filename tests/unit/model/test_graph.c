/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing and printing of descriptions; every message with its place. */
#include "energylens/graph.h"

#include <stdio.h>

#include "base/mem.h"
#include "el_graph_sample.h"
#include "el_test.h"
#include "model/graph.h"

static const struct {
    const char *text, *message;
} bad[] = {
    {"", "f: no op in it"},
    {"# only words\n", "f: no op in it"},
    {"opp \"a->a\"", "f:1:1: unknown word \"opp\" (known: dim layer op)"},
    {"\n  %", "f:2:3: unexpected '%'"},
    {"}", "f:1:1: unexpected '}'"},
    {"dim = 3", "f:1:5: dim wants a name"},
    {"dim b = 3", "f:1:5: b has its size at run time"},
    {"dim x 3", "f:1:7: = is missing after dim x"},
    {"dim x = ", "f:1:9: a number, a name or ( is missing before the end of "
                 "the text"},
    {"dim x = (1", "f:1:9: parenthesis is not closed"},
    {"dim x = y", "f:1:9: unknown name \"y\""},
    {"dim x = 2 * s", "f:1:13: s is known at run time only: it has no place "
                      "in an expression"},
    {"dim x = 1234567890123456", "f:1:9: number is too long (limit 15 "
                                 "digits)"},
    {"dim x = 1 2", "f:1:11: unexpected '2'"},
    {"dim x = 1 wide", "f:1:11: want pad, spill=NAME or the end of the line"},
    {"dim x = 1 spill=zz", "f:1:17: spill wants a dim from above"},
    {"dim x = 1 pad pad", "f:1:15: want pad, spill=NAME or the end of the "
                          "line"},
    {"layer", "f:1:6: layer wants a name"},
    {"layer a 3 {", "f:1:9: want \"x COUNT\" after the name"},
    {"layer a x 3", "f:1:12: { is missing"},
    {"layer a x 3 kept=2 {", "f:1:13: want stored=COPIES or {"},
    {"layer a x 3 stored 2 {", "f:1:13: want stored=COPIES or {"},
    {"\nlayer a x 3 {", "f:2:7: layer a is not closed"},
    {"layer a x 3 {\nlayer c x 1 {\n}\n}", "f:2:1: a layer within a layer"},
    {"layer a x 3 {\n} }", "f:2:3: unexpected '}'"},
    {"op bsm", "f:1:4: want '\"', not 'b'"},
    {"op \"->m\"", "f:1:5: a tensor has no letters"},
    {"op \"bb->b\"", "f:1:6: letter b stands twice in a tensor"},
    {"op \"bs-m\"", "f:1:8: want '>', not 'm'"},
    {"op \"bs->bsm\"", "f:1:11: letter m of the result is in no operand"},
    {"op \"abcdefghijklm->a\"", "f:1:17: too many letters in a tensor (limit "
                                "12)"},
    {"op \"b,b,b,b,b->b\"", "f:1:13: too many operands (limit 4)"},
    {"op \"bs->bs", "f:1:11: want '\"', not the end of the text"},
    {"op \"bsQ->bsQ\" kind=add", "f:1:4: letter Q has no size: write \"dim Q "
                                 "= ...\" above"},
    {"op \"bsm->bsm\"", "f:1:4: kind=gemm takes 2 operands, not 1"},
    {"op \"bs,vm->bsm\" kind=embed", "f:1:4: kind=embed wants weight=1 or 2"},
    {"op \"bsm,mf->bsf\" kind=moe", "f:1:4: kind=moe wants the letter T "
                                    "(tokens per expert)"},
    {"op \"bsm,mF->bsF\" weight=1", "f:1:4: operand 1 is a weight: it cannot "
                                    "have b, s, t, T"},
    {"op \"bTm,mF->bTF\"", "f:1:4: T stands for b and s: only kind=add has "
                           "both"},
    {"op \"bsm,mF->bsF\" fuze=a", "f:1:18: unknown key \"fuze\""},
    {"op \"bsm,mF->bsF\" fuse", "f:1:22: = is missing after fuse"},
    {"op \"bsm,mF->bsF\" fuse=", "f:1:23: value is missing"},
    {"op \"bsm,mF->bsF\" fuse=a fuse=c", "f:1:25: fuse stands twice"},
    {"op \"bsm,mF->bsF\" =", "f:1:18: a key is missing before '='"},
    {"op \"bsm,mF->bsF\" kind=gem", "f:1:23: unknown value \"gem\" (known: "
                                    "gemm attn moe router embed scan conv "
                                    "softmax rmsnorm layernorm rope swiglu "
                                    "gelu add)"},
    {"op \"bsm,mF->bsF\" weight=3", "f:1:25: not a whole number from 0 to 2"},
    {"op \"bsm->bsm\" kind=add weight=2", "f:1:31: weight=2: the op has 1 "
                                          "operand"},
    {"op \"bsm,mF->bsF\" weight=0", "f:1:25: weight=0: the op has 2 operands"},
    {"op \"bsm,mF->bsF\" overlap_stage=x", "f:1:32: not a whole number from 0 "
                                           "to 4096"},
    {"op \"bsm,mF->bsF\" flops=1.", "f:1:24: not a number from 0 to 1e+06"},
    {"op \"bsm,mF->bsF\" flops=1.2.3", "f:1:24: not a number from 0 to 1e+06"},
    {"op \"bsm,mF->bsF\" store=2", "f:1:24: not a whole number from 0 to 1"},
    {"op \"bsm,mF->bsF\" dtype=fp7",
     "f:1:24: unknown dtype \"fp7\" (known: fp32 bf16 fp16 fp8 int8 int4 mxfp4 "
     "nvfp4 linear attn ffn shared ssm expert embed kv)"},
    {"op \"bsm,mF->bsF\" routing=zipf",
     "f:1:26: unknown routing \"zipf\" (known: uniform, dirichlet:A, "
     "powerlaw:A, hist:FILE)"},
    {"op \"bsm,mF->bsF\" routing=dirichlet:x",
     "f:1:26: unknown routing \"dirichlet:x\" (known: uniform, dirichlet:A, "
     "powerlaw:A, hist:FILE)"},
    {"op \"bsm,mF->bsF\" parallel=G", "f:1:27: no letter of the op: \"G\""},
    {"op \"bsm,mF->bsF\" parallel=b", "f:1:27: b cannot be spread"},
    {"op \"bsm,mF->bsF\" parallel=F:xp", "f:1:31: want LETTER, LETTER? or "
                                         "LETTER:tp|ep|cp"},
    {"op \"bsm,mF->bsF\" parallel=FF", "f:1:28: want LETTER, LETTER? or "
                                       "LETTER:tp|ep|cp"},
    {"op \"bsm,mF->bsF\" parallel=F,F", "f:1:29: F is spread twice"},
    {"op \"bsm,mF->bsF\" parallel=", "f:1:27: no letter of the op: \"\""},
    {"op \"bsmKhE,F->bsF\" parallel=m,K,h,E,F",
     "f:1:37: too many letters (limit 4)"},
    {"op \"bsm,mF->bsF\" stack=1,", "f:1:26: a number, a name or ( is missing "
                                    "before the end of the text"},
    {"op \"bsm,mF->bsF\" stack=1,2,3,4,5", "f:1:32: too many parts (limit "
                                           "4)"},
    {"op \"bsm,mF->bsF\" comm=x", "f:1:23: unknown value \"x\" (known: auto ar "
                                  "rs_ag a2a later none)"},
    {"op \"bsm,mF->bsF\" mask=x", "f:1:23: unknown value \"x\" (known: auto "
                                  "causal full)"},
    {"op \"bsm,mF->bsF\" window=(1", "f:1:25: parenthesis is not closed"},
    {"op \"bsm,mF->bsF\" }", "f:1:18: unexpected '}'"},
    {"op \"b\x01->b\"", "f:1:6: want '-', not byte 0x01"},
};

static void bad_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        el_graph *graph = NULL;
        el_error err = {0};

        assert_int_equal(
            el_graph_parse(bad[i].text, strlen(bad[i].text), "f", &graph, &err),
            EL_E_DATA);
        assert_string_equal(err.message, bad[i].message);
        assert_null(graph);
        assert_int_equal(el_mem_live(), 0);
    }
}

static void arguments(void **state)
{
    el_graph *graph = NULL;
    char *big = el_array(EL_GRAPH_MAX_BYTES + 1, 1);

    (void)state;
    assert_int_equal(el_graph_parse(NULL, 0, "f", &graph, NULL), EL_E_ARG);
    assert_int_equal(el_graph_parse("", 0, NULL, &graph, NULL), EL_E_ARG);
    assert_int_equal(el_graph_parse("", 0, "f", NULL, NULL), EL_E_ARG);
    assert_int_equal(
        el_graph_parse(big, EL_GRAPH_MAX_BYTES + 1, "f", &graph, NULL),
        EL_E_DATA);
    el_graph_free(NULL);
    el_free(big);
}

/* Limits of nesting and size: refused, not crashed on. */
static void limits(void **state)
{
    static const struct {
        const char *head, *unit, *tail, *message;
        size_t n;
    } row[] = {
        {"dim x = ", "(", "", "expression is too deep", 200},
        {"dim x = ", "!", "1", "expression is too deep", 200},
        {"dim x = 1", "+1", "", "expression is too long", 500},
        {"dim x = 1", "*(1)", "", "expression is too long", 500},
        {"", "dim x = 1\n", "", "too many dims", EL_GRAPH_MAX_DIMS + 1},
        {"", "op \"b->b\" kind=add\n", "", "too many ops",
         EL_GRAPH_MAX_OPS + 1},
        {"", "layer a x 1 {\n}\n", "", "too many layers",
         EL_GRAPH_MAX_LAYERS + 1},
        {"op \"abcdefghijkl,", "ABCDEFGHIJKL,", "nopq->a\"",
         "too many letters in one op", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        el_buf text = {0};
        el_graph *graph = NULL;
        el_error err = {0};

        el_buf_add(&text, row[i].head);
        for (size_t k = 0; k < row[i].n; k++)
            el_buf_add(&text, row[i].unit);
        el_buf_add(&text, row[i].tail);
        assert_int_equal(el_graph_parse(text.text, text.len, "f", &graph, &err),
                         EL_E_DATA);
        assert_non_null(strstr(err.message, row[i].message));
        el_buf_clear(&text);
    }
}

static void check_print(const char *text, const char *want)
{
    el_graph *graph = el_sample_graph(text);
    el_buf out = {0};

    el_graph_print(graph, &out);
    assert_string_equal(el_buf_text(&out), want);
    el_buf_clear(&out);
    el_graph_free(graph);
}

static void printing(void **state)
{
    (void)state;
    check_print("dim x=(1+2)*3-(4-5)/ !2 pad\r\n"
                "dim g = 2\n dim K = 4   spill=g pad # words\n"
                "layer  a x (x) stored=2 {\n"
                "\top \"bsx,xK->bsK\"\tfuse=a  weight=2 parallel=K?:ep,x:cp "
                "window=(x+1) flops=0.5 kind=gemm store=0 if=!(K*2) }\n",
                "dim x = (1 + 2) * 3 - (4 - 5) / !2 pad\n"
                "dim g = 2\n"
                "dim K = 4 pad spill=g\n"
                "layer a x x stored=2 {\n"
                "    op \"bsx,xK->bsK\" parallel=K?:ep,x:cp weight=2 fuse=a "
                "window=(x + 1) if=!(K * 2) flops=0.5 store=0\n"
                "}\n");
    check_print("op \"ETm,Emf->ETf\" kind=moe comm=a2a topk=2 experts=8 "
                "shared=1 routing=uniform overlap_SM=4 overlap_stage=2 "
                "when=decode dtype=fp8 label=M sparse=4 ratio=2 mask=full "
                "kv=plain",
                "op \"ETm,Emf->ETf\" kind=moe label=M dtype=fp8 "
                "overlap_stage=2 overlap_SM=4 comm=a2a experts=8 topk=2 "
                "shared=1 routing=uniform sparse=4 ratio=2 mask=full kv=plain "
                "when=decode\n");
}

/* A dim of a layer is not seen after it. */
static void scope(void **state)
{
    static const char text[] = "dim x = 1\nlayer a x 1 {\ndim y = x\n}\n"
                               "op \"by->by\" kind=add";
    el_graph *graph = NULL;
    el_error err = {0};

    (void)state;
    assert_int_equal(el_graph_parse(text, sizeof text - 1, "f", &graph, &err),
                     EL_E_DATA);
    assert_string_equal(err.message, "f:5:4: letter y has no size: write \"dim "
                                     "y = ...\" above");
}

static void out_of_memory(void **state)
{
    static const char text[] =
        "dim x = 2 * heads + (1)\n"
        "dim y = x spill=x\n"
        "layer a x 3 {\nop \"bsm,mF->bsF\" label=L fuse=f routing=uniform "
        "dtype=fp8 flops=2 window=(x) if=!y\n}\n";
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_graph *graph = NULL;

        el_mem_fail_at(k);
        st = el_graph_parse(text, sizeof text - 1, "f", &graph, NULL);
        el_mem_fail_at(-1);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_true((st == EL_OK) == (graph != NULL));
        el_graph_free(graph);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 200);
    assert_int_equal(st, EL_OK);
    assert_true(k > 20);
}

static void sizes(void **state)
{
    static el_arch_desc arch = {.hidden = 64, .tied = true, .n_block = 2};

    (void)state;
    arch.block[0].count = 3;
    arch.block[1].count = 4;
    assert_int_equal(el_size_find("hiden"), -1);
    assert_close(el_size_value(&arch, el_size_find("hidden")), 64, 0, 0);
    assert_close(el_size_value(&arch, el_size_find("tied")), 1, 0, 0);
    assert_close(el_size_value(&arch, el_size_find("layers")), 7, 0, 0);
    assert_close(el_size_value(&arch, el_size_find("window")), 0, 0, 0);
    assert_true(isnan(el_size_value(NULL, el_size_find("hidden"))));
    assert_string_equal(el_size_name(el_size_find("vocab")), "vocab");
    arch.weight_bits = 8;
    arch.attn_bits = 4;
    assert_close(el_dtype_bits(&arch, "attn"), 4, 0, 0);
    assert_close(el_dtype_bits(&arch, "ffn"), 8, 0, 0);
    assert_close(el_dtype_bits(&arch, "shared"), 8, 0, 0);
    assert_close(el_dtype_bits(&arch, "ssm"), 8, 0, 0);
    assert_close(el_dtype_bits(&arch, "expert"), 8, 0, 0);
    assert_close(el_dtype_bits(&arch, "embed"), 16, 0, 0);
    assert_close(el_dtype_bits(NULL, "kv"), 16, 0, 0);
    assert_close(el_dtype_bits(NULL, "linear"), 16, 0, 0);
    assert_true(isnan(el_dtype_bits(NULL, "x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_text), cmocka_unit_test(arguments),
        cmocka_unit_test(limits),   cmocka_unit_test(printing),
        cmocka_unit_test(scope),    cmocka_unit_test(out_of_memory),
        cmocka_unit_test(sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
