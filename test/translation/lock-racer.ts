import { HeedError } from "../../src/error.ts";
import { lockRun } from "../../src/translation/run-lock.ts";

/**
 * Takes a folder's lock whenever its parent says so, tells how that went, and gives it back at the next word.
 * Argument: the folder.
 */
async function race(folder: string): Promise<void> {
  const lock = await lockRun(folder).catch((error: unknown) => {
    if (error instanceof HeedError && error.code === "RUN_IN_USE") return undefined;
    throw error;
  });
  process.once("message", async () => {
    await lock?.[Symbol.asyncDispose]();
    process.once("message", () => race(folder));
    process.send!("ready");
  });
  process.send!(lock === undefined ? "refused" : "taken");
}

const [folder] = process.argv.slice(2);
process.once("message", () => race(folder!));
process.send!("ready");
