"""Beam search with the whole prefix computed anew at every step: simple, and on a GPU fast enough."""

import torch
import torch.nn.functional as F
from ensemble import Ensemble
from torch import Tensor

BEAMS, LENGTH_PENALTY, LONGEST = 5, 1.5, 64
NEVER = -1e9


@torch.no_grad()
def beam_search(model: Ensemble, source: Tensor, eos: int) -> list[list[int]]:
    """The best ids for each row of source, by a model of one member: log-probability / length ** LENGTH_PENALTY."""
    w, batch = model.named(), len(source)
    memory, mask = model.encode(w, source)
    memory, mask = memory.repeat_interleave(BEAMS, 1), mask.repeat_interleave(BEAMS, 1)
    ids = torch.full((batch * BEAMS, 1), model.pad, device=source.device)
    scores = torch.full((batch, BEAMS), NEVER, device=source.device)
    scores[:, 0] = 0
    best = torch.full((batch, BEAMS), NEVER, device=source.device)
    finished = torch.full((batch, BEAMS, LONGEST), eos, device=source.device)
    for length in range(1, LONGEST):
        states = model.decode(w, ids, memory, mask)[0, :, -1]
        log_probs = (states @ model.table[0].T).log_softmax(-1)
        log_probs[:, model.pad] = NEVER
        candidates = (scores.view(-1, 1) + log_probs).view(batch, -1)
        top, index = candidates.topk(2 * BEAMS, -1)
        parents, tokens = index // model.vocabulary, index % model.vocabulary
        prefixes = chosen(ids.view(batch, BEAMS, length), parents)
        sequences = torch.cat([prefixes, tokens[..., None]], 2)
        ended = tokens == eos
        counts = ended & (torch.arange(2 * BEAMS, device=source.device) < BEAMS)
        pool = torch.cat([best, torch.where(counts, top / length**LENGTH_PENALTY, NEVER)], 1)
        best, order = pool.topk(BEAMS, 1)
        padded = F.pad(sequences[:, :, 1:], (0, LONGEST - length), value=eos)
        finished = chosen(torch.cat([finished, padded], 1), order)
        scores, order = torch.where(ended, NEVER, top).topk(BEAMS, 1)
        ids = chosen(sequences, order).flatten(0, 1)
        if length % 8 == 0 and bool((best[:, -1] > scores[:, 0] / length**LENGTH_PENALTY).all()):
            break
    unfinished = F.pad(ids.view(batch, BEAMS, -1)[:, 0, 1:], (0, LONGEST - ids.shape[1] + 1), value=eos)
    rows = torch.where(best[:, :1] > NEVER / 10, finished[:, 0], unfinished).tolist()
    return [row[: row.index(eos)] if eos in row else row for row in rows]


def chosen(sequences: Tensor, order: Tensor) -> Tensor:
    return sequences.gather(1, order[..., None].expand(-1, -1, sequences.shape[2]))
