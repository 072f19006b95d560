import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { gradients } from "../../src/grad/index.ts";
import { dataAs, float32, input, int32, program, type TensorData } from "../../src/graph/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { trainSchema } from "../../src/train/index.ts";
import { rDropLosses } from "../../src/train/loss.ts";
import { gradientsOf } from "./gradients.ts";
import { MemoryStore, toyBatch, toyModel, toyPairs, toySettings, trainAll } from "./toy.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

/** What PyTorch computed: see scripts/fixtures/r_drop.py. */
const expected = JSON.parse(readFileSync(new URL("../fixtures/r-drop.json", import.meta.url), "utf8"));

function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual).toHaveLength(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(Math.abs(actual[i]! - wanted[i]!)).toBeLessThan(tolerance);
}

describe("R-Drop", () => {
  it("has PyTorch's losses and gradient", async () => {
    const { batch, target, vocabulary, smoothing, weight } = expected;
    const logits = input("logits", { shape: [2 * batch, target, vocabulary], dtype: "float32" });
    const labels = input("labels", { shape: [batch, target], dtype: "int32" });
    const loss = rDropLosses(logits, labels, smoothing, weight);
    const seed = input("seed", loss);
    const [gradient] = gradients([{ of: loss, is: seed }], [logits]);
    await using executable = await runtime.compile(program("rDrop", { loss, gradient: gradient! }));
    const values = await executable.run(
      new Map<string, TensorData>([
        ["logits", float32([2 * batch, target, vocabulary], Float32Array.from(expected.logits))],
        ["labels", int32([batch, target], Int32Array.from(expected.labels))],
        [
          "seed",
          float32(
            [batch * target],
            Float32Array.from({ length: batch * target }, (_, i) => i + 1),
          ),
        ],
      ]),
    );
    for (const name of ["loss", "gradient"])
      expectClose(dataAs(await values.get(name)!.read(), "float32"), expected[name]);
  });

  it("is the plain loss where there is no dropout", async () => {
    const model = toyModel({ dropout: 0 });
    const batch = toyBatch(toyPairs("no dropout", 5), model);
    const settings = (rDrop: number) => trainSchema.parse({ rDrop });
    const plain = await gradientsOf(runtime, model, settings(0), batch);
    const agreeing = await gradientsOf(runtime, model, settings(4), batch);
    for (const [path, { data }] of plain) expectClose(agreeing.get(path)!.data, data);
  });

  it("draws the predictions together, and learns", async () => {
    const model = toyModel({ dropout: 0.3 });
    const pairs = toyPairs("by heart", 12);
    const lossesWith = async (rDrop: number) => {
      const epoch = { length: 1, batch: async () => toyBatch(pairs, model) };
      const events = await trainAll({
        model,
        runtime,
        settings: toySettings({ maxSteps: 100, labelSmoothing: 0, rDrop }),
        data: { train: { fingerprint: "one batch", order: "as they come", epoch: async () => epoch } },
        store: new MemoryStore(),
      });
      return events.flatMap((event) => (event.type === "step" ? [event.loss] : []));
    };
    const losses = await lossesWith(2);
    // Divergence counts from the first step on, and falls with the loss.
    expect(losses[0]).toBeGreaterThan((await lossesWith(0))[0]! + 0.001);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
  });
});
