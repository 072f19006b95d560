import { afterAll, describe, expect, it } from "vitest";
import { workerRuntime } from "../../src/runtime/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { train } from "../../src/train/index.ts";
import { numbersOf, toyBatches, toyModel, toySettings, trainAll } from "./toy.ts";

const worker = await workerRuntime({ threads: 1 });
afterAll(() => worker.dispose());

describe("a training in a worker", () => {
  it("gives the numbers that it gives in this thread", async () => {
    const model = toyModel({ dropout: 0.2 });
    const data = { train: toyBatches(model, 5), validation: toyBatches(model, 1) };
    const settings = toySettings({ maxSteps: 6, accumulate: 2, evaluateEvery: 3 });
    await using inThread = await nativeRuntime({ threads: 1 });
    const [here, there] = [inThread, worker].map((runtime) => trainAll({ model, settings, data, runtime }));
    expect(numbersOf(await there!)).toEqual(numbersOf(await here!));
  });

  it("leaves this thread free: timers fire many times during a step", async () => {
    const model = toyModel({ dModel: 128, encoderFfnDim: 512, decoderFfnDim: 512 });
    const settings = toySettings({ maxSteps: 12 });
    let timers = 0;
    const interval = setInterval(() => timers++, 1);
    const fired: number[] = [];
    try {
      for await (const event of train({
        model,
        settings,
        data: { train: toyBatches(model, 20, 200) },
        runtime: worker,
      })) {
        if (event.type === "step") fired.push(timers);
      }
    } finally {
      clearInterval(interval);
    }
    const perStep = fired.slice(1).map((count, i) => count - fired[i]!);
    perStep.sort((a, b) => a - b);
    expect(perStep[Math.floor(perStep.length / 2)]).toBeGreaterThan(5);
  });
});
