import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../src/grad/index.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import { memoryFiles } from "../../src/hub/files.ts";
import { loadModel, type ModelFolder, modelFiles } from "../../src/hub/index.ts";
import { openModel } from "../../src/hub/node.ts";
import type { Model } from "../../src/models/model.ts";
import { tracedInputs, tracedParameters } from "../../src/models/traced.ts";
import { createContext } from "../../src/nn/context.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { expectBeams, expectClose, expectGreedy, expectOutput, outputOf } from "./answers.ts";
import { type Golden, goldenCases, goldenFolder, modelTypeOf, readGolden } from "./golden.ts";

/** Of the spread of what is expected. */
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

  describe.each(cases)("%s, as transformers wrote it [cpu]", (name) => {
    const golden = readGolden(name);
    let folder: ModelFolder;
    beforeAll(async () => {
      folder = await openModel(join(goldenFolder, name));
    });

    it("computes what PyTorch computes, in a padded batch", () => expectOutput(folder, golden, runtime));

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

    it.runIf(golden.greedy)("goes on greedily as Python does", () => expectGreedy(folder, golden, runtime));

    it.runIf(golden.beams)("goes on with beams as Python does", () => expectBeams(folder, golden, runtime));
  });
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
