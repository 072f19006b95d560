import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { shellWord } from "./shell.ts";

/** In `dist`: the hash of the sources that were built. */
export const STAMP = "sources.sha256";

/** What the build is made of, beside `src`. */
const INPUTS = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsdown.config.ts",
  "scripts/build.ts",
  "scripts/bundle.ts",
];

/**
 * A hash over names and contents of all that a build is made of. Times do not count: git sets them as it likes, when it
 * clones and when it goes to another branch and back.
 *
 * @param root The folder of the clone.
 */
export function hashSources(root: string): string {
  const hash = createHash("sha256");
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[^.].*\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const inputs = INPUTS.filter((name) => existsSync(join(root, name)));
  for (const name of [...sources.sort(), ...inputs]) hash.update(`${name}\0`).update(readFileSync(join(root, name)));
  return hash.digest("hex");
}

/** Whether the sources beside the folder `dist` are others than it was built of. Where there are no sources: no. */
export function isStale(root: string): boolean {
  if (!existsSync(join(root, "src"))) return false;
  const stamp = join(root, "dist", STAMP);
  return !existsSync(stamp) || readFileSync(stamp, "utf8") !== hashSources(root);
}

/** How to build, as it is typed in the folder `cwd`. */
export function buildCommand(root: string, cwd: string): string {
  const path = relative(root, cwd);
  return path.split(sep)[0] === ".." || isAbsolute(path)
    ? `npm --prefix ${shellWord(root)} run build`
    : "npm run build";
}
