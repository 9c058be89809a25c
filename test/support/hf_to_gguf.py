#!/usr/bin/env python3
"""A checkpoint of bf16 safetensors as GGUF, as the converters of llama.cpp and Ollama write it.

Usage: hf_to_gguf.py FOLDER FILE.gguf [--type F32|F16|BF16|Q8_0|Q4_0] [--style llama.cpp|ollama]
                     [--split-experts] [--parts N] [--template TEXT] [--drop NAME]... [--infinite TENSOR]
                     [--finer TENSOR]...
--finer makes a tensor Q8_0, as files of mixed types have it. --drop leaves out keys and tensors; --infinite makes the
f16 scale of a tensor's first block infinite.
Vectors and the router are F32, as in every such file, and so is a matrix whose rows are no
whole blocks. Needs no package, so that the suite can make its inputs.
"""
import argparse
import json
import pathlib
import struct

from gguf_file import BOOL, F32, I32, TEXT, TYPES, U32, Gguf

PREFIX = "model.language_model."
MODEL = {"embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight",
         "embed_tokens_per_layer.weight": "per_layer_token_embd.weight",
         "per_layer_model_projection.weight": "per_layer_model_proj.weight",
         "per_layer_projection_norm.weight": "per_layer_proj_norm.weight"}
LAYER = {"input_layernorm.weight": "attn_norm.weight", "post_attention_layernorm.weight": "post_attention_norm.weight",
         "self_attn.q_proj.weight": "attn_q.weight", "self_attn.k_proj.weight": "attn_k.weight",
         "self_attn.v_proj.weight": "attn_v.weight", "self_attn.o_proj.weight": "attn_output.weight",
         "self_attn.q_norm.weight": "attn_q_norm.weight", "self_attn.k_norm.weight": "attn_k_norm.weight",
         "pre_feedforward_layernorm.weight": "ffn_norm.weight", "mlp.gate_proj.weight": "ffn_gate.weight",
         "mlp.up_proj.weight": "ffn_up.weight", "mlp.down_proj.weight": "ffn_down.weight",
         "post_feedforward_layernorm.weight": "post_ffw_norm.weight",
         "post_feedforward_layernorm_1.weight": "post_ffw_norm_1.weight",
         "pre_feedforward_layernorm_2.weight": "pre_ffw_norm_2.weight",
         "post_feedforward_layernorm_2.weight": "post_ffw_norm_2.weight",
         "router.proj.weight": "ffn_gate_inp.weight", "router.scale": "ffn_gate_inp.scale",
         "router.per_expert_scale": "ffn_down_exps.scale", "experts.gate_up_proj": "ffn_gate_up_exps.weight",
         "experts.down_proj": "ffn_down_exps.weight", "layer_scalar": "layer_output_scale.weight",
         "per_layer_input_gate.weight": "inp_gate.weight", "per_layer_projection.weight": "proj.weight",
         "post_per_layer_input_norm.weight": "post_norm.weight"}
NORMAL, CONTROL, USER_DEFINED, BYTE = 1, 3, 4, 6
# llama.cpp marks these so that its parser of answers sees them.
VISIBLE = {"<|channel>", "<channel|>", "<|tool_call>", "<tool_call|>", "<|tool_response>", "<tool_response|>", '<|"|>'}


def tensors_of(folder):
    """Name to shape and bf16 bytes."""
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        data = path.read_bytes()
        (size,) = struct.unpack("<Q", data[:8])
        for name, entry in json.loads(data[8:8 + size]).items():
            if name != "__metadata__":
                assert entry["dtype"] == "BF16", name
                begin, end = (8 + size + offset for offset in entry["data_offsets"])
                found[name] = (entry["shape"], data[begin:end])
    return found


def gguf_name(name):
    name = name.removeprefix(PREFIX)
    if not name.startswith("layers."):
        return MODEL.get(name)
    _, number, rest = name.split(".", 2)
    return f"blk.{number}.{LAYER[rest]}" if rest in LAYER else None


def widen(data):
    """bf16 to f32."""
    out = bytearray(2 * len(data))
    out[2::4], out[3::4] = data[0::2], data[1::2]
    return bytes(out)


def q8_0(block):
    d = max(map(abs, block)) / 127
    return struct.pack("<e32b", d, *(round(x / d) if d else 0 for x in block))


def q4_0(block):
    d = max(block, key=abs) / -8
    codes = [min(15, int(x / d + 8.5)) if d else 8 for x in block]
    return struct.pack("<e16B", d, *(codes[i] | codes[i + 16] << 4 for i in range(16)))


def encode(data, kind):
    """bf16 bytes as numbers or blocks of `kind`."""
    if kind == "BF16":
        return data
    wide = widen(data)
    if kind == "F32":
        return wide
    numbers = struct.unpack(f"<{len(wide) // 4}f", wide)
    if kind == "F16":
        return struct.pack(f"<{len(numbers)}e", *numbers)
    block = {"Q8_0": q8_0, "Q4_0": q4_0}[kind]
    return b"".join(block(numbers[i:i + 32]) for i in range(0, len(numbers), 32))


def add_tensor(out, name, shape, data, kind):
    if len(shape) < 2 or name.endswith("ffn_gate_inp.weight") or shape[-1] % TYPES[kind][1]:
        kind = "F32"
    out.add(name, shape, kind, encode(data, kind))


def split_experts(name, shape, data):
    """Gate and up of all experts as two tensors."""
    experts, rows, columns = shape
    half = rows // 2 * columns * 2
    parts = {"ffn_gate_exps": b"", "ffn_up_exps": b""}
    for expert in range(experts):
        parts["ffn_gate_exps"] += data[2 * expert * half:(2 * expert + 1) * half]
        parts["ffn_up_exps"] += data[(2 * expert + 1) * half:2 * (expert + 1) * half]
    for part, bytes_ in parts.items():
        yield name.replace("ffn_gate_up_exps", part), [experts, rows // 2, columns], bytes_


def add_tensors(out, folder, text, args):
    for name, (shape, data) in tensors_of(folder).items():
        known = "output.weight" if name == "lm_head.weight" else gguf_name(name)
        if not known:
            continue
        tensors = [(known, shape, data)]
        if args.split_experts and "gate_up_exps" in known:
            tensors = split_experts(known, shape, data)
        for tensor in tensors:
            add_tensor(out, *tensor, "Q8_0" if tensor[0] in args.finer else args.type)
    rope = text["rope_parameters"]["full_attention"]
    half = text["global_head_dim"] // 2
    turning = int(rope["partial_rotary_factor"] * text["global_head_dim"] / 2)
    out.add("rope_freqs.weight", [half], "F32", struct.pack(f"<{half}f", *[1.0] * turning, *[1e30] * (half - turning)))


def put_sizes(out, text):
    a = "gemma4."
    sliding = [kind == "sliding_attention" for kind in text["layer_types"]]
    kv, kv_full = text["num_key_value_heads"], text.get("num_global_key_value_heads")
    shared, width = text.get("num_kv_shared_layers") or 0, text["intermediate_size"]
    layers = text["num_hidden_layers"]
    if text.get("use_double_wide_mlp"):
        width = [width * (1 + (i >= layers - shared)) for i in range(layers)]
    for key, value in {"block_count": layers, "context_length": text["max_position_embeddings"],
                       "embedding_length": text["hidden_size"], "attention.head_count": text["num_attention_heads"],
                       "attention.shared_kv_layers": shared,
                       "attention.sliding_window": text["sliding_window"],
                       "attention.key_length": text["global_head_dim"],
                       "attention.value_length": text["global_head_dim"],
                       "attention.key_length_swa": text["head_dim"], "attention.value_length_swa": text["head_dim"],
                       "rope.dimension_count": text["global_head_dim"], "rope.dimension_count_swa": text["head_dim"],
                       "embedding_length_per_layer_input": text.get("hidden_size_per_layer_input") or 0}.items():
        out.put(a + key, U32, value)
    out.put(a + "feed_forward_length", I32 if isinstance(width, list) else U32, width)
    if kv_full:
        out.put(a + "attention.head_count_kv", I32, [kv if s else kv_full for s in sliding])
    else:
        out.put(a + "attention.head_count_kv", U32, kv)
    out.put(a + "attention.sliding_window_pattern", BOOL, sliding)
    rope = text["rope_parameters"]
    out.put(a + "rope.freq_base", F32, rope["full_attention"]["rope_theta"])
    out.put(a + "rope.freq_base_swa", F32, rope["sliding_attention"]["rope_theta"])
    out.put(a + "attention.layer_norm_rms_epsilon", F32, text["rms_norm_eps"])
    out.put(a + "final_logit_softcapping", F32, text["final_logit_softcapping"])
    if text.get("num_experts"):
        out.put(a + "expert_count", U32, text["num_experts"])
        out.put(a + "expert_used_count", U32, text["top_k_experts"])
        out.put(a + "expert_feed_forward_length", U32, text["moe_intermediate_size"])


def token_type(piece, added, ollama):
    if piece in added and (added[piece] or ollama):
        return CONTROL if added[piece] else USER_DEFINED
    if piece in VISIBLE:
        return USER_DEFINED
    return BYTE if piece.startswith("<0x") and not ollama else NORMAL


def put_tokenizer(out, folder, ollama):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocab = tokenizer["model"]["vocab"]
    added = {token["content"]: token["special"] for token in tokenizer["added_tokens"]}
    pieces = sorted(vocab, key=vocab.get)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]
    t = "tokenizer.ggml."
    out.put(t + "model", TEXT, "llama" if ollama else "gemma4")
    if ollama:
        out.put(t + "pre", TEXT, "gemma4")
    out.put(t + "tokens", TEXT, pieces)
    out.put(t + "scores", F32, [-1000.0] * len(pieces))
    out.put(t + "token_type", I32, [token_type(piece, added, ollama) for piece in pieces])
    out.put(t + "merges", TEXT, merges)


def put_ends(out, folder, ollama):
    generation = json.loads((folder / "generation_config.json").read_text())
    t = "tokenizer.ggml."
    out.put(t + "bos_token_id", U32, generation["bos_token_id"])
    out.put(t + "padding_token_id", U32, generation["pad_token_id"])
    ends = generation["eos_token_id"]
    ends = ends if isinstance(ends, list) else [ends]
    out.put(t + "eos_token_id", U32, ends[0])
    if ollama:
        out.put(t + "eos_token_ids", I32, ends)
    if suppressed := generation.get("suppress_tokens"):
        out.put(t + "suppress_tokens", I32, suppressed)


def write_parts(out, path, count):
    """NAME.gguf as `count` files NAME-00001-of-...; the first has the metadata."""
    share = -(-len(out.tensors) // count)
    for number in range(count):
        part = Gguf()
        part.pairs = list(out.pairs) if number == 0 else []
        part.put("split.no", U32, number)
        part.put("split.count", U32, count)
        part.put("split.tensors.count", I32, len(out.tensors))
        part.tensors = out.tensors[number * share:(number + 1) * share]
        part.write(path.with_name(f"{path.stem}-{number + 1:05}-of-{count:05}.gguf"))


def convert(args):
    folder, path = pathlib.Path(args.folder), pathlib.Path(args.file)
    ollama = args.style == "ollama"
    config = json.loads((folder / "config.json").read_text())
    out = Gguf()
    out.put("general.architecture", TEXT, "gemma4")
    out.put("general.name", TEXT, "a model for tests")
    put_sizes(out, config["text_config"])
    if (folder / "tokenizer.json").exists():
        put_tokenizer(out, folder, ollama)
    put_ends(out, folder, ollama)
    if args.template:
        out.put("tokenizer.chat_template", TEXT, args.template)
    out.pairs = [pair for pair in out.pairs if pair[0] not in args.drop]
    add_tensors(out, folder, config["text_config"], args)
    out.tensors = [tensor for tensor in out.tensors if tensor[0] not in args.drop]
    out.tensors = [(*tensor, b"\0\x7c" + data[2:] if tensor[0] == args.infinite else data)
                   for *tensor, data in out.tensors]
    path.parent.mkdir(parents=True, exist_ok=True)
    if args.parts > 1:
        write_parts(out, path, args.parts)
    else:
        out.write(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("file")
    parser.add_argument("--type", default="BF16", choices=TYPES)
    parser.add_argument("--style", default="llama.cpp", choices=["llama.cpp", "ollama"])
    parser.add_argument("--split-experts", action="store_true")
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--template")
    parser.add_argument("--drop", action="append", default=[])
    parser.add_argument("--infinite")
    parser.add_argument("--finer", action="append", default=[])
    convert(parser.parse_args())
