"""A prompt with soft tokens through a text model of transformers, with the masks of its generate()."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import torch

from oracle import Run


@dataclass
class Prompt:
    """Ids with pad in the place of soft tokens, which soft token each row is (-1: none), and [begin, end) of spans."""

    ids: list[int]
    soft_rows: list[int]
    spans: list[list[int]]
    soft: np.ndarray

    @staticmethod
    def of(ids, image, soft):
        """From ids in which `image` stands for each soft token in turn."""
        is_soft = [i == image for i in ids]
        rows, spans = np.cumsum(is_soft) - 1, []
        for t, seen in enumerate(is_soft):
            if seen and spans and spans[-1][1] == t:
                spans[-1][1] = t + 1
            elif seen:
                spans.append([t, t + 1])
        assert sum(is_soft) == len(soft)
        soft_rows = [int(r) if s else -1 for r, s in zip(rows, is_soft)]
        return Prompt([0 if s else i for i, s in zip(ids, is_soft)], soft_rows, spans, soft)

    def facts(self):
        """What a manifest says of it."""
        return {"ids": self.ids, "soft_rows": self.soft_rows, "spans": self.spans}


def inputs_of(model, prompt):
    """Arguments of the model's forward, but for the masks."""
    is_soft = torch.tensor([r >= 0 for r in prompt.soft_rows])
    ids = torch.where(is_soft, model.config.image_token_id, torch.tensor(prompt.ids))[None]
    soft = torch.tensor(prompt.soft).to(model.dtype)
    pictures = {"image": SimpleNamespace(pooler_output=[soft])}
    return {"input_ids": ids, "mm_encoder_outputs": pictures, "use_cache": False}, is_soft.long()[None]


@torch.no_grad()
def picture_run(oracle, prompt, direct=False):
    """One forward pass; `direct` leaves the masks to forward(), which does not always make those of generate()."""
    model, (inputs, kinds) = oracle.model, inputs_of(oracle.model, prompt)
    oracle.outputs, oracle.routed = [], []
    if direct:
        masks = {"mm_token_type_ids": kinds}
    else:
        length = kinds.shape[1]
        mask = type(model).create_masks_for_generate(
            config=model.config,
            inputs_embeds=torch.zeros(1, length, 1, dtype=model.dtype),
            attention_mask=torch.ones(1, length, dtype=torch.long),
            past_key_values=None,
            position_ids=torch.arange(length)[None],
            mm_token_type_ids=kinds,
            is_first_iteration=True,
        )
        masks = {"attention_mask": mask}
    logits = model(**inputs, **masks).logits[0]
    return Run(logits.numpy(), torch.stack(oracle.outputs).numpy(), None, None, float("inf"))
