"""transformers in f64: its modules say f32 in places, whatever the dtype of the model."""

from contextlib import contextmanager

import torch


@contextmanager
def f64():
    """Within it Tensor.float() gives f64 and softmax has the dtype of what it is given."""
    to_float, softmax = torch.Tensor.float, torch.nn.functional.softmax
    torch.Tensor.float = torch.Tensor.double
    torch.nn.functional.softmax = lambda x, dim=None, dtype=None: softmax(x, dim=dim)
    try:
        yield
    finally:
        torch.Tensor.float, torch.nn.functional.softmax = to_float, softmax
