/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the config.json reader share. Layer: io.
 *
 * A reader keeps its first error: every call after that does nothing and
 * gives the neutral value, so that readers of families are plain lists.
 *
 * Keys may be alternatives, "hidden_size|n_embd|d_model": the first that is
 * there and not null counts, messages name the first. Numbers are looked up
 * in r->at, which is the language model's object unless a part says otherwise.
 */
#ifndef EL_IO_HF_CONFIG_READER_H
#define EL_IO_HF_CONFIG_READER_H
#include <jansson.h>

#include "energylens/arch.h"
#include "energylens/error.h"

#define EL_HF_MAX_WIDTH 0x1p24 /* hidden, heads, intermediate */
#define EL_HF_MAX_VOCAB 0x1p27

typedef struct el_hf el_hf;

/* What HF's configuration class assumes; of a nested text_config only. */
typedef struct el_hf_defaults {
    double hidden, layers, heads, kv_heads, head_dim, intermediate, vocab;
} el_hf_defaults;

/* Facts of a family that its config.json does not say. */
enum {
    EL_HF_MLP2 = 1,        /* two matrices, no gate */
    EL_HF_QKV_BIAS = 2,    /* by default; keys may say otherwise */
    EL_HF_BIAS = 4,        /* all projections */
    EL_HF_TIED = 8,        /* head is the embedding, by default */
    EL_HF_LAYER_NORM = 16, /* norms with bias */
    EL_HF_NORM4 = 32,      /* four norms a layer (Gemma 2) */
    EL_HF_PARALLEL = 64,   /* attention and MLP side by side */
    EL_HF_POSITIONS = 128, /* learned positions */
    EL_HF_QK_NORM = 256,
    EL_HF_INNER_4H = 512, /* intermediate is 4 hidden where it is absent */
    EL_HF_NO_ATTENTION = 1024,
    EL_HF_NO_FFN = 2048 /* intermediate_size may be missing */
};

typedef struct el_hf_family {
    const char *type; /* model_type */
    void (*read)(el_hf *r);
    unsigned flags;
    const el_hf_defaults *nested; /* NULL: none */
    size_t full_every; /* every n-th layer looks back without a window */
} el_hf_family;

struct el_hf {
    const char *name;   /* of the file */
    const json_t *root; /* whole document */
    const json_t *text; /* of the language model: root or inside it */
    const char *text_key;
    const json_t *at; /* where keys are looked up */
    const char *at_key;
    const el_hf_family *family;
    el_arch_desc arch;
    size_t layers;
    unsigned char block_of[EL_ARCH_MAX_LAYERS]; /* layer -> arch.block */
    el_status st;
    el_error *err;
};

/* hf_config_key.c */

/* EL_E_DATA "name: key: ..."; key may be "". */
void el_hf_fail(el_hf *r, const char *key, const char *fmt, ...)
    EL_PRINTF(3, 4);
/* NULL when absent or null. */
const json_t *el_hf_get(const json_t *object, const char *keys);
bool el_hf_has(const el_hf *r, const char *keys);
/* Whole number in lo..hi; `missing` when absent (NaN: that is an error). */
double el_hf_int(el_hf *r, const char *keys, double lo, double hi,
                 double missing);
/* The same, any number. */
double el_hf_real(el_hf *r, const char *keys, double lo, double hi,
                  double missing);
bool el_hf_flag(el_hf *r, const char *keys, bool missing);
/* NULL when absent; borrowed. */
const char *el_hf_text(el_hf *r, const char *keys);
/* An array of r->layers entries, or NULL when absent. */
const json_t *el_hf_layer_list(el_hf *r, const char *keys);
/* Look keys up in the object `key` of the root from now on; false: absent. */
bool el_hf_enter(el_hf *r, const char *key);
void el_hf_leave(el_hf *r); /* back to the language model */

/* hf_config_text.c */

/* Sizes of the language model: hidden, heads, FFN, experts, MLA, flags. */
void el_hf_shape(el_hf *r);
/* Append a layer. */
void el_hf_add(el_hf *r, const el_arch_block *block);
/* What the FFN and window of layer i are, from the usual keys. */
el_ffn el_hf_ffn_of(el_hf *r, size_t i);
double el_hf_window_of(el_hf *r, size_t i);
/* Shape and layers of a network of attention layers. */
void el_hf_read_plain(el_hf *r);

/* hf_config_hybrid.c */
void el_hf_read_mamba(el_hf *r);
void el_hf_read_mamba2(el_hf *r);
void el_hf_read_jamba(el_hf *r);
void el_hf_read_nemotron_h(el_hf *r);
void el_hf_read_mamba_hybrid(el_hf *r); /* Granite 4, Bamba: layer_types */
void el_hf_read_falcon_h1(el_hf *r);
void el_hf_read_zamba2(el_hf *r);
void el_hf_read_linear(el_hf *r); /* Qwen3-Next, Qwen3.5 */
void el_hf_read_lightning(el_hf *r);

/* hf_config_family.c; NULL if unknown */
const el_hf_family *el_hf_family_of(const char *type);
/* By class name, "LlamaForCausalLM". */
const el_hf_family *el_hf_family_of_class(const char *name);

/* hf_config_vision.c: tower and audio, once the language model is read. */
void el_hf_read_vision(el_hf *r);

/* hf_config_quant.c: bits, from the config and hf_quant_config.json or NULL */
void el_hf_read_quant(el_hf *r, const json_t *quant);

/*
 * hf_config_match.c: does a module pattern of a quantisation config mean the
 * module? "re:" is a regular expression (literals, . [...] * + ( | ) ^ $),
 * * in others means anything; without a layer number the pattern may stand
 * for any run of whole components: "mlp.gate" is "layers.3.mlp.gate" but not
 * "layers.3.mlp.gate_proj". A parent module means all inside it. Prefixes
 * before "layers." do not count.
 */
bool el_hf_match(const char *pattern, const char *module);

#endif
