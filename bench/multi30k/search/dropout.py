"""Dropout with a rate of its own for each member of an ensemble. On a GPU one kernel, which draws again for the gradient
what it drew before instead of keeping it."""

import torch
from torch import Tensor

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = None


def dropout(x: Tensor, rates: Tensor) -> Tensor:
    """x [members, ...], rates [members]."""
    if x.is_cuda:
        return Dropout.apply(x, 1 - rates)
    keep = (1 - rates).view(-1, *[1] * (x.dim() - 1))
    return x * ((torch.rand_like(x) < keep).to(x.dtype) / keep)


class Dropout(torch.autograd.Function):
    draws = 0

    @staticmethod
    def forward(ctx, x: Tensor, keep: Tensor) -> Tensor:
        Dropout.draws += 1
        ctx.seed = Dropout.draws
        ctx.save_for_backward(keep)
        return dropped(x, keep, ctx.seed)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        return dropped(gradient, ctx.saved_tensors[0], ctx.seed), None


def dropped(x: Tensor, keep: Tensor, seed: int) -> Tensor:
    x = x.contiguous()
    y = torch.empty_like(x)
    size = x.numel() // len(x)
    dropout_kernel[(triton.cdiv(size, 1024), len(x))](x, y, keep, seed, size, BLOCK=1024)
    return y


if triton is not None:

    @triton.jit
    def dropout_kernel(x_at, y_at, keep_at, seed, size, BLOCK: tl.constexpr):
        member = tl.program_id(1)
        place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        mask = place < size
        index = member * size + place
        keep = tl.load(keep_at + member)
        x = tl.load(x_at + index, mask=mask)
        drawn = tl.rand(seed, index)
        tl.store(y_at + index, tl.where(drawn < keep, x / keep, 0.0), mask=mask)
