/** Builds `dist` after an install in a clone, unless it is built of the sources as they are. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isStale } from "../src/cli/stale-build.ts";

const root = dirname(import.meta.dirname);
if (isStale(root) || !existsSync(join(root, "dist", "cli.js"))) await import("./build.ts");
