"""Configurations of the three small random models that see pictures, one for each form of a tower."""

from families import F, LARGE, NO_EXPERTS, S, SMALL, text, whole

VOCAB, IMAGE, BOI, EOI = 128, 120, 121, 122
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "vocab_size": VOCAB,
}
TOWER = {
    "attention_bias": False,
    "hidden_activation": "gelu_pytorch_tanh",
    "hidden_size": 24,
    "intermediate_size": 40,
    "model_type": "gemma4_vision",
    "num_hidden_layers": 2,
    "pooling_kernel_size": 3,
    "position_embedding_size": 256,
    "rms_norm_eps": 1e-06,
    "rope_parameters": {"rope_theta": 100.0, "rope_type": "axial"},
}


def seeing(config, vision):
    """`config` with a tower and the ids of its tokens."""
    ids = {"image_token_id": IMAGE, "boi_token_id": BOI, "eoi_token_id": EOI}
    return {**config, **ids, "vision_config": vision}


VISION = {
    # 26B-A4B and 31B: standardised soft tokens.
    "vision26b": seeing(
        whole(
            text(
                [S, S, F],
                global_head_dim=32,
                num_global_key_value_heads=1,
                sliding_window=8,
                **TEXT,
                **NO_EXPERTS,
                **LARGE,
            )
        ),
        {
            **TOWER,
            "head_dim": 12,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "patch_size": 16,
            "standardize": True,
            "use_clipped_linears": False,
        },
    ),
    # 12B: pixels are projected without a layer.
    "vision12b": seeing(
        whole(
            text(
                [S, S, F],
                model_type="gemma4_unified_text",
                global_head_dim=32,
                num_global_key_value_heads=1,
                sliding_window=8,
                attention_k_eq_v=True,
                num_kv_shared_layers=0,
                use_double_wide_mlp=False,
                use_bidirectional_attention="vision",
                **TEXT,
            ),
            "gemma4_unified",
            "Gemma4UnifiedForConditionalGeneration",
        ),
        {
            "mm_embed_dim": 24,
            "mm_posemb_size": 96,
            "model_type": "gemma4_unified_vision",
            "output_proj_dims": 24,
            "patch_size": 4,
            "pooling_kernel_size": 3,
            "rms_norm_eps": 1e-06,
        },
    ),
    # E2B and E4B: clipped linears; pictures are causal.
    "vision_e2b": seeing(
        whole(
            text(
                [S, F, S, F],
                global_head_dim=32,
                sliding_window=8,
                hidden_size_per_layer_input=8,
                num_kv_shared_layers=2,
                use_double_wide_mlp=True,
                **TEXT,
                **NO_EXPERTS,
                **SMALL,
            )
        ),
        {
            **TOWER,
            "head_dim": 8,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "patch_size": 8,
            "standardize": False,
            "use_clipped_linears": True,
        },
    ),
}
SEEDS = {"vision26b": 126, "vision12b": 112, "vision_e2b": 102}

# Height and width of pictures in pixels, and their budget of soft tokens. Towers whose attention is quadratic in
# patches are left out of the two largest.
BUDGETS = [
    ((301, 517), 70),
    ((20, 10000), 70),
    ((37, 29), 140),
    ((517, 301), 280),
    ((640, 480), 560),
    ((777, 1333), 1120),
]
QUADRATIC_LIMIT = 280
# Rows and columns of patches of three pictures in one step.
GRIDS = [(3, 3), (3, 27), (12, 6)]
