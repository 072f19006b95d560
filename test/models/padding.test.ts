import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program } from "../../src/graph/program.ts";
import type { Executable } from "../../src/graph/runtime.ts";
import { int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { compileModel, runAndRead, traceForward } from "../../src/inference/forward.ts";
import { type InputData, teacherForced } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { smallTransformer } from "../generate/models.ts";
import { furthest, row } from "./numbers.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

const sources = [
  [5, 9, 0],
  [3, 0],
  [7, 8, 2, 4, 6, 11, 12, 0],
  [14, 13, 9, 9, 0],
];
const targets = [[4, 0], [6, 2, 8, 10, 3, 5, 9, 0], [0], [12, 13, 2, 0]];
/** What float32 loses where a matrix product of more rows is summed in another order. */
const ROUNDING = 2e-6;

describe.each([
  { name: "post-norm", config: {} },
  { name: "pre-norm", config: { normalizeBefore: true } },
  { name: "learned positions", config: { positionEmbeddings: "learned" } },
  { name: "as BART", config: { positionEmbeddings: "learned", positionOffset: 2, layernormEmbedding: true } },
  { name: "fairseq's positions", config: { positionEmbeddings: "fairseq", normalizeBefore: true } },
])("padding changes nothing: $name", ({ config }) => {
  const model = smallTransformer(config);
  let executable: Executable;
  beforeAll(async () => {
    executable = await compileModel(runtime, model, program("forward", { logits: traceForward(model).logits }));
  });
  afterAll(() => executable.dispose());
  const logitsOf = async (batch: InputData) =>
    (await runAndRead(executable, new Map(Object.entries(batch)))).get("logits")!;
  const batchOf = (rows: readonly number[]) => {
    const pick = (all: number[][]) => rows.map((i) => all[i]!);
    return teacherForced(pick(sources), pick(targets), model.config);
  };

  it("a sentence has the same logits alone and in a padded batch", async () => {
    const together = await logitsOf(batchOf([0, 1, 2, 3]));
    for (const i of sources.keys()) {
      const alone = await logitsOf(batchOf([i]));
      expect(furthest(row(together, i), row(alone, 0))).toBeLessThan(ROUNDING);
    }
  });

  it("no number changes with the ids under the mask", async () => {
    const batch = batchOf([0, 1, 2, 3]);
    const mask = batch.attentionMask!.data;
    const inputIds = withIds(batch.inputIds!, (id, i) => (mask[i] === 1 ? id : 17));
    expect((await logitsOf({ ...batch, inputIds })).data).toEqual((await logitsOf(batch)).data);
  });

  it("no position sees a later one", async () => {
    const batch = batchOf([1]);
    const before = row(await logitsOf(batch), 0);
    const positions = targets[1]!.length;
    for (let changed = 1; changed < positions; changed++) {
      const decoderInputIds = withIds(batch.decoderInputIds!, (id, i) => (i < changed ? id : 17));
      const after = row(await logitsOf({ ...batch, decoderInputIds }), 0);
      const [earlier, all] = [changed * model.config.vocabSize, before.length];
      expect(furthest(after, before.subarray(0, earlier))).toBe(0);
      expect(furthest(after.subarray(earlier, all), before.subarray(earlier, all))).toBeGreaterThan(0.01);
    }
  });
});

const withIds = ({ shape, data }: TensorData, change: (id: number, i: number) => number) =>
  int32(shape, (data as Int32Array).map(change));
