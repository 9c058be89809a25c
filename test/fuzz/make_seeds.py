#!/usr/bin/env python3
"""Writes the seeds of the fuzz programs, from test/inputs, test/fuzz/corpus and build-fuzz.

Usage: make_seeds.py FOLDER, once build-fuzz is built.
"""
import json
import lzma
import pathlib
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
INPUTS = ROOT / "test/inputs"
sys.path.insert(0, str(ROOT / "test/support"))
from gguf_file import BOOL, F32, I32, TEXT, U32, Gguf  # noqa: E402


def folder(out, name):
    (out / name).mkdir(parents=True, exist_ok=True)
    return out / name


def chat(out):
    text = (INPUTS / "chat_template/more.jsonl").read_text("utf-8")
    for number, line in enumerate(text.strip().split("\n")):
        request = json.loads(line)
        for key in ("name", "large", "small"):
            del request[key]
        (out / f"{number:03}.json").write_text(json.dumps(request))


def encode(out):
    lines = lzma.open(INPUTS / "tokenizer/encodings.jsonl.xz", "rt", encoding="utf-8")
    for number, line in enumerate(list(lines)[:300]):
        (out / f"{number:03}.txt").write_bytes(json.loads(line)["text"].encode()[:500])


def safetensors(out):
    """A file of three tensors, and its header with each field damaged."""
    header = {
        "__metadata__": {"format": "pt"},
        "a.weight": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
        "b": {"dtype": "F32", "shape": [], "data_offsets": [12, 16]},
        "empty": {"dtype": "I64", "shape": [0, 5], "data_offsets": [16, 16]},
    }
    texts = [json.dumps(header)]
    texts += [texts[0].replace(*pair) for pair in (("12", "13"), ("BF16", "F64"), ("[2, 3]", "[-2, -3]"), ("{", "["))]
    for number, text in enumerate(texts):
        data = len(text).to_bytes(8, "little") + text.encode() + bytes(16)
        (out / f"{number:03}.safetensors").write_bytes(data)


def picture(out):
    for path in (INPUTS / "pictures").iterdir():
        if path.suffix != ".json" and path.stat().st_size < 10_000:
            (out / path.name).write_bytes(path.read_bytes())


def config(out):
    for path in [*INPUTS.glob("models/*/config.json"), ROOT / "models/tiny/config.json"]:
        (out / f"{path.parent.name}.json").write_bytes(path.read_bytes())


def quantized(out):
    for path in INPUTS.glob("quantized/*/model.safetensors"):
        text = json.dumps(json.loads((path.parent / "config.json").read_text()))
        (out / f"{path.parent.name}.bin").write_bytes(text.encode() + b"\n" + path.read_bytes())


def mmproj(projector, patch):
    """A tower of no layer."""
    file = Gguf()
    file.put("general.architecture", TEXT, "clip")
    file.put("clip.vision.projector_type", TEXT, projector)
    file.put("clip.vision.block_count", U32, 0)
    file.add("v.patch_embd.weight", patch, "F32", bytes(108))
    file.add("v.patch_norm.1.weight", [27], "F16", bytes(54))
    file.add("v.position_embd.weight", [2, 2, 1], "F32", bytes(16))
    for name, shape in {"attn_q_norm": [1], "attn_q": [1, 1], "attn_k": [1, 1], "ffn_gate": [1, 1]}.items():
        file.add(f"v.blk.0.{name}.weight", shape, "F32", bytes(4))
    return file


def gguf(out):
    """A model of one layer, and a tensor of each type that is read."""
    file = Gguf()
    sizes = {"block_count": 1, "context_length": 8, "embedding_length": 32, "feed_forward_length": 32,
             "attention.head_count": 1, "attention.head_count_kv": 1, "attention.key_length": 4,
             "attention.key_length_swa": 4, "attention.sliding_window": 2}
    file.put("general.architecture", TEXT, "gemma4")
    for key, value in sizes.items():
        file.put("gemma4." + key, U32, value)
    file.put("gemma4.attention.layer_norm_rms_epsilon", F32, 1e-6)
    file.put("gemma4.attention.sliding_window_pattern", BOOL, [False])
    file.put("tokenizer.ggml.model", TEXT, "gemma4")
    file.put("tokenizer.ggml.tokens", TEXT, ["<unk>", "a", "aa", "<|turn>"])
    file.put("tokenizer.ggml.token_type", I32, [2, 1, 1, 3])
    file.put("tokenizer.ggml.merges", TEXT, ["a a"])
    file.add("token_embd.weight", [4, 32], "F32", bytes(512))
    file.add("rope_freqs.weight", [2], "F32", struct.pack("<2f", 1, 1e30))
    file.add("blk.0.ffn_gate_exps.weight", [2, 1, 32], "Q8_0", bytes(68))
    file.add("blk.0.ffn_up_exps.weight", [2, 1, 32], "F16", bytes(128))
    file.write(out / "model.gguf")
    for projector, patch in {"gemma4v": [1, 3, 3, 3], "gemma4uv": [1, 27]}.items():
        mmproj(projector, patch).write(out / f"{projector}.gguf")
    (out / "types.gguf").write_bytes((INPUTS / "gguf/every_type.gguf").read_bytes())


def policy(out):
    texts = [
        "base: q4\nscales: search\nrules:\n  - {class: attention, layers: 0-3, format: int8}\n  - format: bf16\n",
        "rules: [{class: norm, format: f32}, {layers: 7, format: int4-f32}]",
        "base: &b q4-qat\nrules:\n- class: experts\n  format: *b\n",
    ]
    for number, text in enumerate(texts):
        (out / f"{number:03}.yaml").write_text(text)


def http(out):
    post = b"POST /p HTTP/1.1\r\nHost: localhost\r\n"
    requests = [
        b"GET /health?x HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
        post + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhelloGET",
        post + b"Origin: http://a\r\nOrigin: http://b\r\n\r\n",
        post + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n1\r\na\r\n0\r\nHost: x\r\nOrigin: y\r\n\r\nGET",
        post + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n",
    ]
    for number, request in enumerate(requests):
        (out / f"{number:03}.bin").write_bytes(bytes([0, 9, 0, 70]) + request)


def call(out):
    (out / "000.txt").write_text("call:f{a:1.5,b:[true,null,{}],'c d':'e',\"g\":\"h\",i:j k}")


def engine_messages(out):
    """A cancelled request, a load that failed, and a success that has a message all the same."""
    (out / "000.bin").write_bytes(bytes([1]) + (7).to_bytes(8, "little"))
    (out / "001.bin").write_bytes(bytes([2, 3, 4, 0, 0, 0]) + b"why?")
    (out / "002.bin").write_bytes(bytes([5]) + bytes(8) + bytes([0, 4, 0, 0, 0]) + b"why?" + bytes(24))


def request(out):
    """Bodies with one group of fields each."""
    message = {"role": "user", "content": "hi"}
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": -5}}, "required": ["a"]}
    tool = {"type": "function", "function": {"name": "f", "parameters": schema, "strict": True}}
    bodies = [
        {"temperature": 0.5, "top_p": 0.9, "top_k": 4, "min_p": 0.1, "seed": -1, "logit_bias": {"50": -100}, "max_tokens": 9},
        {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": False},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}}},
        {"guided_regex": "[a-c]{1,3}-\\d|x?"},
        {"structured_outputs": {"choice": ["yes", "no"]}, "thinking_budget": 5, "reasoning_effort": "low"},
        {"grammar": 'root ::= "a" (b | [c-e])*\nb ::= root{1,3}', "n": 2, "stream": True, "stop": ["x", "y"]},
        {"logprobs": True, "top_logprobs": 3, "stream_options": {"include_usage": True}, "chat_template_kwargs": {"enable_thinking": True}},
    ]
    for number, fields in enumerate(bodies):
        (out / f"{number:03}.json").write_text(json.dumps({"model": "tiny", "messages": [message], **fields}))
        (out / f"{number:03}-completion.json").write_text(json.dumps({"model": "tiny", "prompt": "hi", **fields}))


def grammar(out):
    """The first byte says what the rest is: an expression, a grammar or a schema."""
    texts = [b"\x00[a-c]{1,3}-\\d|(?:x?y+)*", b"\x01^[^\\s\"]{2}$|\\u00e9", b'\x02root ::= "a" (b | [c-e])*\nb ::= root{1,3}']
    schemas = [
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}, "required": ["a"], "$defs": {"b": {"type": ["integer", "null"], "minimum": -5}}},
        {"type": "array", "prefixItems": [{"const": 1}], "items": {"type": "string", "pattern": "^a+$"}, "maxItems": 3},
        {"anyOf": [{"type": "string", "format": "date", "maxLength": 9}, {"enum": ["x", 1.5, None]}], "oneOf": [{"type": "number", "multipleOf": 3, "exclusiveMaximum": 99}]},
        {"allOf": [{"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1}, {"properties": {"q": True}}]},
    ]
    texts += [b"\x03" + json.dumps(schema).encode() for schema in schemas]
    for number, text in enumerate(texts):
        (out / f"{number:03}.bin").write_bytes(text)


def value(out):
    for number, text in enumerate(['{"a":[1,-2.5e3,true,null],"\\u00e9":"\\ud83d\\ude00"}', "1E+400", '"\\n\\/"', "[[[{}]]]"]):
        (out / f"{number:03}.json").write_text(text)


def program(out):
    """Edits of one number each: which one (2 bytes), how many bytes it gets (less 1), the bytes."""
    for number in range(0, 600, 5):
        for value in (0, 2, 255):
            (out / f"{number:03}-{value}.bin").write_bytes(number.to_bytes(2, "little") + bytes([0, value]))


def corpus(out):
    """The inputs that earlier runs kept, as few as reach what they reached, and short ones alone: some 300 kB."""
    for path in sorted((ROOT / "test/fuzz/corpus").glob("*.tar.xz")):
        subprocess.run(["tar", "-xJf", path, "-C", folder(out, path.name.removesuffix(".tar.xz"))], check=True)


def main():
    out = pathlib.Path(sys.argv[1])
    corpus(out)
    program(folder(out, "program"))
    safetensors(folder(out, "safetensors"))
    picture(folder(out, "picture"))
    config(folder(out, "config"))
    quantized(folder(out, "quantized"))
    gguf(folder(out, "gguf"))
    policy(folder(out, "policy"))
    http(folder(out, "http"))
    call(folder(out, "call"))
    request(folder(out, "request"))
    grammar(folder(out, "grammar"))
    value(folder(out, "value"))
    engine_messages(folder(out, "engine-messages"))
    folder(out, "artifact")
    chat(folder(out, "chat"))
    encode(folder(out, "encode"))
    folder(out, "decode")
    folder(out, "tokenizer-json")
    subprocess.run([ROOT / "build-fuzz/bin/write-text-tables", folder(out, "text-tables")], check=True)


if __name__ == "__main__":
    main()
