import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/graph/runtime.ts";
import { int32 } from "../../src/graph/tensor-data.ts";
import { flattenTree } from "../../src/graph/tree.ts";
import { openModel } from "../../src/hub/node.ts";
import { t5Layout } from "../../src/hub/t5/layout.ts";
import type { Model } from "../../src/models/model.ts";
import type { T5Config } from "../../src/models/t5/index.ts";
import type { Parameter } from "../../src/nn/parameter.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { trainSchema } from "../../src/train/index.ts";
import { stepProgram } from "../../src/train/programs.ts";
import { gradientsOf } from "../train/gradients.ts";
import { goldenFolder } from "./golden.ts";

interface Case {
  readonly folder: string;
  readonly inputs: Readonly<Record<string, number[][]>>;
  readonly labels: number[][];
  /** By PyTorch's names: the norm and the sum of each tensor's gradient. */
  readonly gradients: Readonly<Record<string, readonly [norm: number, sum: number]>>;
}

const fixture = new URL("../fixtures/t5-gradients.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, "utf8")) as { readonly cases: readonly Case[] };
const settings = { ...trainSchema.parse({}), labelSmoothing: 0, rDrop: 0, clipNorm: null };
const rows = (ids: number[][]) => int32([ids.length, ids[0]!.length], ids.flat());

async function openedWith(folder: string, config: Partial<T5Config>): Promise<Model> {
  const { model } = await openModel(join(goldenFolder, folder));
  return { ...model, config: { ...model.config, ...config } as Model["config"] };
}

describe("gradients are PyTorch's", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await nativeRuntime({ threads: 1 });
  });
  afterAll(() => runtime.dispose());

  it.each(cases.map((each) => [each.folder, each] as const))("%s", async (folder, { inputs, labels, gradients }) => {
    const model = await openedWith(folder, { dropoutRate: 0 });
    const batch = {
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, ids]) => [name, rows(ids)])),
      labels: rows(labels),
      targetTokens: labels.flat().length,
    };
    const found = await gradientsOf(runtime, model, settings, batch as never);
    expect(found.size).toBe(Object.keys(gradients).length);
    const layout = t5Layout(model.config as never);
    for (const [path, parameter] of flattenTree<Parameter>(model.family.spec(model.config))) {
      const { name } = layout(path, parameter);
      const [norm, sum] = gradients[name]!;
      const { data } = found.get(path)!;
      expect(Math.hypot(...data) / norm, name).toBeCloseTo(1, 4);
      expect((data.reduce((total, x) => total + x, 0) - sum) / norm, name).toBeCloseTo(0, 3);
    }
  });
});

it("drops out where Python's class does", async () => {
  const model = await openedWith("t5", {});
  const { inputs } = await stepProgram(model.family, model.config, settings, false);
  const found = inputs.filter(({ random }) => random !== undefined).map(({ name }) => name);
  const stack = (name: string, sublayers: string[]) => [
    `dropout.${name}.embedding`,
    `dropout.${name}.output`,
    ...[0, 1].flatMap((layer) =>
      sublayers.flatMap((sublayer) => {
        const path = `dropout.${name}.layers.${layer}.${sublayer}`;
        return [path, `${path}.output`];
      }),
    ),
  ];
  expect(found.sort()).toEqual(
    [
      ...stack("encoder", ["selfAttention", "feedForward"]),
      ...stack("decoder", ["selfAttention", "crossAttention", "feedForward"]),
    ].sort(),
  );
});
