import { dirname } from "node:path";
import { isStale } from "../src/cli/stale-build.ts";
import { HeedError } from "../src/error.ts";

/** Benchmarks of the built library measure what is in the sources. Errors: USAGE where they are not what was built. */
export function requireFreshBuild(): void {
  if (!isStale(dirname(import.meta.dirname))) return;
  throw new HeedError("USAGE", "The build is not of the sources as they are. Run `npm run build` first.");
}
