#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A tiny Llama of random weights as a GGUF file: make_gguf.py FILE.

2 layers, 64 wide, 20480 words: 3 M parameters, 11 MB. It says nothing that
makes sense, but an engine works on it as on any other.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
"""
import struct
import sys

import numpy as np

WIDTH, LAYERS, HEADS, KV_HEADS, HIDDEN, WORDS = 64, 2, 4, 2, 128, 20480
ALIGN = 32
U32, F32, STRING, ARRAY, I32 = 4, 6, 8, 9, 5


def text(s):
    raw = s.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(kind, v):
    if kind == STRING:
        return text(v)
    return struct.pack({U32: "<I", F32: "<f", I32: "<i"}[kind], v)


def array(kind, items):
    return struct.pack("<IQ", kind, len(items)) + b"".join(value(kind, v) for v in items)


def words():
    """Pieces as SentencePiece has them: 3 control words, 256 bytes, the rest."""
    names = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % b for b in range(256)]
    kinds = [2, 3, 3] + [6] * 256
    names += ["\u2581w%d" % i for i in range(WORDS - len(names))]
    kinds += [1] * (WORDS - len(kinds))
    return names, kinds


def settings():
    names, kinds = words()
    u32 = {"context_length": 8192, "embedding_length": WIDTH, "block_count": LAYERS,
           "feed_forward_length": HIDDEN, "attention.head_count": HEADS,
           "attention.head_count_kv": KV_HEADS, "rope.dimension_count": WIDTH // HEADS,
           "vocab_size": WORDS}
    out = [("general.architecture", STRING, value(STRING, "llama")),
           ("general.name", STRING, value(STRING, "random")),
           ("llama.attention.layer_norm_rms_epsilon", F32, value(F32, 1e-5)),
           ("tokenizer.ggml.model", STRING, value(STRING, "llama")),
           ("tokenizer.ggml.tokens", ARRAY, array(STRING, names)),
           ("tokenizer.ggml.scores", ARRAY, array(F32, [0.0] * WORDS)),
           ("tokenizer.ggml.token_type", ARRAY, array(I32, kinds)),
           ("tokenizer.ggml.bos_token_id", U32, value(U32, 1)),
           ("tokenizer.ggml.eos_token_id", U32, value(U32, 2))]
    out += [("llama." + k, U32, value(U32, v)) for k, v in u32.items()]
    return out


def tensors():
    rng = np.random.default_rng(1)
    kv = WIDTH // HEADS * KV_HEADS

    def draw(*shape):
        return (0.05 * rng.standard_normal(shape)).astype("<f4")

    ones = np.ones(WIDTH, "<f4")
    yield "token_embd.weight", draw(WORDS, WIDTH)
    yield "output_norm.weight", ones
    yield "output.weight", draw(WORDS, WIDTH)
    for i in range(LAYERS):
        for name, t in (("attn_norm", ones), ("ffn_norm", ones),
                        ("attn_q", draw(WIDTH, WIDTH)), ("attn_k", draw(kv, WIDTH)),
                        ("attn_v", draw(kv, WIDTH)), ("attn_output", draw(WIDTH, WIDTH)),
                        ("ffn_gate", draw(HIDDEN, WIDTH)), ("ffn_up", draw(HIDDEN, WIDTH)),
                        ("ffn_down", draw(WIDTH, HIDDEN))):
            yield "blk.%d.%s.weight" % (i, name), t


def main(path):
    keys, all_tensors = settings(), list(tensors())
    head = b"GGUF" + struct.pack("<IQQ", 3, len(all_tensors), len(keys))
    for key, kind, raw in keys:
        head += text(key) + struct.pack("<I", kind) + raw
    at = 0
    for name, t in all_tensors:  # innermost dimension first
        head += text(name) + struct.pack("<I", t.ndim)
        head += struct.pack("<%dQ" % t.ndim, *reversed(t.shape)) + struct.pack("<IQ", 0, at)
        at += (t.nbytes + ALIGN - 1) // ALIGN * ALIGN
    with open(path, "wb") as f:
        f.write(head + bytes(-len(head) % ALIGN))
        for _, t in all_tensors:
            f.write(t.tobytes() + bytes(-t.nbytes % ALIGN))


main(sys.argv[1])
