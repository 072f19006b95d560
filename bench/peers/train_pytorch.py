"""PyTorch's side of `bench train`: the same model, batches and update as Heed's, as a PyTorch user would write it.

Usage: train_pytorch.py JOB.json eager|compile
"""

import json
import math
import resource
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from protocol import serve
from safetensors.torch import load_file
from torch import Tensor, nn

IGNORED_LABEL = -100


def sinusoids(positions: int, d_model: int) -> Tensor:
    """Sines in the first half of each row, cosines in the second."""
    rates = 10000.0 ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    angles = torch.arange(positions, dtype=torch.float64)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1).float()


def split_heads(x: Tensor, parts: int, heads: int) -> tuple[Tensor, ...]:
    """[batch, positions, parts * d] -> `parts` times [batch, heads, positions, d / heads], views of one projection."""
    batch, positions, width = x.shape
    return x.view(batch, positions, parts, heads, width // (parts * heads)).permute(2, 0, 3, 1, 4).unbind(0)


def merge_heads(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)


class SelfAttention(nn.Module):
    def __init__(self, d_model: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.output = nn.Linear(d_model, d_model)

    def forward(self, x: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        query, key, value = split_heads(self.qkv(x), 3, self.heads)
        return self.output(merge_heads(F.scaled_dot_product_attention(query, key, value, mask, is_causal=causal)))


class CrossAttention(nn.Module):
    def __init__(self, d_model: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(d_model, d_model)
        self.kv = nn.Linear(d_model, 2 * d_model)
        self.output = nn.Linear(d_model, d_model)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        (query,) = split_heads(self.query(x), 1, self.heads)
        key, value = split_heads(self.kv(memory), 2, self.heads)
        return self.output(merge_heads(F.scaled_dot_product_attention(query, key, value, mask)))


class FeedForward(nn.Sequential):
    def __init__(self, d_model: int, d_ff: int):
        super().__init__(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))


class EncoderLayer(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        d_model = config["dModel"]
        self.self_attention = SelfAttention(d_model, config["encoderAttentionHeads"])
        self.self_attention_norm = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, config["encoderFfnDim"])
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(config["dropout"])

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.self_attention_norm(x + self.dropout(self.self_attention(x, mask, causal=False)))
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))


class DecoderLayer(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        d_model, heads = config["dModel"], config["decoderAttentionHeads"]
        self.self_attention = SelfAttention(d_model, heads)
        self.self_attention_norm = nn.LayerNorm(d_model)
        self.cross_attention = CrossAttention(d_model, heads)
        self.cross_attention_norm = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, config["decoderFfnDim"])
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(config["dropout"])

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        x = self.self_attention_norm(x + self.dropout(self.self_attention(x, None, causal=True)))
        x = self.cross_attention_norm(x + self.dropout(self.cross_attention(x, memory, mask)))
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))


class Transformer(nn.Module):
    """The post-norm encoder-decoder of "Attention Is All You Need" with one embedding table for all three uses."""

    def __init__(self, config: dict, label_smoothing: float):
        super().__init__()
        self.scale = math.sqrt(config["dModel"])
        self.label_smoothing = label_smoothing
        self.embedding = nn.Embedding(config["vocabSize"], config["dModel"], padding_idx=config["padTokenId"])
        self.register_buffer("positions", sinusoids(config["maxPositionEmbeddings"], config["dModel"]))
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in range(config["encoderLayers"]))
        self.decoder = nn.ModuleList(DecoderLayer(config) for _ in range(config["decoderLayers"]))
        self.dropout = nn.Dropout(config["dropout"])

    def embed(self, ids: Tensor) -> Tensor:
        return self.dropout(self.embedding(ids) * self.scale + self.positions[: ids.shape[1]])

    def forward(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of a target token. Ids [batch, source], [batch, target]; the mask is 1 at real tokens."""
        mask = torch.zeros(attention_mask.shape).masked_fill(attention_mask == 0, -torch.inf)[:, None, None, :]
        memory = self.embed(input_ids)
        for layer in self.encoder:
            memory = layer(memory, mask)
        x = self.embed(decoder_input_ids)
        for layer in self.decoder:
            x = layer(x, memory, mask)
        logits = F.linear(x, self.embedding.weight)
        return F.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED_LABEL, label_smoothing=self.label_smoothing
        )


def load_weights(model: Transformer, path: str) -> None:
    """Heed's parameters: matrices are transposed, projections of one input lie side by side."""
    stored = load_file(path)
    state = {"positions": model.positions, "embedding.weight": stored.pop("embedding.source")}

    def linear(name: str, *sources: str) -> None:
        state[f"{name}.weight"] = torch.cat([stored.pop(f"{source}.weight").T for source in sources])
        state[f"{name}.bias"] = torch.cat([stored.pop(f"{source}.bias") for source in sources])

    def norm(name: str, source: str) -> None:
        for part in ("weight", "bias"):
            state[f"{name}.{part}"] = stored.pop(f"{source}.{part}")

    for side, layers in (("encoder", model.encoder), ("decoder", model.decoder)):
        for i in range(len(layers)):
            ours, theirs = f"{side}.{i}", f"{side}.layers.{i}"
            at = f"{theirs}.selfAttention"
            linear(f"{ours}.self_attention.qkv", f"{at}.query", f"{at}.key", f"{at}.value")
            linear(f"{ours}.self_attention.output", f"{at}.output")
            norm(f"{ours}.self_attention_norm", f"{at}Norm")
            if side == "decoder":
                at = f"{theirs}.crossAttention"
                linear(f"{ours}.cross_attention.query", f"{at}.query")
                linear(f"{ours}.cross_attention.kv", f"{at}.key", f"{at}.value")
                linear(f"{ours}.cross_attention.output", f"{at}.output")
                norm(f"{ours}.cross_attention_norm", f"{at}Norm")
            linear(f"{ours}.feed_forward.0", f"{theirs}.feedForward.in")
            linear(f"{ours}.feed_forward.2", f"{theirs}.feedForward.out")
            norm(f"{ours}.feed_forward_norm", f"{theirs}.feedForwardNorm")
    if stored:
        raise ValueError(f"parameters without a place: {sorted(stored)}")
    model.load_state_dict(state)


class Trainer:
    def __init__(self, job: dict, compiled: bool):
        self.job = job
        self.update = job["update"]
        with open(job["batches"]) as file:
            self.batches = [[torch.tensor(tensor) for tensor in batch["tensors"]] for batch in json.load(file)]
        self.model = Transformer(job["config"], self.update["labelSmoothing"])
        self.loss = torch.compile(self.model, dynamic=True) if compiled else self.model
        self.restart()

    def restart(self) -> None:
        load_weights(self.model, self.job["weights"])
        self.optimizer = torch.optim.Adam(
            self.model.parameters(),
            lr=self.update["learningRate"],
            betas=(self.update["beta1"], self.update["beta2"]),
            eps=self.update["epsilon"],
            fused=True,
        )

    def step(self, batch: list[Tensor]) -> tuple[float, float]:
        """Forward, backward, clipping and Adam."""
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(*batch)
        loss.backward()
        # The padding token is never trained; `padding_idx` alone spares it only the gradient of its use as an input.
        self.model.embedding.weight.grad[self.model.embedding.padding_idx].zero_()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.update["clipNorm"])
        self.optimizer.step()
        return loss.item(), norm.item()

    def describe(self, _request: dict) -> dict:
        return {
            "versions": {"torch": torch.__version__, "python": sys.version.split()[0]},
            "settings": {
                "threads": torch.get_num_threads(),
                "cpuCapability": torch.backends.cpu.get_cpu_capability(),
                "float32MatmulPrecision": torch.get_float32_matmul_precision(),
                "optimizer": "Adam(fused=True)",
            },
            "parameters": sum(parameter.numel() for parameter in self.model.parameters()),
        }

    def check(self, _request: dict) -> dict:
        """The first updates without dropout, from the given weights."""
        self.model.eval()
        steps = [self.step(self.batches[number]) for number in self.job["checkedBatches"]]
        self.model.train()
        self.restart()
        return {"losses": [loss for loss, _ in steps], "gradientNorms": [norm for _, norm in steps]}

    def run(self, _request: dict) -> dict:
        """Seconds of a step on each batch, and of all cores together."""
        seconds = []
        cpu = time.process_time()
        for batch in self.batches:
            start = time.perf_counter()
            self.step(batch)
            seconds.append(time.perf_counter() - start)
        return {"seconds": seconds, "cpuSeconds": time.process_time() - cpu}

    def finish(self, _request: dict) -> dict:
        return {
            "peakBytes": peak_bytes(),
            "sgemmFlops": sgemm_rate(self.job["sgemm"]),
        }


def peak_bytes() -> int:
    """The most memory that this process has had resident; where there is no Linux, what its parent had counts as well."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return 1024 * (kilobytes or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0]


def sgemm_rate(size: int, repetitions: int = 30) -> float:
    """FLOP/s of a product of two square matrices at its best."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        torch.mm(a, b)
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds)


def main() -> None:
    path, mode = sys.argv[1:]
    with open(path) as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    torch.manual_seed(1)
    trainer = Trainer(job, compiled=mode == "compile")
    serve({name: getattr(trainer, name) for name in ("describe", "check", "run", "finish")})


if __name__ == "__main__":
    main()
