import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { nextSteps } from "../../src/cli/show/quickstart-report.ts";
import { endText } from "../../src/cli/training-progress.ts";
import { HeedError } from "../../src/error.ts";
import { ifTooLarge, steadier } from "../../src/train/advice.ts";
import { fewStepsWarning } from "../../src/train/few-steps.ts";
import { checkRecipe } from "../../src/translation/parse-recipe.ts";
import type { RecipeInput } from "../../src/translation/recipe.ts";
import { heedError } from "../hub/errors.ts";
import { settled } from "../train/toy.ts";
import { advisedIn, refusedIn } from "./advised.ts";
import { temporaryFolder, trainAll } from "./small.ts";
import { smallRecipe } from "./small-recipe.ts";

const peak = 0.002;
const schedules = [
  { type: "paper" },
  { type: "inverseSquareRoot", peak },
  { type: "cosine", peak, warmupSteps: 0 },
  { type: "linear", peak },
  { type: "constant", peak },
];

/** What is advised in a text, which a recipe must take as it stands there. */
function advised(text: string): Readonly<Record<string, unknown>>[] {
  expect(refusedIn(text)).toEqual([]);
  return advisedIn(text);
}

describe("advice can be pasted into a recipe", () => {
  it("for batches that are too large for the memory: half of them, and as much to an update", () => {
    const tooLarge = new HeedError("MEMORY_LIMIT", "Too large.");
    const { message } = ifTooLarge(tooLarge, settled({ maxTokens: 4096 })) as HeedError;
    expect(advised(message)).toEqual([{ train: { maxTokens: 2048, accumulate: 2 } }]);
    const smallest = ifTooLarge(tooLarge, settled({ maxTokens: 1 })) as HeedError;
    expect(advised(smallest.message)).toEqual([{ train: { maxTokens: 1, accumulate: 2 } }]);
  });

  it.each(schedules)("for a training that diverged by the schedule %o", (schedule) => {
    const [{ train }] = advised(steadier(settled({ schedule }))) as [{ train: Record<string, unknown> }];
    expect(train).toMatchObject({ schedule: { type: schedule.type }, clipNorm: 0.5 });
    const rate = train.schedule as { peak?: number; scale?: number };
    expect(rate.peak ?? rate.scale).toBe("peak" in schedule ? 0.001 : 0.5);
    expect(advised(steadier(settled({ schedule, clipNorm: null })))).toMatchObject([{ train: { clipNorm: 1 } }]);
  });

  it.each([{ maxEpochs: 2 }, { maxSteps: 20 }, { maxEpochs: 2, accumulate: 3, maxTokens: 9000 }])(
    "for a training of few steps, %o",
    (settings) => {
      expect(advised(fewStepsWarning(settled(settings), 20)!)).toHaveLength(1);
    },
  );

  it("for a run that has nothing left to do", () => {
    const settings = settled({ maxEpochs: 20, maxSeconds: 1.5 });
    const start = { type: "start", step: 7, totalSteps: 7, settings, parameters: 1, device: "cpu" } as const;
    const end = { type: "end", step: 7, seconds: 1 } as const;
    for (const reason of ["finished", "timeLimit"] as const) {
      expect(advised(endText({ ...end, reason }, start))).toEqual([{ train: { maxEpochs: 40, maxSeconds: 3 } }]);
    }
    expect(endText({ ...end, reason: "finished" }, { ...start, step: 6 })).toBe("Finished after step 7");
    expect(endText({ ...end, reason: "stopped" }, start)).toBe("Stopped and saved after step 7");
  });

  it("for a recipe without data, or with some of no kind", () => {
    for (const data of [undefined, 3, { file: "pairs.txt" }]) {
      const checked = checkRecipe({ data });
      const [problem] = "problems" in checked ? checked.problems : [];
      expect(advised(problem!.message).length).toBeGreaterThanOrEqual(3);
    }
  });

  it("for sentences that are too long for the model", async () => {
    const folder = temporaryFolder();
    const small = smallRecipe(folder, { maxSteps: 1 });
    const recipe = { ...small, model: { ...small.model, maxPositionEmbeddings: 2 } } as RecipeInput;
    const { message } = await heedError(() => trainAll(recipe, { folder: join(folder, "run") }), "DATA_INVALID");
    expect(advised(message)).toEqual([{ model: { maxPositionEmbeddings: 8 } }]);
  });

  it("for what to do after a quickstart", () => {
    expect(advised(nextSteps({ folder: "runs/x", run: "npm start --", to: "fr" }))).toHaveLength(1);
  });

  it.each(["README.md", "README.zh-CN.md"])("in %s", async (name) => {
    const text = await readFile(new URL(`../../${name}`, import.meta.url), "utf8");
    const [, recipe = ""] = /```yaml\n([^`]*)```/.exec(text) ?? [];
    expect(checkRecipe(parse(recipe))).toHaveProperty("recipe");
    expect(advised(text).length).toBeGreaterThanOrEqual(3);
    // What looks like a key with its value, but would be no YAML of a recipe.
    expect(text).not.toMatch(/\b(?:tokenizer|model|train|decode)\.\w+: \S/);
  });
});
