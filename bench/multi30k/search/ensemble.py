"""Transformers of one shape that differ in their recipe, as one model: every tensor has a first axis of members."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from dropout import dropout
from r_drop import r_drop
from torch import Tensor

D_MODEL, D_FFN, HEADS, LAYERS = 128, 256, 4, 4
MASKED = -1e9

#: What a recipe may say, and what it says unless told: that of bench/multi30k/results/en-de-r-drop.json.
DEFAULTS = {
    "seed": 1,
    "dropout": 0.2,
    "attentionDropout": 0.0,
    "activationDropout": 0.0,
    "wordDropout": 0.0,
    "rDrop": 2.0,
    "labelSmoothing": 0.1,
    "peak": 0.004,
    "floor": 0.0,
    "weightDecay": 0.0,
}


class Parameter(NamedTuple):
    shape: tuple[int, ...]
    initial: Callable[[tuple[int, ...], torch.Generator], Tensor]


def zeros(shape: tuple[int, ...], _: torch.Generator) -> Tensor:
    return torch.zeros(shape)


def ones(shape: tuple[int, ...], _: torch.Generator) -> Tensor:
    return torch.ones(shape)


def xavier(parts: int = 1) -> Callable[[tuple[int, ...], torch.Generator], Tensor]:
    """Uniform as in a matrix of `parts` times as many columns, of which this one is a part."""

    def draw(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        bound = math.sqrt(6 / (shape[0] + parts * shape[1]))
        return (torch.rand(shape, generator=generator) * 2 - 1) * bound

    return draw


def parameters() -> dict[str, Parameter]:
    """Every parameter but the embeddings."""
    found: dict[str, Parameter] = {}

    def linear(name: str, inputs: int, outputs: int, parts: int = 1) -> None:
        found[f"{name}.weight"] = Parameter((inputs, outputs), xavier(parts))
        found[f"{name}.bias"] = Parameter((outputs,), zeros)

    def norm(name: str) -> None:
        found[f"{name}.weight"] = Parameter((D_MODEL,), ones)
        found[f"{name}.bias"] = Parameter((D_MODEL,), zeros)

    for side, attentions in (("encoder", ["self"]), ("decoder", ["self", "cross"])):
        for layer in range(LAYERS):
            at = f"{side}.{layer}"
            for attention in attentions:
                for part in ("query", "key", "value"):
                    linear(f"{at}.{attention}.{part}", D_MODEL, D_MODEL, 3)
                linear(f"{at}.{attention}.output", D_MODEL, D_MODEL)
                norm(f"{at}.{attention}.norm")
            linear(f"{at}.in", D_MODEL, D_FFN)
            linear(f"{at}.out", D_FFN, D_MODEL)
            norm(f"{at}.ffn.norm")
        norm(f"{side}.norm")
    return found


class Ensemble:
    """`weights` holds [members, all other parameters], `table` the embeddings [members, vocabulary, d_model]."""

    def __init__(self, recipes: list[dict], vocabulary: int, pad: int, device: str):
        unknown = {key for recipe in recipes for key in recipe} - DEFAULTS.keys()
        if unknown:
            raise ValueError(f"A recipe has no {', '.join(sorted(unknown))}: expected {', '.join(DEFAULTS)}.")
        self.members, self.vocabulary, self.pad, self.device = len(recipes), vocabulary, pad, device
        settings = [{**DEFAULTS, **recipe} for recipe in recipes]
        self.setting = {k: torch.tensor([float(s[k]) for s in settings], device=device) for k in DEFAULTS}
        self.used = {key: bool((values > 0).any()) for key, values in self.setting.items()}
        self.shapes = {name: shape for name, (shape, _) in parameters().items()}
        self.sizes = [math.prod(shape) for shape in self.shapes.values()]
        weights, tables = [], []
        for setting in settings:
            generator = torch.Generator().manual_seed(setting["seed"])
            drawn = [initial(shape, generator).flatten() for shape, initial in parameters().values()]
            weights.append(torch.cat(drawn))
            tables.append(torch.randn(vocabulary, D_MODEL, generator=generator) * D_MODEL**-0.5)
            tables[-1][pad] = 0
        self.weights = torch.stack(weights).to(device).requires_grad_()
        self.table = torch.stack(tables).to(device).requires_grad_()
        self.moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in (self.weights, self.table)]
        matrices = [torch.full((math.prod(shape),), float(len(shape) == 2)) for shape in self.shapes.values()]
        self.decayed = (torch.cat(matrices).to(device), torch.ones(1, 1, device=device))
        angles = torch.arange(512)[:, None] * 10000.0 ** (-torch.arange(0, D_MODEL, 2, dtype=torch.float64) / D_MODEL)
        self.positions = torch.cat([angles.sin(), angles.cos()], 1).float().to(device)
        self.training = True

    def with_parameters(self, weights: Tensor, table: Tensor) -> "Ensemble":
        """The same model with other numbers, of all members or of some, for evaluation."""
        other = Ensemble.__new__(Ensemble)
        other.__dict__.update(self.__dict__)
        other.weights, other.table, other.members, other.training = weights, table, len(weights), False
        return other

    def named(self) -> dict[str, Tensor]:
        parts = self.weights.split(self.sizes, 1)
        return {
            name: part.view(self.members, *shape)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }

    def loss(self, source: Tensor, target_in: Tensor, at: Tensor, labels: Tensor) -> Tensor:
        """Of each label, and of each member: [members, labels]. Its gradient is that of the mean over the labels.

        Sentences are computed twice, with other dropout; `at` are the labels' places in a flattened batch."""
        w = self.named()
        memory, mask = self.encode(w, torch.cat([source, source]))
        states = self.decode(w, torch.cat([target_in, target_in]), memory, mask)
        states = states.view(self.members, 2, -1, D_MODEL).index_select(2, at)
        projection = self.table.transpose(1, 2)
        first, second = torch.bmm(states[:, 0], projection), torch.bmm(states[:, 1], projection)
        return r_drop(first, second, labels, self.setting["labelSmoothing"], self.setting["rDrop"])

    def update(self, step: int, steps: int, warmup: int) -> None:
        """Adam, and AdamW where weightDecay is not 0; the rate rises, then falls by half a cosine down to its floor."""
        share = step / warmup if step <= warmup else 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
        floor = 0 if step <= warmup else self.setting["floor"]
        rate = self.setting["peak"] * (floor + (1 - floor) * share)
        with torch.no_grad():
            self.table.grad[:, self.pad] = 0
            for parameter, (first, second), decayed in zip(
                (self.weights, self.table), self.moments, self.decayed, strict=True
            ):
                gradient, parameter.grad = parameter.grad, None
                shape = (-1,) + (1,) * (parameter.dim() - 1)
                first.lerp_(gradient, 0.1)
                second.mul_(0.98).addcmul_(gradient, gradient, value=0.02)
                parameter.mul_(1 - (rate * self.setting["weightDecay"]).view(shape) * decayed)
                deviation = (second / (1 - 0.98**step)).sqrt_().add_(1e-9)
                parameter.sub_(first / deviation * (rate / (1 - 0.9**step)).view(shape))

    def encode(self, w: dict[str, Tensor], source: Tensor) -> tuple[Tensor, Tensor]:
        mask = torch.zeros(source.shape, device=self.device).masked_fill(source == self.pad, MASKED)[None, :, None, None]
        x = self.embed(source)
        for layer in range(LAYERS):
            at = f"encoder.{layer}"
            h = norm(w, f"{at}.self.norm", x)
            x = x + self.drop(self.attention(w, f"{at}.self", h, h, mask), "dropout")
            x = x + self.drop(self.feed_forward(w, at, norm(w, f"{at}.ffn.norm", x)), "dropout")
        return norm(w, "encoder.norm", x), mask

    def decode(self, w: dict[str, Tensor], target: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        causal = torch.full((target.shape[1], target.shape[1]), MASKED, device=self.device).triu(1)
        x = self.embed(target)
        for layer in range(LAYERS):
            at = f"decoder.{layer}"
            h = norm(w, f"{at}.self.norm", x)
            x = x + self.drop(self.attention(w, f"{at}.self", h, h, causal), "dropout")
            h = norm(w, f"{at}.cross.norm", x)
            x = x + self.drop(self.attention(w, f"{at}.cross", h, memory, mask), "dropout")
            x = x + self.drop(self.feed_forward(w, at, norm(w, f"{at}.ffn.norm", x)), "dropout")
        return norm(w, "decoder.norm", x)

    def embed(self, ids: Tensor) -> Tensor:
        offsets = torch.arange(self.members, device=self.device)[:, None, None] * self.vocabulary
        x = F.embedding(ids + offsets, self.table.reshape(-1, D_MODEL)) * math.sqrt(D_MODEL)
        if self.training and self.used["wordDropout"]:
            kept = torch.rand(x.shape[:3], device=self.device) >= self.setting["wordDropout"][:, None, None]
            x = x * kept[..., None]
        return self.drop(x + self.positions[: ids.shape[1]], "dropout")

    def drop(self, x: Tensor, which: str) -> Tensor:
        return dropout(x, self.setting[which]) if self.training and self.used[which] else x

    def attention(self, w: dict[str, Tensor], name: str, x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        query = heads(linear(w, f"{name}.query", x))
        key, value = heads(linear(w, f"{name}.key", memory)), heads(linear(w, f"{name}.value", memory))
        pattern = (query @ key.transpose(-1, -2) / math.sqrt(D_MODEL // HEADS) + mask).softmax(-1)
        context = self.drop(pattern, "attentionDropout") @ value
        return linear(w, f"{name}.output", context.transpose(2, 3).reshape(x.shape))

    def feed_forward(self, w: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
        return linear(w, f"{name}.out", self.drop(linear(w, f"{name}.in", x).relu(), "activationDropout"))


def linear(w: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    members, batch, positions, width = x.shape
    y = torch.baddbmm(w[f"{name}.bias"][:, None], x.reshape(members, batch * positions, width), w[f"{name}.weight"])
    return y.view(members, batch, positions, -1)


def norm(w: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, (D_MODEL,)) * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]


def heads(x: Tensor) -> Tensor:
    members, batch, positions, _ = x.shape
    return x.view(members, batch, positions, HEADS, D_MODEL // HEADS).transpose(2, 3)
