import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generationDefaults } from "../../src/generate/defaults.ts";
import { createGenerator, generate } from "../../src/generate/index.ts";
import { gradients } from "../../src/grad/index.ts";
import { program } from "../../src/graph/program.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { dataAs, int32, type TensorData } from "../../src/graph/tensor-data.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import { memoryFiles } from "../../src/hub/files.ts";
import { loadModel, type ModelFolder, modelFiles } from "../../src/hub/index.ts";
import { openModel } from "../../src/hub/node.ts";
import { compileModel, runAndRead, traceForward } from "../../src/inference/forward.ts";
import { headOf } from "../../src/models/head-of.ts";
import type { Model } from "../../src/models/model.ts";
import { tracedInputs, tracedParameters } from "../../src/models/traced.ts";
import { createContext } from "../../src/nn/context.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { type Golden, goldenCases, goldenFolder, modelTypeOf, readGolden, writesPadding } from "./golden.ts";

/** Of the spread of what is expected. */
const TOLERANCE = 1e-4;

const PADDING_TOLERANCE = 1e-5;
/** Parameters that PyTorch does not train either, or that no head reads. */
const UNTRAINED = /^(output\.bias|pooler\..*)$/;

/** What holds for each folder of these kinds that Python wrote: its numbers, its texts, and that it can be saved again. */
export function goldenContract(...modelTypes: readonly string[]): void {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await nativeRuntime({ threads: 1 });
  });
  afterAll(() => runtime.dispose());

  const cases = goldenCases((modelType) => modelTypes.includes(modelType));

  it("has folders of each", () => {
    expect(new Set(cases.map(modelTypeOf))).toEqual(new Set(modelTypes));
  });

  describe.each(cases)("%s, as transformers wrote it", (name) => {
    const golden = readGolden(name);
    let folder: ModelFolder;
    beforeAll(async () => {
      folder = await openModel(join(goldenFolder, name));
    });

    it("computes what PyTorch computes, in a padded batch", async () => {
      const expected = headOf(folder.model) === "states" ? (golden.states ?? golden.output) : golden.output;
      expectClose(await outputOf(folder.model, golden, runtime), expected.data);
    });

    // Dynamic frequencies follow the longest row, padding included, as in Python.
    it.skipIf(name.includes("rope-dynamic"))("computes the same when the batch has more padding", async () => {
      const [found, padded] = [golden, withPadding(golden, folder.model)].map((inputs) =>
        outputOf(folder.model, inputs, runtime),
      );
      expectClose(await padded!, await found!, PADDING_TOLERANCE);
    });

    it("lets a gradient reach every parameter that is trained", () => {
      expect(unreached(folder.model).filter((path) => !UNTRAINED.test(path))).toEqual([]);
    });

    it("is saved and opened again with the same config and numbers", async () => {
      const again = await loadModel(memoryFiles(await modelFiles(folder), "again"));
      expect(again.model.family.modelType).toBe(folder.model.family.modelType);
      expect(again.model.config).toEqual(folder.model.config);
      expect([...again.model.parameters.keys()]).toEqual([...folder.model.parameters.keys()]);
      for (const [path, { data }] of folder.model.parameters) {
        expect(again.model.parameters.get(path)!.data, path).toEqual(data);
      }
    });

    it.runIf(golden.greedy && !writesPadding(name, golden.greedy))("goes on greedily as Python does", async () => {
      const { ids, maxNewTokens } = golden.greedy!;
      const found = await continued(folder, golden, { maxNewTokens, numBeams: 1 }, runtime);
      expect(found.map(([best]) => best!.ids)).toEqual(ids);
    });

    it.runIf(golden.beams && !writesPadding(name, golden.beams))("goes on with beams as Python does", async () => {
      const { ids, scores, ...options } = golden.beams!;
      const found = await continued(folder, golden, options, runtime);
      expect(found.map(([best]) => best!.ids)).toEqual(ids);
      found.forEach(([best], i) => {
        expect(best!.score).toBeCloseTo(scores[i]!, 4);
      });
    });
  });
}

/** The rows of the batch without padding. */
const realRows = ({ inputs: { inputIds, attentionMask } }: Golden): number[][] =>
  inputIds.map((row, i) => row.filter((_, position) => attentionMask[i]![position] === 1));

async function continued(folder: ModelFolder, golden: Golden, options: object, runtime: Runtime) {
  await using generator = createGenerator(
    folder.model,
    runtime,
    generationDefaults(folder.generationConfig, folder.model.config),
  );
  return await generate(generator, realRows(golden), options);
}

/** What the head gives, in the rows of the golden numbers. */
async function outputOf(model: Model, golden: Golden, runtime: Runtime): Promise<number[]> {
  const { logits } = traceForward(model);
  const executable = await compileModel(runtime, model, program("forward", { logits }));
  try {
    const wanted = Object.keys(model.family.inputTypes(model.config));
    const feeds = new Map<string, TensorData>();
    for (const input of wanted) {
      const rows = golden.inputs[input] ?? shiftedOf(model, golden);
      feeds.set(input, int32([rows.length, rows[0]!.length], rows.flat()));
    }
    const output = (await runAndRead(executable, feeds)).get("logits")!;
    return rowsOf(output, model, golden);
  } finally {
    await executable.dispose();
  }
}

/** Classifiers with a decoder feed it the input, shifted right behind the start token. */
function shiftedOf({ config }: Model, { inputs }: Golden): number[][] {
  return inputs.inputIds.map((row) => [config.decoderStartTokenId!, ...row.slice(0, -1)]);
}

function rowsOf(output: TensorData, model: Model, { inputs }: Golden): number[] {
  const data = dataAs(output, "float32");
  if (headOf(model) === "sequenceClass") return [...data];
  const width = output.shape.at(-1)!;
  const isReal = inputs.decoderInputIds?.map((row) => row.map(() => 1)) ?? inputs.attentionMask;
  return isReal.flat().flatMap((real, i) => (real ? [...data.subarray(i * width, (i + 1) * width)] : []));
}

/** The same batch with more padding behind what the model reads. */
function withPadding(golden: Golden, { config }: Model): Golden {
  const filler: Readonly<Record<string, number>> = { inputIds: config.padTokenId };
  const inputs = Object.entries(golden.inputs).map(([name, rows]) => {
    const more = name === "decoderInputIds" ? [] : [0, 0, 0].map(() => filler[name] ?? 0);
    return [name, rows.map((row) => [...row, ...more])];
  });
  return { ...golden, inputs: Object.fromEntries(inputs) as Golden["inputs"] };
}

/** The parameters of which the head's numbers do not depend, as far as gradients flow. */
function unreached(model: Model): string[] {
  const traced = tracedParameters(model);
  const parameters = flattenTree<Tensor>(traced as never);
  const ctx = createContext({ training: false });
  const { states, logits } = model.family.forward(traced, tracedInputs(model), model.config, ctx);
  const output = logits(states);
  const found = gradients([{ of: output, is: output }], [...parameters.values()]);
  return [...parameters.keys()].filter((_, i) => found[i]!.node.op.name === "zerosLike");
}

function expectClose(found: readonly number[], expected: readonly number[], tolerance = TOLERANCE): void {
  expect(found.length).toBe(expected.length);
  const mean = expected.reduce((sum, x) => sum + x, 0) / expected.length;
  const spread = Math.sqrt(expected.reduce((sum, x) => sum + (x - mean) ** 2, 0) / expected.length);
  const furthest = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - found[i]!)), 0);
  expect(furthest / spread).toBeLessThan(tolerance);
}
