import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sortNodes } from "../../src/graph/program.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { openModel } from "../../src/hub/node.ts";
import { traceForward } from "../../src/inference/forward.ts";
import {
  activationNames,
  createAttentionReader,
  createScorer,
  crossAttentionNames,
  inspect,
  scoreSequences,
  teacherForced,
} from "../../src/inspect/index.ts";
import type { Model } from "../../src/models/model.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { logSoftmax, randomSequences, smallTransformer } from "../generate/models.ts";
import { counted } from "../generate/runtimes.ts";

interface Forward {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly decoder_input_ids: number[][];
  readonly labels: number[][];
  readonly logits: number[][][];
  readonly encoder_last_hidden_state: number[][][];
  readonly cross_attention: number[][][][];
}

const folder = new URL("../fixtures/transformer/marian-tied/", import.meta.url);
const forward: Forward = JSON.parse(readFileSync(new URL("forward.json", folder), "utf8"));
const sources = forward.input_ids.map((ids, b) => ids.filter((_, i) => forward.attention_mask[b]![i] === 1));
const targets = forward.labels.map((ids) => ids.filter((id) => id !== -100));

let runtime: Runtime;
let marian: Model;
const small = smallTransformer();
beforeAll(async () => {
  runtime = await nativeRuntime();
  marian = (await openModel(fileURLToPath(folder))).model;
});
afterAll(() => runtime.dispose());

describe("teacherForced", () => {
  it("makes the batch that the fixtures have", () => {
    const batch = teacherForced(sources, targets, marian.config);
    expect(rows(batch.inputIds!.data, 7)).toEqual(forward.input_ids);
    expect(rows(batch.attentionMask!.data, 7)).toEqual(forward.attention_mask);
    rows(batch.decoderInputIds!.data, 4).forEach((ids, b) => {
      expect(ids.slice(0, targets[b]!.length)).toEqual(forward.decoder_input_ids[b]!.slice(0, targets[b]!.length));
    });
  });
});

describe("activationNames", () => {
  it("are paths of layers and what is there", () => {
    const names = activationNames(small);
    expect(names).toContain("decoder.layers.1.crossAttention.pattern");
    expect(names).toContain("encoder.layers.0.selfAttention.pattern");
    expect(names.at(-1)).toBe("logits");
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("inspect", () => {
  const batch = () => teacherForced(sources, targets, marian.config);

  it("gives what Hugging Face's Marian computes", async () => {
    const layer = "decoder.layers.1.crossAttention.pattern";
    const found = await inspect(marian, runtime, batch(), ["logits", "encoder.output", layer]);
    expect([...found.keys()]).toEqual(["encoder.output", layer, "logits"]);
    const [logits, memory, pattern] = ["logits", "encoder.output", layer].map((name) => found.get(name)!);
    forward.logits.forEach((ofRow, b) => {
      ofRow.forEach((expected, t) => {
        close(slice(logits!, [b, t]), expected);
      });
      forward.encoder_last_hidden_state[b]!.forEach((expected, s) => {
        close(slice(memory!, [b, s]), expected);
      });
      forward.cross_attention[b]!.forEach((ofHead, h) => {
        ofHead.forEach((expected, t) => {
          close(slice(pattern!, [b, h, t]), expected);
        });
      });
    });
  });

  it("takes patterns, and computes no more than they need", async () => {
    const { decoderInputIds: _, ...source } = batch();
    const found = await inspect(marian, runtime, source, ["encoder.layers.*.*.pattern", "encoder.embedding"]);
    const patterns = [0, 1].map((layer) => `encoder.layers.${layer}.selfAttention.pattern`);
    expect([...found.keys()]).toEqual(["encoder.embedding", ...patterns]);
    const every = await inspect(marian, runtime, batch(), ["**"]);
    expect([...every.keys()]).toEqual(activationNames(marian));
    for (const name of found.keys()) close(numbers(found.get(name)!), numbers(every.get(name)!));
  });

  it("computes what is not there anyway only where it is asked for", () => {
    const nodes = (records?: (path: string) => boolean) => {
      const { logits, recorded } = traceForward(small, records);
      return sortNodes([logits, ...recorded.values()]).length;
    };
    expect(nodes((path) => !path.endsWith(".result"))).toBe(nodes());
    expect(nodes((path) => path.endsWith("0.crossAttention.result"))).toBe(nodes() + 2);
  });

  it("changes no number", async () => {
    const alone = await inspect(marian, runtime, batch(), ["logits"]);
    const among = await inspect(marian, runtime, batch(), ["**"]);
    close(among.get("logits")!.data as Float32Array, [...(alone.get("logits")!.data as Float32Array)]);
  });

  it("names the nearest activations where there is none of that name", async () => {
    const cases: [string, string][] = [
      ["decoder.layer.0.crossAttention.pattern", "decoder.layers.0.crossAttention.pattern"],
      ["decoder.layers.*.crossAttention", "decoder.layers.0.crossAttention.key"],
      ["encoder.embeding", "encoder.embedding"],
      ["encoder*pattern", "encoder.layers.0.selfAttention.pattern"],
    ];
    for (const [name, nearest] of cases) {
      const failure = inspect(marian, runtime, batch(), ["logits", name]);
      const message = expect.stringMatching(`"${name.replaceAll("*", "\\*")}".*${nearest}.*activationNames`);
      await expect(failure).rejects.toMatchObject({ code: "INPUT_INVALID", message });
    }
  });

  it("gives each activation alone", async () => {
    for (const name of activationNames(marian).filter((name) => name.includes("embedding"))) {
      const found = await inspect(marian, runtime, batch(), [name]);
      expect([...found.keys()]).toEqual([name]);
    }
    const both = await inspect(marian, runtime, batch(), ["*.embedding.positions"]);
    expect([...both.values()].map(({ shape }) => shape)).toEqual([
      [7, 16],
      [4, 16],
    ]);
    const { attentionMask: _, decoderInputIds: __, ...source } = batch();
    const [positions] = (await inspect(marian, runtime, source, ["encoder.embedding.positions"])).values();
    expect(positions!.shape).toEqual([7, 16]);
  });

  it("refuses names and ids that are none", async () => {
    for (const names of [[], null, "logits", [3]] as never[]) {
      await expect(inspect(marian, runtime, batch(), names)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    }
    for (const id of [-1, 41, 99_999]) {
      const wrong = teacherForced([[5, id, 0]], [[3, 0]], marian.config);
      const message = expect.stringContaining(`inputIds at index 0 has the token id ${id}`);
      await expect(inspect(marian, runtime, wrong, ["logits"])).rejects.toMatchObject({
        code: "INPUT_INVALID",
        message,
      });
    }
    const long = teacherForced([Array(17).fill(3)], [[3, 0]], marian.config);
    await expect(inspect(marian, runtime, long, ["logits"])).rejects.toMatchObject({ code: "INPUT_TOO_LONG" });
  });

  it("says which input is missing or wrong", async () => {
    const { attentionMask: _, ...rest } = batch();
    await expect(inspect(marian, runtime, rest, ["logits"])).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
    const wrong = { ...batch(), attentionMask: int32([5, 6], new Int32Array(30)) };
    await expect(inspect(marian, runtime, wrong, ["logits"])).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
  });
});

describe("the attention reader", () => {
  it("averages the heads of Hugging Face's last layer", async () => {
    await using reader = await createAttentionReader(marian, runtime);
    expect(reader.layer).toBe(crossAttentionNames(marian).at(-1));
    const found = await reader.read(sources.map((source, i) => ({ source, target: targets[i]! })));
    found.forEach((ofRow, b) => {
      expect(ofRow.length).toBe(targets[b]!.length);
      ofRow.forEach(({ weights, strongest }, t) => {
        const [first, second] = forward.cross_attention[b]!.map((ofHead) => ofHead[t]!);
        const expected = sources[b]!.map((_, s) => (first![s]! + second![s]!) / 2);
        close(weights, expected);
        expect(strongest).toBe(expected.indexOf(Math.max(...expected)));
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      });
    });
  });

  it("gives the same for a pair alone and among others", async () => {
    const pairs = randomSequences([5, 20, 3, 11]).map((source, i) => ({
      source,
      target: randomSequences([9, 4, 30, 1], 2)[i]!,
    }));
    await using reader = await createAttentionReader(small, runtime, "decoder.layers.0.crossAttention.pattern");
    const together = await reader.read(pairs);
    for (const [i, pair] of pairs.entries()) {
      const [alone] = await reader.read([pair]);
      alone!.forEach(({ weights }, t) => {
        close(weights, [...together[i]![t]!.weights]);
      });
    }
  });

  it("knows the layers of the model", async () => {
    const failure = createAttentionReader(marian, runtime, "encoder.layers.0.selfAttention.pattern");
    await expect(failure).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});

describe("scoreSequences", () => {
  it("gives the log-probabilities of Hugging Face's Marian", async () => {
    const found = await scoreSequences(marian, runtime, sources, targets, { top: 3 });
    found.forEach(({ tokens, logProb }, b) => {
      const expected = forward.logits[b]!.map(logSoftmax);
      expect(tokens.map(({ id }) => id)).toEqual(targets[b]);
      close(
        tokens.map((token) => token.logProb),
        targets[b]!.map((id, t) => expected[t]![id]!),
      );
      expect(logProb).toBeCloseTo(
        tokens.reduce((sum, token) => sum + token.logProb, 0),
        9,
      );
      tokens.forEach(({ top }, t) => {
        const ranked = [...expected[t]!.keys()].sort((x, y) => expected[t]![y]! - expected[t]![x]!).slice(0, 3);
        expect(top.map(({ id }) => id)).toEqual(ranked);
        close(
          top.map((token) => token.logProb),
          ranked.map((id) => expected[t]![id]!),
        );
      });
    });
  });

  it("gives the same for a pair alone and among others, in their order", async () => {
    const lengths = [3, 17, 1, 8, 40, 2];
    const [from, to] = [randomSequences(lengths, 5), randomSequences(lengths.toReversed(), 6)];
    const together = await scoreSequences(small, runtime, from, to);
    for (const [i, source] of from.entries()) {
      const [alone] = await scoreSequences(small, runtime, [source], [to[i]!]);
      close(
        together[i]!.tokens.map(({ logProb }) => logProb),
        alone!.tokens.map(({ logProb }) => logProb),
      );
      expect(together[i]!.tokens[0]!.top).toEqual([]);
    }
  });

  it("gives as many best tokens as are asked for, by few programs", async () => {
    const counting = counted(runtime);
    await using scorer = createScorer(small, counting);
    const best = async (top: number) => (await scorer.score([[1, 2]], [[3, 0]], { top }))[0]!.tokens[1]!.top;
    const all = await best(small.config.vocabSize + 5);
    expect(all).toHaveLength(small.config.vocabSize);
    for (const top of [1, 2, 5, 8, 0]) expect(await best(top)).toEqual(all.slice(0, top));
    expect(counting.compiled).toHaveLength(3);
    await scorer.dispose();
    await expect(best(1)).rejects.toMatchObject({ code: "INPUT_INVALID", message: expect.stringContaining("scorer") });
  });

  it("refuses what it cannot score", async () => {
    const refused = (from: number[][], to: number[][], code: string) =>
      expect(scoreSequences(small, runtime, from, to)).rejects.toMatchObject({ code });
    await refused([[1]], [], "INPUT_INVALID");
    await refused([[1]], [[]], "INPUT_INVALID");
    await refused([[1]], [[23]], "INPUT_INVALID");
    await refused([[1]], [Array(49).fill(1)], "INPUT_TOO_LONG");
    for (const top of [-1, 1.5, Number.NaN]) {
      const wrong = scoreSequences(small, runtime, [[1]], [[1]], { top });
      await expect(wrong).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    }
    const signal = AbortSignal.abort();
    const aborted = scoreSequences(small, runtime, [[1]], [[1]], { signal });
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
  });
});

const numbers = ({ data }: TensorData): number[] => Array.from(data, Number);

function rows(data: ArrayLike<unknown>, width: number): unknown[][] {
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from(data).slice(row * width, (row + 1) * width),
  );
}

/** The last axis of a tensor at the given indices of the others. */
function slice({ shape, data }: { shape: readonly number[]; data: ArrayLike<unknown> }, indices: readonly number[]) {
  const row = indices.reduce((at, index, axis) => at * shape[axis]! + index, 0);
  const width = shape.at(-1)!;
  return Array.from(data).slice(row * width, (row + 1) * width) as number[];
}

function close(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  const worst = Math.max(...expected.map((x, i) => Math.abs(x - found[i]!) / Math.max(1, Math.abs(x))));
  expect(worst).toBeLessThan(1e-5);
}
