#!/usr/bin/env python3
"""Writes a GGUF file of Gemma 4's 26B-A4B with random weights: what other engines and g4 are timed on.

    bench/peer/write_gguf.py OUT.gguf [--shape full|small]

Names, shapes, types and sizes of all tensors are those of the official Q4_0 file: matrices in Q4_0, the tied embedding in Q6_K, norms
and the router in F32. Numbers are random and mean nothing, but they behave: block scales have a random sign, as real ones do. With scales
of one sign each row of a weight has a mean, which grows from layer to layer until all tokens choose the same experts, and engines
read a fraction of the weights that they should.
"""

import argparse
import dataclasses
import struct

import numpy as np

F32, Q4_0, Q6_K = 0, 2, 14
BLOCK = {F32: (1, 4), Q4_0: (32, 18), Q6_K: (256, 210)}  # numbers, bytes
ALIGNMENT = 32
BLOCKS_AT_ONCE = 1 << 22


@dataclasses.dataclass(frozen=True)
class Shape:
    """Sizes of the model. A layer is of the full kind each sixth time, else it has a window."""

    layers: int = 30
    hidden: int = 2816
    heads: int = 16
    window_kv_heads: int = 8
    full_kv_heads: int = 2
    window_head_dim: int = 256
    full_head_dim: int = 512
    dense: int = 2112
    expert: int = 704
    experts: int = 128
    top_k: int = 8
    vocab: int = 262144
    window: int = 1024
    context: int = 262144

    def is_full(self, layer):
        return layer % 6 == 5


SHAPES = {"full": Shape(), "small": Shape(layers=6, hidden=256, heads=4, window_kv_heads=2, full_kv_heads=1, window_head_dim=64,
                                          full_head_dim=128, dense=512, expert=64, experts=8, top_k=2, vocab=32768, window=64,
                                          context=4096)}


@dataclasses.dataclass(frozen=True)
class Tensor:
    """`dims` begins with the columns, as GGUF has them. `fill`: a number for all, or what fill_of() knows."""

    name: str
    dims: tuple
    type: int = F32
    fill: object = 1.0

    def num_bytes(self):
        numbers, size = BLOCK[self.type]
        count = int(np.prod(self.dims))
        assert self.dims[0] % numbers == 0, self
        return count // numbers * size


def layer_tensors(shape, layer):
    """In the order of the official file."""
    prefix = f"blk.{layer}."
    full = shape.is_full(layer)
    head_dim = shape.full_head_dim if full else shape.window_head_dim
    kv_heads = shape.full_kv_heads if full else shape.window_kv_heads

    def f32(name, dims, fill=1.0):
        return Tensor(f"{prefix}{name}.weight", dims, F32, fill)

    def matrix(name, *dims):
        return Tensor(f"{prefix}{name}.weight", dims, Q4_0, "weights")

    hidden = shape.hidden
    yield f32("attn_norm", (hidden,))
    yield matrix("attn_q", hidden, head_dim * shape.heads)
    yield matrix("attn_k", hidden, head_dim * kv_heads)
    if not full:  # full layers take their keys for values
        yield matrix("attn_v", hidden, head_dim * kv_heads)
    yield matrix("attn_output", head_dim * shape.heads, hidden)
    yield f32("attn_q_norm", (head_dim,))
    yield f32("attn_k_norm", (head_dim,), 0.06)  # scores are not scaled: this keeps them of order 1
    yield f32("post_attention_norm", (hidden,), 0.2)  # attention averages tokens: a small part, or they all look alike
    yield f32("layer_output_scale", (1,))
    yield f32("ffn_norm", (hidden,))
    yield matrix("ffn_gate", hidden, shape.dense)
    yield matrix("ffn_up", hidden, shape.dense)
    yield matrix("ffn_down", shape.dense, hidden)
    yield f32("post_ffw_norm", (hidden,))
    yield f32("ffn_gate_inp", (hidden, shape.experts), "router")
    yield Tensor(f"{prefix}ffn_gate_inp.scale", (hidden,))
    for name in ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"):
        yield f32(name, (hidden,))
    yield matrix("ffn_gate_up_exps", hidden, 2 * shape.expert, shape.experts)
    yield matrix("ffn_down_exps", shape.expert, hidden, shape.experts)
    yield Tensor(f"{prefix}ffn_down_exps.scale", (shape.experts,))


def all_tensors(shape):
    yield Tensor("token_embd.weight", (shape.hidden, shape.vocab), Q6_K, "weights")
    yield Tensor("output_norm.weight", (shape.hidden,))
    yield Tensor("rope_freqs.weight", (shape.full_head_dim // 2,), F32, "rope")
    for layer in range(shape.layers):
        yield from layer_tensors(shape, layer)


# ---------------------------------------------------------------------------------------------------------------------
# Numbers


class Numbers:
    """Random contents, the same in each run."""

    def __init__(self):
        self.random = np.random.Generator(np.random.SFC64(1))

    def bytes(self, count):
        words = self.random.integers(0, 2**64, size=(count + 7) // 8, dtype=np.uint64)
        return words.view(np.uint8)[:count]

    def scales(self, count, size):
        """f16 of about `size`, up to a fifth more or less, of both signs; two bytes each."""
        steps = np.arange(256)
        table = size * (0.8 + 0.4 * (steps >> 1) / 127) * np.where(steps & 1, -1, 1)
        return table.astype(np.float16)[self.bytes(count)].view(np.uint8).reshape(count, 2)

    def blocks(self, kind, count, deviation):
        """Blocks whose numbers have about this standard deviation."""
        data = self.bytes(count * BLOCK[kind][1]).reshape(count, -1).copy()
        if kind == Q4_0:  # codes 0..15 less 8
            data[:, 0:2] = self.scales(count, deviation / 4.61)
            return data
        # Q6_K: codes 0..63 less 32, times one of 16 signed scales of a byte, times an f16.
        draws = self.bytes(count * 16).reshape(count, 16)
        sizes = 60 + (draws >> 1).astype(np.int32) * 67 // 127
        data[:, 192:208] = np.where(draws & 1, -sizes, sizes).astype(np.int8).view(np.uint8)
        data[:, 208:210] = self.scales(count, deviation / (18.47 * 93.5))
        return data

    def write(self, file, tensor, shape):
        if tensor.fill == "weights":
            count = tensor.num_bytes() // BLOCK[tensor.type][1]
            for first in range(0, count, BLOCKS_AT_ONCE):
                part = min(BLOCKS_AT_ONCE, count - first)
                file.write(self.blocks(tensor.type, part, tensor.dims[0] ** -0.5))
        elif tensor.fill == "router":
            file.write(2 * self.random.standard_normal(int(np.prod(tensor.dims)), dtype=np.float32))
        elif tensor.fill == "rope":  # a quarter of a full head turns
            turning = shape.full_head_dim // 8
            factors = np.full(tensor.dims[0], 1e30, np.float32)
            factors[:turning] = 1
            file.write(factors)
        else:
            file.write(np.full(tensor.dims, tensor.fill, np.float32))
        file.write(bytes(-tensor.num_bytes() % ALIGNMENT))


# ---------------------------------------------------------------------------------------------------------------------
# Header

U32, I32, FLOAT, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
FORMATS = {U32: "<I", I32: "<i", FLOAT: "<f", BOOL: "<?"}


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value_bytes(kind, value):
    return text(value) if kind == STRING else struct.pack(FORMATS[kind], value)


def entry(key, kind, value):
    return text(key) + struct.pack("<I", kind) + value_bytes(kind, value)


def array(key, kind, values):
    head = text(key) + struct.pack("<IIQ", ARRAY, kind, len(values))
    return head + b"".join(value_bytes(kind, value) for value in values)


def model_entries(shape):
    prefix = "gemma4."
    layers = range(shape.layers)
    kv_heads = [shape.full_kv_heads if shape.is_full(i) else shape.window_kv_heads for i in layers]
    numbers = {"block_count": shape.layers, "context_length": shape.context, "embedding_length": shape.hidden,
               "feed_forward_length": shape.dense, "attention.head_count": shape.heads, "expert_count": shape.experts,
               "expert_used_count": shape.top_k, "expert_feed_forward_length": shape.expert,
               "attention.key_length": shape.full_head_dim, "attention.value_length": shape.full_head_dim,
               "attention.key_length_swa": shape.window_head_dim, "attention.value_length_swa": shape.window_head_dim,
               "rope.dimension_count": shape.full_head_dim, "rope.dimension_count_swa": shape.window_head_dim,
               "attention.sliding_window": shape.window, "attention.shared_kv_layers": 0,
               "embedding_length_per_layer_input": 0}
    floats = {"rope.freq_base": 1e6, "rope.freq_base_swa": 1e4, "attention.layer_norm_rms_epsilon": 1e-6,
              "final_logit_softcapping": 30.0}
    yield entry("general.architecture", STRING, "gemma4")
    yield entry("general.type", STRING, "model")
    yield entry("general.name", STRING, "random weights")
    yield entry("general.quantization_version", U32, 2)
    yield entry("general.file_type", U32, 2)
    yield from (entry(prefix + key, U32, value) for key, value in numbers.items())
    yield from (entry(prefix + key, FLOAT, value) for key, value in floats.items())
    yield array(prefix + "attention.head_count_kv", I32, kv_heads)
    yield array(prefix + "attention.sliding_window_pattern", BOOL, [not shape.is_full(i) for i in layers])


def tokenizer_entries(shape):
    """Pieces without meaning, as many as the model has."""
    normal, control, byte = 1, 3, 6
    pieces = [f"piece{i:06d}" for i in range(shape.vocab)]
    kinds = [normal] * shape.vocab
    marks = {0: "<pad>", 1: "<eos>", 2: "<bos>", 3: "<unk>", 4: "<mask>", 105: "<|turn>", 106: "<turn|>"}
    for place, mark in marks.items():
        pieces[place], kinds[place] = mark, control
    pieces[107] = "\n"
    for i in range(256):
        pieces[238 + i], kinds[238 + i] = f"<0x{i:02X}>", byte
    merges = [f"{pieces[1000 + i]} {pieces[1001 + i]}" for i in range(16)]
    yield entry("tokenizer.ggml.model", STRING, "gemma4")
    yield array("tokenizer.ggml.tokens", STRING, pieces)
    yield array("tokenizer.ggml.scores", FLOAT, [-1000.0] * shape.vocab)
    yield array("tokenizer.ggml.token_type", I32, kinds)
    yield array("tokenizer.ggml.merges", STRING, merges)
    for name, place in (("bos", 2), ("eos", 1), ("unknown", 3), ("padding", 0)):
        yield entry(f"tokenizer.ggml.{name}_token_id", U32, place)
    yield entry("tokenizer.ggml.add_space_prefix", BOOL, False)
    yield entry("tokenizer.ggml.add_bos_token", BOOL, True)


def header(shape, tensors):
    entries = [*model_entries(shape), *tokenizer_entries(shape)]
    parts = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(entries)), *entries]
    offset = 0
    for tensor in tensors:
        dims = struct.pack(f"<{len(tensor.dims)}Q", *tensor.dims)
        parts += [text(tensor.name), struct.pack("<I", len(tensor.dims)), dims, struct.pack("<IQ", tensor.type, offset)]
        offset += tensor.num_bytes() + -tensor.num_bytes() % ALIGNMENT
    data = b"".join(parts)
    return data + bytes(-len(data) % ALIGNMENT)


def write(path, shape):
    tensors = list(all_tensors(shape))
    numbers = Numbers()
    with open(path, "wb") as file:
        file.write(header(shape, tensors))
        for tensor in tensors:
            numbers.write(file, tensor, shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--shape", choices=SHAPES, default="full")
    args = parser.parse_args()
    write(args.out, SHAPES[args.shape])


if __name__ == "__main__":
    main()
