"""R-Drop's loss over the logits of two passes, with a weight and a smoothing of its own for each member of an ensemble.

With p and q the passes' probabilities, and t the smoothed label: (H(t, p) + H(t, q)) / 2 + weight / 4 (KL(p|q) + KL(q|p)).
The gradient takes the place of the logits, which are larger than all else; on a GPU it is one kernel."""

import torch
import torch.nn.functional as F
from torch import Tensor

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = None


def r_drop(first: Tensor, second: Tensor, labels: Tensor, smoothing: Tensor, weight: Tensor) -> Tensor:
    """first, second [members, rows, vocabulary], labels [rows], smoothing, weight [members] -> [members, rows]."""
    return RDrop.apply(first, second, labels, smoothing, weight)


class RDrop(torch.autograd.Function):
    @staticmethod
    def forward(ctx, first: Tensor, second: Tensor, labels: Tensor, smoothing: Tensor, weight: Tensor) -> Tensor:
        ctx.gradients = (first.detach(), second.detach())
        return (on_gpu if first.is_cuda else in_place)(*ctx.gradients, labels, smoothing, weight)

    @staticmethod
    def backward(ctx, _):
        first, second = ctx.gradients
        ctx.gradients = None
        return first, second, None, None, None


def in_place(x: Tensor, y: Tensor, labels: Tensor, smoothing: Tensor, weight: Tensor) -> Tensor:
    members, rows, vocabulary = x.shape
    losses = x.new_empty(members, rows)
    label = F.one_hot(labels, vocabulary).to(x.dtype)
    for m in range(members):
        log_p, log_q = x[m].log_softmax(-1), y[m].log_softmax(-1)
        p, q, delta = log_p.exp(), log_q.exp(), log_p - log_q
        p_q, q_p = (p * delta).sum(-1, keepdim=True), -(q * delta).sum(-1, keepdim=True)
        t = label * (1 - smoothing[m]) + smoothing[m] / vocabulary
        losses[m] = -0.5 * (t * (log_p + log_q)).sum(-1) + (weight[m] / 4 * (p_q + q_p)).squeeze(-1)
        x[m] = (0.5 * (p - t) + weight[m] / 4 * (p * (delta - p_q) + p - q)) / rows
        y[m] = (0.5 * (q - t) + weight[m] / 4 * (q * (-delta - q_p) + q - p)) / rows
    return losses


def on_gpu(x: Tensor, y: Tensor, labels: Tensor, smoothing: Tensor, weight: Tensor) -> Tensor:
    members, rows, vocabulary = x.shape
    losses = x.new_empty(members, rows)
    block = triton.next_power_of_2(vocabulary)
    r_drop_kernel[(rows, members)](
        x, y, labels, losses, smoothing, weight, 1 / rows, rows, VOCABULARY=vocabulary, BLOCK=block, num_warps=32
    )
    return losses


if triton is not None:

    @triton.jit
    def r_drop_kernel(
        x_at, y_at, labels_at, losses_at, smoothing_at, weight_at, scale, rows, VOCABULARY: tl.constexpr, BLOCK: tl.constexpr
    ):
        row, member = tl.program_id(0), tl.program_id(1)
        base = (member.to(tl.int64) * rows + row) * VOCABULARY
        columns = tl.arange(0, BLOCK)
        mask = columns < VOCABULARY
        x = tl.load(x_at + base + columns, mask=mask, other=float("-inf"))
        y = tl.load(y_at + base + columns, mask=mask, other=float("-inf"))
        smoothing, weight, label = tl.load(smoothing_at + member), tl.load(weight_at + member), tl.load(labels_at + row)
        log_p = x - tl.max(x, 0)
        log_p = log_p - tl.log(tl.sum(tl.exp(log_p), 0))
        log_q = y - tl.max(y, 0)
        log_q = log_q - tl.log(tl.sum(tl.exp(log_q), 0))
        p, q = tl.where(mask, tl.exp(log_p), 0.0), tl.where(mask, tl.exp(log_q), 0.0)
        delta = tl.where(mask, log_p - log_q, 0.0)
        p_q, q_p = tl.sum(p * delta, 0), -tl.sum(q * delta, 0)
        t = tl.where(mask, tl.where(columns == label, 1.0 - smoothing, 0.0) + smoothing / VOCABULARY, 0.0)
        entropy = -0.5 * tl.sum(tl.where(mask, t * (log_p + log_q), 0.0), 0)
        dx = 0.5 * (p - t) + weight / 4 * (p * (delta - p_q) + p - q)
        dy = 0.5 * (q - t) + weight / 4 * (q * (-delta - q_p) + q - p)
        tl.store(x_at + base + columns, dx * scale, mask=mask)
        tl.store(y_at + base + columns, dy * scale, mask=mask)
        tl.store(losses_at + member * rows + row, entropy + weight / 4 * (p_q + q_p))
