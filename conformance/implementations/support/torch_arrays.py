"""NumPy arrays to PyTorch tensors and back, and gradients by PyTorch's own autograd."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import torch

__all__ = ["array", "loss_and_gradient", "tensor"]

_BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def tensor(values, like=None):
    """The array as a tensor of the same dtype, bit for bit; None stays None.

    Rounded to the dtype of the array `like`, where that is given.
    """
    if values is None:
        return None
    # A copy: torch warns about memory that it may not write to.
    values = np.array(values, dtype=None if like is None else like.dtype)
    if values.dtype == _BFLOAT16:
        return torch.from_numpy(values.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(values)


def array(values):
    """The tensor as an array of the same dtype, bit for bit."""
    values = values.detach().contiguous()
    if values.dtype == torch.bfloat16:
        return values.view(torch.int16).numpy().view(_BFLOAT16)
    return values.numpy()


def loss_and_gradient(loss_of, first):
    """The loss at `first` and the gradient of its sum, as arrays."""
    leaf = tensor(first).requires_grad_()
    loss = loss_of(leaf)
    (gradient,) = torch.autograd.grad(loss, leaf, torch.ones_like(loss))
    return {"loss": array(loss), "gradient": array(gradient)}
