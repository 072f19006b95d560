import { afterAll, describe, expect, it } from "vitest";
import type { Executable, Runtime, Value } from "../../src/graph/runtime.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { Learner } from "../../src/train/index.ts";
import { toyBatch, toyModel, toyPairs, toySettings } from "./toy.ts";

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

/** A runtime that counts what is held on the device. */
function counting(inner: Runtime) {
  const held = { values: 0, programs: 0 };
  const counted = (value: Value): Value => {
    held.values++;
    const dispose = value.dispose.bind(value);
    value.dispose = () => {
      held.values--;
      dispose();
    };
    return value;
  };
  const compile: Runtime["compile"] = async (...args) => {
    const executable = await inner.compile(...args);
    held.programs++;
    const run: Executable["run"] = async (...call) => {
      const values = await executable.run(...call);
      for (const value of values.values()) counted(value);
      return values;
    };
    const dispose = async () => {
      held.programs--;
      await executable.dispose();
    };
    return { program: executable.program, run, dispose, [Symbol.asyncDispose]: dispose };
  };
  const upload: Runtime["upload"] = async (data) => counted(await inner.upload(data));
  const dispose = () => inner.dispose();
  const counter: Runtime = { device: inner.device, compile, upload, dispose, [Symbol.asyncDispose]: dispose };
  return { counter, held };
}

describe("what a training holds in memory", () => {
  it("is three values a parameter after every update, and nothing in the end", async () => {
    const { counter, held } = counting(runtime);
    const model = toyModel();
    const learner = await Learner.create(model, counter, toySettings({}));
    const batches = [1, 2, 3].map((i) => toyBatch(toyPairs(`batch ${i}`, 3), model));
    const expectOnlyState = () => expect(held.values).toBe(3 * model.parameters.size);
    expectOnlyState();
    for (const [i, micro] of [batches.slice(0, 1), batches, batches.slice(0, 2), batches.slice(1, 2)].entries()) {
      await learner.update(micro, i + 1, 0.01);
      expectOnlyState();
    }
    await learner.evaluate(
      (async function* () {
        yield* batches;
      })(),
    );
    await learner.snapshot();
    await learner.moments();
    expectOnlyState();
    await learner.dispose();
    expect(held).toEqual({ values: 0, programs: 0 });
  });

  it("does not grow over some hundred steps of different shapes", async () => {
    // 330,000 parameters: a step that kept its results would take 4 MB.
    const model = toyModel({ dModel: 128, encoderFfnDim: 256, decoderFfnDim: 256 });
    await using learner = await Learner.create(model, runtime, toySettings({}));
    let step = 0;
    const take = async (count: number) => {
      for (const end = step + count; step < end; ) {
        const pairs = toyPairs(`step ${step}`, 1 + (step % 3), { longest: 1 + (step % 20) });
        await learner.update([toyBatch(pairs, model)], ++step, 1e-4);
      }
      const { rss } = process.memoryUsage();
      return rss / 2 ** 20;
    };
    const before = await take(100);
    const after = await take(200);
    expect(after - before).toBeLessThan(150);
  });
});
