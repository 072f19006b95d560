/** Builds `dist` after an install in a clone, unless it is newer than everything that it is made of. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const built = join(root, "dist", "index.js");
const inputs = ["package.json", "tsconfig.json", "tsdown.config.ts"].map((name) => join(root, name));

function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}

const changed = Math.max(newest(join(root, "src")), ...inputs.map((file) => statSync(file).mtimeMs));
if (!existsSync(built) || statSync(built).mtimeMs < changed) await import("./build.ts");
