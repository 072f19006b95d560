import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readBytes } from "../src/file-system.ts";

describe("readBytes", () => {
  const path = fileURLToPath(import.meta.url);

  it("reads a whole file, also one that the system gives in several pieces", async () => {
    const bytes = new Uint8Array(readFileSync(path));
    expect(await readBytes(path)).toEqual(bytes);
    expect(await readBytes(path, 100)).toEqual(bytes);
  });
});
