import { expect, it } from "vitest";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { heedError } from "../hub/errors.ts";
import { toyBatches, toyModel, toySettings, trainAll } from "./toy.ts";

it("a batch that is too large for the memory is refused, with the settings that make it smaller", async () => {
  await using runtime = await nativeRuntime({ threads: 1, memoryLimit: 2 ** 16 });
  const model = toyModel();
  const settings = toySettings({ maxEpochs: 1, maxTokens: 123, accumulate: 2 });
  const run = { model, runtime, settings, data: { train: toyBatches(model, 4) } };
  const { message, path } = await heedError(() => trainAll(run), "MEMORY_LIMIT");
  expect(message).toMatch(
    /batch 4, target \d, source \d would take about [\d.]+ MiB of memory; 0\.063 MiB are allowed/,
  );
  expect(message).toMatch(/as large: train: { maxTokens: 62, accumulate: 4 }$/);
  expect(path).toBe("train.maxTokens");
});
