#!/usr/bin/env python3
"""Times llama.cpp or ik_llama.cpp as a library, where building its programs takes too long.

    bench/peer/library.py {llama.cpp|ik_llama.cpp} LIBRARY.so MODEL.gguf [--threads 2]

LIBRARY.so comes out of a wheel: xllamacpp's module, which has llama.cpp's C API, or ik-llama-cpp-python's libllama. Both are made for
AVX2, so they stand for a machine without AVX-512 alone. Prints JSON: tokens a second by the names that `g4rt bench` gives its tests.
Steps are timed without sampling, as llama-bench does.
"""

import argparse
import ctypes
import json
import random
import sys
import time
from ctypes import POINTER, c_bool, c_float, c_int, c_int8, c_int32, c_uint32, c_void_p

from peers import ANSWER, DEPTH, PROMPTS, SESSIONS, answer_name

STEPS = 16  # of each number of sessions
CONTEXT = 2048


def fields(text):
    """Members of a C struct, as "type name name; type name"."""
    types = {"int": c_int32, "uint": c_uint32, "enum": c_int, "float": c_float, "pointer": c_void_p, "bool": c_bool}
    members = []
    for part in text.split(";"):
        kind, *names = part.split()
        members += [(name, types[kind]) for name in names]
    return members


class LlamaModelParams(ctypes.Structure):
    _fields_ = fields("pointer devices overrides; int n_gpu_layers; enum split_mode load_mode lazy_mode; int main_gpu;"
                      "pointer tensor_split progress progress_data kv_overrides;"
                      "bool vocab_only check_tensors use_extra_bufts no_host no_alloc load_mtp")


class LlamaContextParams(ctypes.Structure):
    _fields_ = fields("uint n_ctx n_batch n_ubatch n_seq_max n_rs_seq n_outputs_max n_outputs_max_per_seq; int n_threads n_threads_batch;"
                      "enum ctx_type rope_scaling pooling attention flash_attn;"
                      "float freq_base freq_scale ext attn fast slow; uint orig_ctx; float defrag;"
                      "pointer eval eval_data; enum type_k type_v; pointer abort abort_data;"
                      "bool embeddings offload_kqv no_perf op_offload swa_full kv_unified; pointer samplers n_samplers other")


class IkModelParams(ctypes.Structure):
    _fields_ = fields("pointer devices; int n_gpu_layers mla; enum split_mode; int main_gpu max_gpu ncmoe; enum type_k type_v;"
                      "uint max_ctx_size; int n_seq_max n_ubatch amb fit_margin; bool fit; int worst_graph_tokens;"
                      "enum k_first k_last v_first v_last; int n_k_first n_k_last n_v_first n_v_last;"
                      "pointer tensor_split rpc progress progress_data kv_overrides overrides;"
                      "bool vocab_only use_mmap use_mlock check_tensors repack_tensors use_thp validate_quants merge_qkv"
                      " merge_up_gate_exps mtp dry_run flash_attn")


class IkContextParams(ctypes.Structure):
    _fields_ = fields("uint seed n_ctx n_batch n_ubatch n_seq_max n_threads n_threads_batch; int max_extra_alloc worst_case_tokens;"
                      "enum rope_scaling pooling attention; float freq_base freq_scale ext attn fast slow; uint orig_ctx; float defrag;"
                      "pointer eval eval_data; enum type_k type_v type_reduce k_first k_last v_first v_last;"
                      "int n_k_first n_k_last n_v_first n_v_last; bool logits_all embeddings offload_kqv flash_attn;"
                      "int mla_attn attn_max_batch; bool fused_moe_up_gate grouped_routing fused_up_gate fused_mmad rope_cache graph_reuse;"
                      "int min_experts; float thresh_experts;"
                      "bool only_active k_hadamard v_hadamard split_graph scheduler_async mtp; int mtp_op;"
                      "pointer abort abort_data offload_policy cuda_params")


BATCH = [("n_tokens", c_int32), ("token", POINTER(c_int32)), ("embd", c_void_p), ("pos", POINTER(c_int32)),
         ("n_seq_id", POINTER(c_int32)), ("seq_id", POINTER(POINTER(c_int32))), ("logits", POINTER(c_int8))]


class LlamaBatch(ctypes.Structure):
    _fields_ = BATCH


class IkBatch(ctypes.Structure):
    _fields_ = [*BATCH, ("all_pos_0", c_int32), ("all_pos_1", c_int32), ("all_seq_id", c_int32)]


class Engine:
    """What both have in common; `several`: for several sequences at once."""

    def __init__(self, library, threads):
        self.library, self.threads = ctypes.CDLL(library), threads
        for name, result, *args in (("llama_model_default_params", self.ModelParams),
                                    ("llama_context_default_params", self.ContextParams),
                                    ("llama_model_load_from_file", c_void_p, ctypes.c_char_p, self.ModelParams),
                                    ("llama_init_from_model", c_void_p, c_void_p, self.ContextParams),
                                    ("llama_batch_init", self.Batch, c_int32, c_int32, c_int32),
                                    ("llama_decode", c_int32, c_void_p, self.Batch)):
            function = getattr(self.library, name)
            function.restype, function.argtypes = result, args
        self.library.llama_backend_init()
        self.context = None

    def load(self, path):
        self.model = self.library.llama_model_load_from_file(path.encode(), self.model_params())
        if not self.model:
            raise SystemExit(f"{path}: the engine does not load it")
        self.batch = self.library.llama_batch_init(CONTEXT, 0, 1)
        self.library.llama_model_get_vocab.restype = c_void_p
        vocab = c_void_p(self.library.llama_model_get_vocab(c_void_p(self.model)))
        self.num_tokens = self.library.llama_vocab_n_tokens(vocab)

    def open(self, several):
        if self.context:
            self.library.llama_free(c_void_p(self.context))
        params = self.library.llama_context_default_params()
        params.n_ctx = params.n_batch = CONTEXT
        params.n_ubatch = 512
        params.n_seq_max = max(SESSIONS) if several else 1
        params.n_threads = params.n_threads_batch = self.threads
        self.adjust(params, several)
        self.context = self.library.llama_init_from_model(self.model, params)
        if not self.context:
            raise SystemExit("the engine makes no context")

    def decode(self, rows):
        """Seconds of a step of (session, position) rows; the last row of each session wants logits."""
        batch = self.batch
        batch.n_tokens = len(rows)
        for i, (session, position) in enumerate(rows):
            batch.token[i] = random.randrange(1000, self.num_tokens)
            batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0] = position, 1, session
            batch.logits[i] = i + 1 == len(rows) or rows[i + 1][0] != session
        start = time.perf_counter()
        if self.library.llama_decode(self.context, batch) != 0:
            raise SystemExit("the engine refuses a step")
        return time.perf_counter() - start


class LlamaCpp(Engine):
    ModelParams, ContextParams, Batch = LlamaModelParams, LlamaContextParams, LlamaBatch

    def model_params(self):
        return self.library.llama_model_default_params()

    def adjust(self, params, several):
        params.kv_unified = several

    def memory(self):
        self.library.llama_get_memory.restype = c_void_p
        return c_void_p(self.library.llama_get_memory(c_void_p(self.context)))

    def clear(self):
        self.library.llama_memory_clear(self.memory(), c_bool(True))

    def cut(self, session, position):
        self.library.llama_memory_seq_rm(self.memory(), c_int32(session), c_int32(position), c_int32(-1))


class IkLlamaCpp(Engine):
    """With its repacking at load and its fused experts; without its flash attention, which fails on this model."""

    ModelParams, ContextParams, Batch = IkModelParams, IkContextParams, IkBatch

    def model_params(self):
        params = self.library.llama_model_default_params()
        params.use_mmap, params.repack_tensors, params.flash_attn = False, True, False
        return params

    def adjust(self, params, several):
        params.flash_attn = False
        params.fused_moe_up_gate = True

    def clear(self):
        self.library.llama_kv_cache_clear(c_void_p(self.context))

    def cut(self, session, position):
        self.library.llama_kv_cache_seq_rm(c_void_p(self.context), c_int32(session), c_int32(position), c_int32(-1))


ENGINES = {"llama.cpp": LlamaCpp, "ik_llama.cpp": IkLlamaCpp}


def measure(engine):
    rates = {}

    def note(test, rate):
        rates[test] = rate
        print(f"{test}: {rate:.2f} tokens/s", file=sys.stderr)

    engine.open(several=False)
    engine.decode([(0, i) for i in range(16)])  # touches what a step needs
    for prompt in PROMPTS:
        engine.clear()
        note(f"pp{prompt}", prompt / engine.decode([(0, i) for i in range(prompt)]))
    engine.clear()
    note(f"tg{ANSWER}", ANSWER / sum(engine.decode([(0, i)]) for i in range(ANSWER)))
    engine.open(several=True)
    for session in range(max(SESSIONS)):
        engine.decode([(session, i) for i in range(DEPTH)])
    for count in (1, *SESSIONS):
        seconds = sum(engine.decode([(s, DEPTH + i) for s in range(count)]) for i in range(STEPS))
        for session in range(count):
            engine.cut(session, DEPTH)
        note(answer_name(count), count * STEPS / seconds)
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("library")
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    random.seed(1)
    engine = ENGINES[args.engine](args.library, args.threads)
    engine.load(args.model)
    print(json.dumps(measure(engine)))


if __name__ == "__main__":
    main()
