import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The resident memory of this process in bytes, after garbage was collected. */
export async function settledMemory(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}
