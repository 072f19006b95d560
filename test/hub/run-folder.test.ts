import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openModel, readCheckpoints, resolveModelFolder, saveModel, writeCheckpoints } from "../../src/hub/node.ts";
import { runOfCheckpoint } from "../../src/hub/run-folder.ts";
import { heedError } from "./errors.ts";
import { expectEqualModels, paddedTransformer } from "./models.ts";

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), "heed-run-"));
});
afterEach(() => rm(run, { recursive: true, force: true }));

const checkpoint = (name: string) => join(run, "checkpoints", name);

async function makeCheckpoints(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(checkpoint(name), { recursive: true });
    await writeFile(join(checkpoint(name), "config.json"), "{}");
  }
}

describe("resolveModelFolder", () => {
  it("takes a run's best checkpoint, or the latest where none is the best yet", async () => {
    await makeCheckpoints("step-000180", "step-000200");
    await writeCheckpoints(run, { latest: "step-000200" });
    expect(await readCheckpoints(run)).toEqual({ latest: "step-000200" });
    expect(await resolveModelFolder(run)).toBe(checkpoint("step-000200"));
    await writeCheckpoints(run, { latest: "step-000200", best: "step-000180" });
    expect(await readCheckpoints(run)).toEqual({ latest: "step-000200", best: "step-000180" });
    expect(await resolveModelFolder(run)).toBe(checkpoint("step-000180"));
    await writeFile(join(run, "checkpoints.json"), '{ "latest": "step-000200", "best": null }');
    expect(await resolveModelFolder(`${run}/`)).toBe(checkpoint("step-000200").replace(run, `${run}`));
  });

  it("finds the run of a checkpoint by its place", () => {
    expect(runOfCheckpoint(checkpoint("step-000200"))).toBe(run);
    expect(runOfCheckpoint(`${checkpoint("step-000200")}/`)).toBe(run);
    expect(runOfCheckpoint(run)).toBeUndefined();
  });

  it("takes a model folder as it is, also one whose replacement was interrupted", async () => {
    await makeCheckpoints("step-000200");
    expect(await resolveModelFolder(checkpoint("step-000200"))).toBe(checkpoint("step-000200"));
    await rename(checkpoint("step-000200"), checkpoint(".step-000200.old"));
    expect(await resolveModelFolder(checkpoint("step-000200"))).toBe(checkpoint("step-000200"));
    await writeCheckpoints(run, { latest: "step-000200" });
    expect(await resolveModelFolder(run)).toBe(checkpoint("step-000200"));
  });

  it("says what was expected where it finds nothing", async () => {
    const absent = await heedError(() => resolveModelFolder(join(run, "none")), "FILE_NOT_FOUND");
    expect(absent.message).toContain(`${join(run, "none")} cannot be opened: there is no such folder.`);
    const empty = await heedError(() => resolveModelFolder(run), "FILE_NOT_FOUND");
    expect(empty.message).toBe(
      `${run} holds no model. Expected a run folder, which holds checkpoints.json, or a model folder, which holds config.json.`,
    );
    await writeFile(join(run, "model.safetensors"), "");
    const file = await heedError(() => resolveModelFolder(join(run, "model.safetensors")), "FILE_NOT_FOUND");
    expect(file.message).toContain("is a file. Name the folder that holds the model.");
    await heedError(() => resolveModelFolder(join(run, "model.safetensors", "x")), "FILE_NOT_FOUND");
  });

  it("says what to do with an adapter that is alone", async () => {
    await writeFile(join(run, "adapter_config.json"), '{ "peft_type": "LORA" }');
    const error = await heedError(() => resolveModelFolder(run), "MODEL_UNSUPPORTED");
    expect(error.message).toContain(`${run} holds an adapter without its model. Merge it into its model first`);
    expect(error.path).toBe(run);
  });

  it("says so where a checkpoint is gone", async () => {
    await makeCheckpoints("step-000200");
    await writeCheckpoints(run, { latest: "step-000200", best: "step-000180" });
    const error = await heedError(() => resolveModelFolder(run), "FILE_NOT_FOUND");
    expect(error.path).toBe(checkpoint("step-000180"));
    expect(error.message).toContain(join(run, "checkpoints.json"));
  });

  it.each([
    "{",
    "[]",
    "{}",
    '{"latest": 3}',
    '{"latest": ""}',
    '{"latest": ".."}',
    '{"latest": "../../elsewhere"}',
    '{"latest": "/etc"}',
    '{"latest": "a\\\\b"}',
    '{"latest": "a/b"}',
    '{"latest": "step-000200", "best": "../step-000200"}',
  ])("refuses the checkpoints.json %s", async (json) => {
    await makeCheckpoints("step-000200", "a/b");
    await writeFile(join(run, "checkpoints.json"), json);
    const error = await heedError(() => resolveModelFolder(run), "FORMAT_INVALID");
    expect(error.path).toBe(join(run, "checkpoints.json"));
  });
});

describe("a model on the disk", () => {
  it("is opened as it was saved, by its folder or by its run", async () => {
    const model = paddedTransformer();
    const tokenizerJson = { version: "1.0" };
    await saveModel(checkpoint("step-000010"), { model, tokenizerJson });
    await writeCheckpoints(run, { latest: "step-000010" });
    for (const path of [run, checkpoint("step-000010")]) {
      const opened = await openModel(path);
      expectEqualModels(opened.model, model);
      expect(opened.tokenizerJson).toEqual(tokenizerJson);
    }
  });
});
