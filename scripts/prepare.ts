/** Builds `dist` after an install in a clone, unless it is built of the sources as they are. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isStale } from "../src/cli/stale-build.ts";

const root = dirname(import.meta.dirname);
if (isStale(root) || !existsSync(join(root, "dist", "cli.js"))) {
  const tsdown = join(dirname(createRequire(import.meta.url).resolve("tsdown/package.json")), "dist", "run.mjs");
  execFileSync(process.execPath, [tsdown], { cwd: root, stdio: "inherit" });
}
