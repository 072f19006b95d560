import { join } from "node:path";
import { expect, it } from "vitest";
import { difference } from "../../scripts/kill-resume/folders.ts";
import { compilerMessages } from "../../src/cli/presets/compiler-messages.ts";
import { temporaryFolder, trainAll } from "./small.ts";

it("two trainings with the same seed on one machine have the same numbers to the bit, with several threads", async () => {
  const folder = temporaryFolder();
  const recipe = compilerMessages("fr");
  const train = {
    ...recipe.train,
    maxEpochs: null,
    maxSeconds: null,
    maxSteps: 8,
    evaluateEvery: 8,
    validationBleu: 4,
  };
  const runs = ["one", "two"].map((name) => join(folder, name)) as [string, string];
  for (const run of runs) await trainAll({ ...recipe, train }, { folder: run, threads: 2 });
  expect(difference(...runs)).toBeUndefined();
}, 600_000);
