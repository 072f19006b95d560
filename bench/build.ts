import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HeedError } from "../src/error.ts";

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Benchmarks of the built library measure what is in the sources. Errors: USAGE where they changed after the build. */
export async function requireFreshBuild(): Promise<void> {
  const built = await stat(path("dist/cli.js")).catch(() => undefined);
  const names = await readdir(path("src"), { recursive: true });
  const changed = await Promise.all(names.map(async (name) => (await stat(join(path("src"), name))).mtimeMs));
  if (built !== undefined && built.mtimeMs >= Math.max(...changed)) return;
  throw new HeedError("USAGE", "The sources changed after the library was built. Run `npm run build` first.");
}
