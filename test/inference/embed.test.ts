import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatProgram } from "../../src/graph/print.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import { openModel } from "../../src/hub/node.ts";
import { createEmbedder, embedProgram } from "../../src/inference/embed.ts";
import type { Model } from "../../src/models/model.ts";
import type { Pooling } from "../../src/nn/pooling.ts";
import { fused } from "../../src/ops/fuse/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { smallTransformer } from "../generate/models.ts";
import { goldenFolder, readGolden } from "../models/golden.ts";

const cases: readonly { mode: string | string[]; embeddings: number[][] }[] = JSON.parse(
  readFileSync(new URL("../fixtures/poolings.json", import.meta.url), "utf8"),
);
const mean: Pooling = { modes: ["mean"], normalize: false };

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const opened = async (name: string): Promise<Model> => (await openModel(join(goldenFolder, name))).model;

/** The sequences of a case, without padding. */
function sequencesOf(name: string): number[][] {
  const { inputIds, attentionMask } = readGolden(name).inputs;
  return inputIds.map((row, i) => row.filter((_, position) => attentionMask[i]![position] === 1));
}

async function embedded(model: Model, pooling: Pooling, sequences: readonly number[][]): Promise<Float32Array[]> {
  await using embedder = createEmbedder(model, runtime, pooling);
  return await embedder.embed(sequences);
}

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((x, i) => {
    expect(Math.abs(found[i]! - x)).toBeLessThan(2e-5 * Math.max(1, Math.abs(x)));
  });
}

describe("an embedder", () => {
  it.each(cases)("pools by $mode as sentence-transformers does", async ({ mode, embeddings }) => {
    const modes = [mode].flat() as Pooling["modes"];
    const found = await embedded(await opened("bert"), { modes, normalize: false }, sequencesOf("bert"));
    found.forEach((row, i) => {
      expectClose(row, embeddings[i]!);
    });
  });

  it("makes vectors of length 1", async () => {
    const { embeddings } = cases.find(({ mode }) => mode === "mean")!;
    const found = await embedded(await opened("bert"), { ...mean, normalize: true }, sequencesOf("bert"));
    found.forEach((row, i) => {
      const length = Math.hypot(...embeddings[i]!);
      expectClose(
        row,
        embeddings[i]!.map((x) => x / length),
      );
    });
  });

  it.each(["distilbert", "roberta", "modernbert", "gpt2-base"])(
    "pools the states of %s, whose numbers Python gave",
    async (name) => {
      const golden = readGolden(name);
      const { shape, data } = golden.states ?? golden.output;
      const sequences = sequencesOf(name);
      const found = await embedded(await opened(name), mean, sequences);
      let first = 0;
      sequences.forEach(({ length }, i) => {
        const rows = Array.from({ length }, (_, row) =>
          data.slice((first + row) * shape[1], (first + row + 1) * shape[1]),
        );
        first += length;
        const expected = rows[0]!.map((_, place) => rows.reduce((sum, row) => sum + row[place]!, 0) / length);
        expectClose(found[i]!, expected);
      });
    },
  );

  it("answers in the order of the inputs, many or none", async () => {
    const model = await opened("bert");
    const [long, short] = [[1, 2, 3, 4, 5, 6, 7], [8]];
    const [alone] = await embedded(model, mean, [short]);
    const found = await embedded(model, mean, [short, long, short, ...Array(900).fill(long)]);
    expect(found.length).toBe(903);
    expectClose(found[2]!, [...alone!]);
    expectClose(found[902]!, [...found[1]!]);
    expect(await embedded(model, mean, [])).toEqual([]);
  });

  it("refuses what it cannot read", async () => {
    const model = await opened("bert");
    await expect(embedded(model, mean, [[]])).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(embedded(model, mean, [[41]])).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(embedded(model, mean, [Array(33).fill(1)])).rejects.toMatchObject({ code: "INPUT_TOO_LONG" });
    for (const modes of [[], ["median"], ["toString"], [undefined], undefined, "mean"]) {
      expect(() => createEmbedder(model, runtime, { modes, normalize: false } as never)).toThrow(
        /^modes: expected one/,
      );
    }
    expect(() => createEmbedder(smallTransformer(), runtime, mean)).toThrow(/reads decoderInputIds beside a sequence/);
  });

  it("stops when it is told to, and once it is disposed of", async () => {
    const embedder = createEmbedder(await opened("bert"), runtime, mean);
    await expect(embedder.embed([[1]], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await embedder.dispose();
    await expect(embedder.embed([[1]])).rejects.toThrow(/This embedder was disposed/);
  });
});

describe("the kernels of an embedder", () => {
  const kernels = async (name: string) => {
    const printed = formatProgram(await fused(embedProgram(await opened(name), mean), "cpu"));
    const found = [...printed.matchAll(/= (attend\w*|addLayerNorm\w*|softmax|layerNorm)\(/g)].map(([, op]) => op!);
    return Object.fromEntries(
      [...new Set(found)].sort().map((op) => [op, found.filter((other) => other === op).length]),
    );
  };

  it("are few: attention is one, and a residual with its norm, in each of two layers", async () => {
    const expected = { addLayerNorm: 4, attend: 2, layerNorm: 1 };
    expect(await kernels("bert")).toEqual(expected);
    expect(await kernels("roberta")).toEqual(expected);
    expect(await kernels("distilbert")).toEqual(expected);
  });

  it("are few where positions turn, too, in each of three layers", async () => {
    expect(await kernels("modernbert")).toEqual({ attendHeads: 3, layerNorm: 7 });
  });
});
