#!/usr/bin/env python3
"""Models as GGUF by the gguf package: logits of g4 against transformers on the dequantised weights.

Usage: gguf_logits.py FOLDER [TYPE...], FOLDER with g4c and g4rt, build/bin. Types that the package can quantize to are
tried on models/tiny; for the others, a random model whose rows are whole blocks of 256 has random blocks. All weights of
both sides are f32. Exits with an error where the largest difference is over 1e-4 of the largest logit.
Names, sizes and keys come from the package and from config.json, not from our own converter (test/support).
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from transformers import AutoConfig, AutoModelForCausalLM

from families import FAMILIES
from make_models import random_value

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = ROOT / "models/tiny"
MOST_ERROR = 1e-4  # docs/numerics.md
QUANTIZABLE = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"]
RANDOM = ["Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"]
# Where a block has its f16 scales, and how large each is beside the first: minima take the mean away.
SCALES = {"Q4_K": {0: 1, 2: 7.5}, "Q5_K": {0: 1, 2: 15.5}, "Q6_K": {208: 1}, "IQ4_NL": {0: 1}, "IQ4_XS": {0: 1}}


def large_rows():
    """A model with every row a multiple of 256, with experts, as config.json has it."""
    config = json.loads(json.dumps(FAMILIES["moe26b"]))
    config["text_config"].update(hidden_size=256, intermediate_size=512, moe_intermediate_size=256, num_attention_heads=4,
                                 head_dim=64, global_head_dim=128, num_experts=4, top_k_experts=2, vocab_size=2048,
                                 vocab_size_per_layer_input=2048)
    return config


def put_scales(blocks, kind, scales):
    for offset, factor in SCALES[kind.name].items():
        blocks[:, offset:offset + 2] = (factor * scales)[:, None].astype(np.float16).view(np.uint8)


def random_blocks(kind, shape, std, rng):
    """Bytes of blocks whose numbers have about this standard deviation."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (int(np.prod(shape)) // elements, size), np.uint8)
    put_scales(blocks, kind, np.full(len(blocks), 1e-3))
    scale = 1e-3 * std / gguf.quants.dequantize(blocks, kind).std()
    put_scales(blocks, kind, scale * rng.choice([-1.0, 1.0], len(blocks)))
    return blocks.reshape(*shape[:-1], shape[-1] // elements * size)


def stored(name, tensor, kind, rng):
    """What the file holds of a tensor, its type, and the numbers that this means."""
    numbers = tensor.detach().float().numpy()
    if numbers.ndim < 2 or "router" in name:
        return numbers, Type.F32, numbers
    if kind.name in RANDOM:
        data = random_blocks(kind, numbers.shape, numbers.std(), rng)
    else:
        data = gguf.quants.quantize(numbers, kind)
    return data, kind, gguf.quants.dequantize(data, kind).reshape(numbers.shape)


def gguf_name(name, names):
    """As llama.cpp's converter does it, with the package's table."""
    name = name.replace("model.language_model.", "model.")
    layer = int(name.split(".")[2]) if name.startswith("model.layers.") else None
    for ending, part in (("router.per_expert_scale", gguf.MODEL_TENSOR.FFN_DOWN_EXP),
                         ("router.scale", gguf.MODEL_TENSOR.FFN_GATE_INP)):
        if name.endswith(ending):
            return gguf.TENSOR_NAMES[part].format(bid=layer) + ".scale"
    if not name.endswith(".weight"):
        name += ".weight"
    return names.get_name(name, try_suffixes=(".weight",))


def put_metadata(writer, config):
    text = config["text_config"]
    sliding = [kind == "sliding_attention" for kind in text["layer_types"]]
    writer.add_block_count(len(sliding))
    writer.add_context_length(text["max_position_embeddings"])
    writer.add_embedding_length(text["hidden_size"])
    writer.add_feed_forward_length(text["intermediate_size"])
    writer.add_head_count(text["num_attention_heads"])
    writer.add_head_count_kv([text["num_key_value_heads" if s else "num_global_key_value_heads"] for s in sliding])
    writer.add_key_length(text["global_head_dim"])
    writer.add_value_length(text["global_head_dim"])
    writer.add_key_length_swa(text["head_dim"])
    writer.add_value_length_swa(text["head_dim"])
    writer.add_sliding_window(text["sliding_window"])
    writer.add_sliding_window_pattern(sliding)
    writer.add_shared_kv_layers(text["num_kv_shared_layers"])
    writer.add_embedding_length_per_layer_input(text["hidden_size_per_layer_input"])
    writer.add_layer_norm_rms_eps(text["rms_norm_eps"])
    writer.add_final_logit_softcapping(text["final_logit_softcapping"])
    writer.add_rope_freq_base(text["rope_parameters"]["full_attention"]["rope_theta"])
    writer.add_rope_freq_base_swa(text["rope_parameters"]["sliding_attention"]["rope_theta"])
    writer.add_expert_count(text["num_experts"])
    writer.add_expert_used_count(text["top_k_experts"])
    writer.add_expert_feed_forward_length(text["moe_intermediate_size"])


def put_tokenizer(writer):
    tokenizer = json.loads((TINY / "tokenizer.json").read_text())
    vocab = tokenizer["model"]["vocab"]
    special = {token["content"]: token["special"] for token in tokenizer["added_tokens"]}
    pieces = sorted(vocab, key=vocab.get)
    kinds = {True: gguf.TokenType.CONTROL, False: gguf.TokenType.USER_DEFINED, None: gguf.TokenType.NORMAL}
    writer.add_tokenizer_model("gemma4")
    writer.add_token_list(pieces)
    writer.add_token_types([kinds[special.get(piece)] for piece in pieces])
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)


def put_rope(writer, text):
    pairs = text["global_head_dim"] // 2
    turning = int(text["global_head_dim"] * text["rope_parameters"]["full_attention"]["partial_rotary_factor"] / 2)
    divisors = np.array([1.0] * turning + [1e30] * (pairs - turning), np.float32)
    writer.add_tensor("rope_freqs.weight", divisors)


def write(path, model, config, kind):
    """The file, and the model with the numbers that the file means."""
    rng = np.random.default_rng(3)
    writer = gguf.GGUFWriter(path, "gemma4")
    put_metadata(writer, config)
    put_tokenizer(writer)
    put_rope(writer, config["text_config"])
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GEMMA4, config["text_config"]["num_hidden_layers"])
    for name, tensor in model.state_dict().items():
        if name != "lm_head.weight":
            data, used, numbers = stored(name, tensor, kind, rng)
            writer.add_tensor(gguf_name(name, names), np.ascontiguousarray(data), raw_dtype=used)
            tensor.copy_(torch.from_numpy(numbers))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def open_model(config):
    return AutoModelForCausalLM.from_config(AutoConfig.for_model(**config), dtype=torch.float32,
                                            attn_implementation="eager", experts_implementation="eager")


def build(kind):
    """A model with weights, before they are stored as `kind`."""
    if kind.name in RANDOM:
        config = large_rows()
        model = open_model(config)
        rng = torch.Generator().manual_seed(5)
        for name, tensor in model.state_dict().items():
            if name != "lm_head.weight":
                tensor.copy_(random_value(name, tuple(tensor.shape), rng))
        return model, config
    config = json.loads((TINY / "config.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(TINY, dtype=torch.float32, attn_implementation="eager",
                                                 experts_implementation="eager")
    return model, config


@torch.no_grad()
def compare(programs, kind):
    """The largest difference of a logit, as a part of the largest logit."""
    model, config = build(kind)
    model.eval()
    ids = [np.random.default_rng(seed).integers(2, 2048, 100).tolist() for seed in range(4)]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder / "m.gguf", model, config, kind)
        expected = np.concatenate([model(input_ids=torch.tensor([row])).logits[0].numpy() for row in ids])
        subprocess.run([programs / "g4c", "compile", folder / "m.gguf", "--weights", "f32", "--progress", "none", "-o",
                        folder / "m.g4"], check=True)
        (folder / "ids.json").write_text(json.dumps(ids))
        subprocess.run([programs / "g4rt", "eval", folder / "m.g4", "--tokens", folder / "ids.json", "--logits",
                        folder / "out.npy"], check=True, stdout=subprocess.DEVNULL)
        ours = np.load(folder / "out.npy").reshape(expected.shape)
    return float(np.abs(ours - expected).max() / np.abs(expected).max())


def main():
    programs, failed = pathlib.Path(sys.argv[1]), False
    for name in sys.argv[2:] or QUANTIZABLE + RANDOM:
        error = compare(programs, Type[name])
        failed |= not error <= MOST_ERROR
        print(f"{name:7} {'models/tiny' if name in QUANTIZABLE else 'random, rows of 256'}: {error:.2e}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
