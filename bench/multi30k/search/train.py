"""Trains recipes side by side, all on the same batches. Usage: train.py FOLDER RECIPES.json [--steps 8000]

FOLDER holds the tokens.json of tokens.ts; a recipe says what differs from DEFAULTS of ensemble.py. Written there:
results.json, with the validation losses of the mean of the last ten epochs' parameters and the hypotheses of 5 beams."""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from beams import beam_search
from ensemble import Ensemble
from torch import Tensor

WARMUP, MAX_TOKENS, AVERAGED, WINDOW = 500, 6144, 10, 16384
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.backends.cuda.matmul.allow_tf32 = True


class Pairs:
    def __init__(self, pairs: dict, pad: int):
        self.pad = pad
        self.sides = [[np.array(row) for row in pairs[side]] for side in ("source", "target")]
        self.lengths = [np.array([len(row) for row in side]) for side in self.sides]

    def rows(self, side: int, chosen: np.ndarray) -> np.ndarray:
        rows = [self.sides[side][i] for i in chosen]
        padded = np.full((len(rows), max(map(len, rows))), self.pad)
        for row, ids in zip(padded, rows, strict=True):
            row[: len(ids)] = ids
        return padded

    def batch(self, chosen: np.ndarray) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """source, target_in, the places of the labels in the flattened batch, and the labels."""
        source, target = self.rows(0, chosen), self.rows(1, chosen)
        target_in = np.concatenate([np.full((len(chosen), 1), self.pad), target[:, :-1]], 1)
        at = np.flatnonzero(target != self.pad)
        return tuple(torch.from_numpy(part).to(device) for part in (source, target_in, at, target.ravel()[at]))

    def epoch(self, number: int) -> list[np.ndarray]:
        """Like src/data/batch.ts: shuffled, sorted by length in windows, cut, and the batches of a window shuffled."""
        random, batches = np.random.default_rng(1000 + number), []
        source, target = self.lengths
        order = random.permutation(len(source))
        for start in range(0, len(order), WINDOW):
            window = order[start : start + WINDOW]
            window = window[np.lexsort((target[window], source[window] + target[window]))]
            cut, widest = [[]], (0, 0)
            for i in window:
                wider = max(widest[0], source[i]), max(widest[1], target[i])
                if cut[-1] and (len(cut[-1]) + 1) * sum(wider) > MAX_TOKENS:
                    cut.append([])
                    wider = source[i], target[i]
                cut[-1].append(i)
                widest = wider
            batches += [np.array(cut[i]) for i in random.permutation(len(cut))]
        return batches


@torch.no_grad()
def validation_losses(model: Ensemble, pairs: Pairs) -> list[float]:
    """Nats a token, of each member."""
    losses, count, w = torch.zeros(model.members, device=device), 0, model.named()
    for chosen in np.array_split(np.argsort(pairs.lengths[0], kind="stable"), 16):
        source, target_in, at, labels = pairs.batch(chosen)
        states = model.decode(w, target_in, *model.encode(w, source)).flatten(1, 2)[:, at]
        for member in range(model.members):
            losses[member] += F.cross_entropy(states[member] @ model.table[member].T, labels, reduction="sum")
        count += len(labels)
    return (losses / count).tolist()


def hypotheses(model: Ensemble, pairs: Pairs, eos: int) -> list[list[list[int]]]:
    """Of each member, of each sentence."""
    found = [[[] for _ in pairs.lengths[0]] for _ in range(model.members)]
    for member in range(model.members):
        one = model.with_parameters(model.weights[member : member + 1], model.table[member : member + 1])
        for chosen in np.array_split(np.argsort(pairs.lengths[0], kind="stable"), 4):
            best = beam_search(one, torch.from_numpy(pairs.rows(0, chosen)).to(device), eos)
            for i, ids in zip(chosen, best, strict=True):
                found[member][i] = ids
    return found


def train(model: Ensemble, training: Pairs, validation: Pairs, steps: int) -> Ensemble:
    """Returns the mean of the last epochs' parameters."""
    step, epoch, began, last = 0, 0, time.time(), []
    while step < steps:
        for chosen in training.epoch(epoch):
            step += 1
            model.loss(*training.batch(chosen)).sum().backward()
            model.update(step, steps, WARMUP)
            if step == steps:
                break
        epoch += 1
        last = [*last, (model.weights.detach().clone(), model.table.detach().clone())][-AVERAGED:]
        if epoch % 10 == 0:
            losses = validation_losses(model.with_parameters(*last[-1]), validation)
            print(f"epoch {epoch} step {step} {time.time() - began:.0f} s", [round(v, 3) for v in losses], flush=True)
    return model.with_parameters(*(torch.stack(parts).mean(0) for parts in zip(*last, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("recipes", type=Path)
    parser.add_argument("--steps", type=int, default=8000)
    given = parser.parse_args()
    tokens, recipes = json.loads((given.folder / "tokens.json").read_text()), json.loads(given.recipes.read_text())
    pad, eos = tokens["pad"], tokens["eos"]
    training, validation = Pairs(tokens["train"], pad), Pairs(tokens["validation"], pad)
    torch.manual_seed(1)
    model = train(Ensemble(recipes, tokens["vocabSize"], pad, device), training, validation, given.steps)
    losses, found = validation_losses(model, validation), hypotheses(model, validation, eos)
    results = [
        {"recipe": recipe, "validationLoss": loss, "hypotheses": ids}
        for recipe, loss, ids in zip(recipes, losses, found, strict=True)
    ]
    (given.folder / "results.json").write_text(json.dumps(results))


main()
