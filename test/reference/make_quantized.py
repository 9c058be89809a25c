#!/usr/bin/env python3
"""Quantised weights as other tools write them, and what those tools read of them.

    make_quantized.py OUT_FOLDER

A case is a folder with config.json, model.safetensors (one weight, m.q_proj, or
a few) and expected.safetensors: what an independent reader makes of each weight,
in f32. compressed-tensors' own decompress reads its formats, AWQ's words are
unpacked by its converter; GPTQ and ModelOpt are formulas in numpy. Codes are all
that their bits allow, scales reach from the smallest to the largest of their
dtype that leave the products finite. Needs requirements-quantized.txt.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from compressed_tensors.compressors import (FloatQuantizationCompressor, IntQuantizationCompressor,
                                            NVFP4PackedCompressor, PackedQuantizationCompressor)
from compressed_tensors.compressors.pack_quantized.helpers import pack_to_int32
from compressed_tensors.entrypoints.convert.converters.autoawq import AutoAWQConverter
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from safetensors.torch import save_file

ROWS, COLS = 16, 256
rng = np.random.default_rng(7)


def extreme(shape, dtype, low, high):
    """Numbers of both signs with exponents from `low` to `high`."""
    exponents = rng.uniform(low, high, shape)
    numbers = rng.choice([-1.0, 1.0], shape) * rng.uniform(1, 2, shape) * 2.0 ** exponents
    return torch.tensor(numbers, dtype=torch.float64).to(dtype)


def codes(bits, shape=(ROWS, COLS)):
    return torch.tensor(rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), shape), dtype=torch.int8)


def e4m3(shape, positive=False):
    bits = rng.integers(0, 0x7f, shape)
    if not positive:
        bits = bits + rng.choice([0, 0x80], shape)
    return torch.tensor(bits.astype(np.uint8)).view(torch.float8_e4m3fn)


def write(out, name, quantization, tensors, expected, **files):
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "gemma4_text"}
    if quantization:
        config["quantization_config"] = quantization
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    for file, value in files.items():
        (folder / (file + ".json")).write_text(json.dumps(value, indent=1) + "\n")
    save_file({key: value.contiguous() for key, value in tensors.items()}, folder / "model.safetensors")
    save_file({key: value.float().contiguous() for key, value in expected.items()}, folder / "expected.safetensors")


def named(module, parts):
    return {f"{module}.{key}": value for key, value in parts.items()}


def compressed(args, form, ignore=("lm_head",), targets=("Linear",)):
    return {"quant_method": "compressed-tensors", "format": form, "quantization_status": "compressed", "ignore": list(ignore),
            "config_groups": {"group_0": {"targets": list(targets), "input_activations": None, "output_activations": None,
                                          "weights": {"dynamic": False, **args}}}}


def decompressed(compressor, parts, args):
    """In f32: scales in their own dtype would round every product to it."""
    scheme = QuantizationScheme(targets=["Linear"], weights=QuantizationArgs(**args))
    wide = {key: value.float() if key == "weight_scale" else value for key, value in parts.items()}
    return compressor.decompress(wide, scheme)["weight"]


def scale_shape(args):
    if args["strategy"] == "tensor":
        return (1,)
    if args["strategy"] == "block":
        height, width = args["block_structure"]
        return (-(-ROWS // height), -(-COLS // width))
    return (ROWS, COLS // args["group_size"] if args.get("group_size") else 1)


def pack_quantized(out, name, args, dtype, low, high):
    args = {"type": "int", "symmetric": True, **args}
    weight = codes(args["num_bits"])
    parts = {"weight_packed": pack_to_int32(weight, args["num_bits"]), "weight_scale": extreme(scale_shape(args), dtype, low, high),
             "weight_shape": torch.tensor([ROWS, COLS])}
    if not args["symmetric"]:
        zeros = codes(args["num_bits"], scale_shape(args))
        parts["weight_zero_point"] = pack_to_int32(zeros, args["num_bits"], packed_dim=0).contiguous()
    write(out, name, compressed(args, "pack-quantized"), named("m.q_proj", parts),
          {"m.q_proj.weight": decompressed(PackedQuantizationCompressor, parts, args)})


def byte_quantized(out, name, args, dtype, low, high):
    args = {"num_bits": 8, "symmetric": True, **args}
    is_int = args["type"] == "int"
    parts = {"weight": codes(8) if is_int else e4m3((ROWS, COLS)), "weight_scale": extreme(scale_shape(args), dtype, low, high)}
    if not args["symmetric"]:
        parts["weight_zero_point"] = codes(8, scale_shape(args))
    compressor = IntQuantizationCompressor if is_int else FloatQuantizationCompressor
    write(out, name, compressed(args, "int-quantized" if is_int else "float-quantized"), named("m.q_proj", parts),
          {"m.q_proj.weight": decompressed(compressor, parts, args)})


NVFP4 = {"num_bits": 4, "type": "float", "symmetric": True, "strategy": "tensor_group", "group_size": 16}


def nvfp4_parts(scale):
    return {"weight_packed": torch.tensor(rng.integers(0, 256, (ROWS, COLS // 2), dtype=np.uint8)),
            "weight_scale": e4m3((ROWS, COLS // 16), positive=True), "weight_global_scale": torch.tensor([scale])}


def nvfp4_expected(parts):
    # The library's unpacking rounds to bf16, which has all of E2M1 and E4M3, and keeps bf16 for the products: those in f32.
    from compressed_tensors.compressors.nvfp4.helpers import unpack_fp4_from_uint8
    from compressed_tensors.quantization.lifecycle.forward import dequantize
    unpacked = unpack_fp4_from_uint8(parts["weight_packed"], ROWS, COLS, dtype=torch.float32)
    return dequantize(x_q=unpacked, scale=parts["weight_scale"].float(), args=QuantizationArgs(**NVFP4),
                      global_scale=parts["weight_global_scale"], dtype=torch.float32)


def nvfp4(out):
    for name, scale in (("ct_nvfp4", 2688.0), ("ct_nvfp4_tiny_divisor", 1e-30), ("ct_nvfp4_huge_divisor", 1e30)):
        parts = nvfp4_parts(scale)
        write(out, name, compressed(NVFP4, "nvfp4-pack-quantized"),
              named("m.q_proj", {**parts, "input_global_scale": torch.tensor([3.0])}), {"m.q_proj.weight": nvfp4_expected(parts)})
    assert NVFP4PackedCompressor is not None
    # Attention in FP8, the rest in NVFP4, as published checkpoints mix them.
    fp8 = {"num_bits": 8, "type": "float", "symmetric": True, "strategy": "channel"}
    attention = {"weight": e4m3((ROWS, COLS)), "weight_scale": extreme((ROWS, 1), torch.bfloat16, -20, 10)}
    parts = nvfp4_parts(448.0)
    config = compressed(NVFP4, "mixed-precision", ignore=["lm_head", "re:.*router.*"], targets=["re:.*mlp.*"])
    config["config_groups"]["group_0"]["format"] = "nvfp4-pack-quantized"
    config["config_groups"]["group_1"] = {"targets": ["re:.*self_attn\\.(q|k|v|o)_proj$"], "format": "float-quantized",
                                          "weights": {"dynamic": False, **fp8}}
    write(out, "ct_mixed", config,
          {**named("l.0.self_attn.q_proj", attention), **named("l.0.mlp.up_proj", parts),
           "l.0.router.proj.weight": torch.ones(4, 8, dtype=torch.bfloat16)},
          {"l.0.self_attn.q_proj.weight": decompressed(FloatQuantizationCompressor, attention, fp8),
           "l.0.mlp.up_proj.weight": nvfp4_expected(parts), "l.0.router.proj.weight": torch.ones(4, 8)})


E2M1 = np.array([0, .5, 1, 1.5, 2, 3, 4, 6, -0., -.5, -1, -1.5, -2, -3, -4, -6], np.float32)


def modelopt(out):
    packed = rng.integers(0, 256, (ROWS, COLS // 2), dtype=np.uint8)
    scale, factor = e4m3((ROWS, COLS // 16), positive=True), np.float32(1.7e-4)
    values = E2M1[np.stack([packed & 15, packed >> 4], -1).reshape(ROWS, COLS)]
    wide = np.repeat(scale.float().numpy() * factor, 16, axis=1)
    tensors = named("e.0.gate_proj", {"weight": torch.tensor(packed), "weight_scale": scale, "weight_scale_2": torch.tensor(factor),
                                      "input_scale": torch.tensor(0.01)})
    expected = {"e.0.gate_proj.weight": torch.tensor(values * wide)}
    inside = {"quant_algo": "NVFP4", "kv_cache_quant_algo": None, "group_size": 16, "exclude_modules": ["lm_head"]}
    write(out, "modelopt_nvfp4", {"quant_method": "modelopt", **inside}, tensors, expected)
    write(out, "modelopt_nvfp4_own_file", None, tensors, expected,
          hf_quant_config={"producer": {"name": "modelopt", "version": "0.40"}, "quantization": inside})
    weight, scale = e4m3((ROWS, COLS)), torch.tensor(0.0317)
    write(out, "modelopt_fp8", {"quant_method": "modelopt", "quant_algo": "FP8"},
          named("m.q_proj", {"weight": weight, "weight_scale": scale, "input_scale": torch.tensor(1.0)}),
          {"m.q_proj.weight": weight.float() * scale})


def awq(out, name, group, config=None, zeros=True):
    qweight = torch.tensor(rng.integers(-2 ** 31, 2 ** 31, (COLS, ROWS // 8)), dtype=torch.int32)
    qzeros = torch.tensor(rng.integers(-2 ** 31, 2 ** 31, (COLS // group, ROWS // 8)), dtype=torch.int32)
    scales = extreme((COLS // group, ROWS), torch.float16, -24, 15)
    weight, zero = AutoAWQConverter.unpack_awq(qweight, qzeros, 4)
    weight, zero = AutoAWQConverter.reverse_awq_order(weight, zero, 4)
    zero = zero & 15 if zeros else torch.full_like(zero, 8)
    spread = lambda x: x.float().repeat_interleave(group, 0)
    expected = ((weight & 15).float() - spread(zero)) * spread(scales)
    parts = {"qweight": qweight, "scales": scales, **({"qzeros": qzeros} if zeros else {})}
    config = config or {"quant_method": "awq", "bits": 4, "group_size": group, "zero_point": zeros, "version": "gemm",
                        "modules_to_not_convert": ["router"]}
    write(out, name, config, named("m.q_proj", parts), {"m.q_proj.weight": expected.T})


def gptq(out, name, bits, group, config, less_one=True, order=None):
    per_word, size = 32 // bits, group if group > 0 else COLS
    weight, blocks = rng.integers(0, 2 ** bits, (COLS, ROWS)), COLS // size
    stored = rng.integers(0, 2 ** bits, (blocks, ROWS))
    scales = extreme((blocks, ROWS), torch.float16, -24, 8)

    def pack(numbers):  # along the first axis, low bits first
        words = np.zeros((numbers.shape[0] // per_word, numbers.shape[1]), np.uint32)
        for i in range(per_word):
            words |= numbers[i::per_word].astype(np.uint32) << np.uint32(bits * i)
        return torch.tensor(words.view(np.int32))
    index = np.arange(COLS) // size if order is None else order
    zeros = stored + less_one
    expected = (weight - zeros[index]).astype(np.float32) * scales.float().numpy()[index]
    parts = {"qweight": pack(weight), "qzeros": pack(stored.T).T, "scales": scales, "g_idx": torch.tensor(index, dtype=torch.int32)}
    write(out, name, {"bits": bits, "group_size": group, **config}, named("m.q_proj", parts),
          {"m.q_proj.weight": torch.tensor(expected.T)})


def main():
    out = pathlib.Path(sys.argv[1])
    grouped = {"num_bits": 4, "strategy": "group", "group_size": 32}
    pack_quantized(out, "ct_int4_g32", grouped, torch.bfloat16, -130, 120)
    pack_quantized(out, "ct_int4_g64_f16", {**grouped, "group_size": 64}, torch.float16, -24, 15)
    pack_quantized(out, "ct_int4_g32_zeros", {**grouped, "symmetric": False}, torch.bfloat16, -130, 120)
    pack_quantized(out, "ct_int4_channel", {"num_bits": 4, "strategy": "channel"}, torch.float32, -140, 120)
    pack_quantized(out, "ct_int2_g32", {**grouped, "num_bits": 2}, torch.bfloat16, -130, 120)
    pack_quantized(out, "ct_int8_packed", {**grouped, "num_bits": 8}, torch.bfloat16, -130, 118)
    byte_quantized(out, "ct_int8_channel", {"type": "int", "strategy": "channel"}, torch.float32, -140, 118)
    byte_quantized(out, "ct_int8_zeros", {"type": "int", "strategy": "channel", "symmetric": False}, torch.bfloat16, -130, 118)
    byte_quantized(out, "ct_fp8_channel", {"type": "float", "strategy": "channel"}, torch.bfloat16, -130, 115)
    byte_quantized(out, "ct_fp8_tensor", {"type": "float", "strategy": "tensor"}, torch.float32, -5, 5)
    byte_quantized(out, "ct_fp8_block", {"type": "float", "strategy": "block", "block_structure": [10, 96]}, torch.bfloat16, -130, 115)
    nvfp4(out)
    modelopt(out)
    for group in (32, 64, 128):
        awq(out, f"awq_g{group}", group)
    awq(out, "awq_symmetric", 64, zeros=False)
    gptq(out, "gptq_g32", 4, 32, {"quant_method": "gptq", "desc_act": False, "sym": True})
    gptq(out, "gptq_v2_g64", 4, 64, {"quant_method": "gptq", "checkpoint_format": "gptq_v2", "sym": False}, less_one=False)
    gptq(out, "gptq_sorted", 4, 64, {"quant_method": "gptq", "desc_act": True}, order=rng.permutation(np.arange(COLS) // 64))
    gptq(out, "gptq_int8_row", 8, -1, {"quant_method": "gptq"})
    gptq(out, "autoround_g128", 4, 128, {"quant_method": "auto-round", "packing_format": "auto_round:auto_gptq", "sym": True})
    awq(out, "autoround_awq_g32", 32, {"quant_method": "auto-round", "packing_format": "auto_round:auto_awq", "bits": 4, "group_size": 32})


if __name__ == "__main__":
    main()
