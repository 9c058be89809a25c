"""Configurations of the five small random models, one for each family shape."""

S, F = "sliding_attention", "full_attention"
ROPE = {
    F: {"partial_rotary_factor": 0.25, "rope_theta": 1000000.0, "rope_type": "proportional"},
    S: {"rope_theta": 10000.0, "rope_type": "default"},
}
LARGE = {
    "attention_k_eq_v": True,
    "hidden_size_per_layer_input": 0,
    "num_kv_shared_layers": 0,
    "use_double_wide_mlp": False,
    "use_bidirectional_attention": "vision",
}
SMALL = {"attention_k_eq_v": False, "num_global_key_value_heads": None, "use_bidirectional_attention": None}
NO_EXPERTS = {"enable_moe_block": False, "num_experts": None, "top_k_experts": None, "moe_intermediate_size": None}


def text(layers, **more):
    """A text_config with what all sizes share."""
    base = {
        "model_type": "gemma4_text",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": 2,
        "dtype": "bfloat16",
        "eos_token_id": 1,
        "final_logit_softcapping": 30.0,
        "hidden_activation": "gelu_pytorch_tanh",
        "initializer_range": 0.02,
        "layer_types": layers,
        "max_position_embeddings": 1024,
        "num_hidden_layers": len(layers),
        "pad_token_id": 0,
        "rms_norm_eps": 1e-06,
        "rope_parameters": ROPE,
        "tie_word_embeddings": True,
        "use_cache": True,
        "vocab_size": 512,
    }
    out = {**base, **more}
    if out["model_type"] == "gemma4_text":
        out["vocab_size_per_layer_input"] = out["vocab_size"]
    return out


def whole(text_config, model_type="gemma4", architecture="Gemma4ForConditionalGeneration"):
    """The config.json around a text_config: no vision, no audio."""
    return {
        "architectures": [architecture],
        "audio_config": None,
        "dtype": "bfloat16",
        "eos_token_id": [1, 106],
        "model_type": model_type,
        "text_config": text_config,
        "tie_word_embeddings": True,
        "vision_config": None,
    }


FAMILIES = {
    # 26B-A4B: dense MLP and experts in parallel.
    "moe26b": whole(
        text(
            [S, S, F, S, S, F],
            hidden_size=64,
            intermediate_size=96,
            num_attention_heads=4,
            num_key_value_heads=2,
            num_global_key_value_heads=1,
            head_dim=16,
            global_head_dim=32,
            sliding_window=16,
            enable_moe_block=True,
            num_experts=12,
            top_k_experts=3,
            moe_intermediate_size=32,
            **LARGE,
        )
    ),
    # 31B: dense, more heads.
    "dense31b": whole(
        text(
            [S, S, S, F, S, S, S, F],
            hidden_size=64,
            intermediate_size=160,
            num_attention_heads=8,
            num_key_value_heads=4,
            num_global_key_value_heads=2,
            head_dim=16,
            global_head_dim=32,
            sliding_window=32,
            **NO_EXPERTS,
            **LARGE,
        )
    ),
    # 12B: dense, its own model type; every size is awkward on purpose, to exercise tails.
    "dense12b": whole(
        text(
            [S, S, F, S, S, F],
            model_type="gemma4_unified_text",
            vocab_size=509,
            hidden_size=72,
            intermediate_size=88,
            num_attention_heads=6,
            num_key_value_heads=3,
            num_global_key_value_heads=1,
            head_dim=24,
            global_head_dim=40,
            sliding_window=20,
            attention_k_eq_v=True,
            num_kv_shared_layers=0,
            use_double_wide_mlp=False,
            use_bidirectional_attention="vision",
        ),
        "gemma4_unified",
        "Gemma4UnifiedForConditionalGeneration",
    ),
    # E2B: per-layer inputs, shared K/V, double-wide MLP in the sharing layers.
    "ple_e2b": whole(
        text(
            [S, S, F, S, S, F, S, F],
            hidden_size=64,
            intermediate_size=96,
            num_attention_heads=4,
            num_key_value_heads=1,
            head_dim=16,
            global_head_dim=32,
            sliding_window=16,
            hidden_size_per_layer_input=16,
            num_kv_shared_layers=4,
            use_double_wide_mlp=True,
            **NO_EXPERTS,
            **SMALL,
        )
    ),
    # E4B: per-layer inputs, shared K/V, one MLP width.
    "ple_e4b": whole(
        text(
            [S, F, S, S, F, S, S, F],
            hidden_size=64,
            intermediate_size=128,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=16,
            global_head_dim=32,
            sliding_window=24,
            hidden_size_per_layer_input=16,
            num_kv_shared_layers=3,
            use_double_wide_mlp=False,
            **NO_EXPERTS,
            **SMALL,
        )
    ),
}
SEEDS = {"moe26b": 26, "dense31b": 31, "dense12b": 12, "ple_e2b": 2, "ple_e4b": 4}
# How many safetensors files a model is cut into.
SHARDS = {"moe26b": 3, "dense31b": 1, "dense12b": 1, "ple_e2b": 2, "ple_e4b": 1}
# The released E2B files still carry k/v tensors of the sharing layers; newer files omit them.
UNUSED_KV = {"ple_e2b"}
GENERATION = {
    "bos_token_id": 2,
    "do_sample": True,
    "eos_token_id": [1, 106, 50],
    "pad_token_id": 0,
    "temperature": 1.0,
    "top_k": 64,
    "top_p": 0.95,
}
