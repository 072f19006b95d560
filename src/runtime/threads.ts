import { readFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";

/**
 * How many threads to use, or undefined where ONNX Runtime's own choice (one for each physical core) is right: it sees
 * the whole machine, also where a container or an affinity mask leaves this process a part of it.
 */
export async function limitedThreads(): Promise<number | undefined> {
  const limit = Math.min(availableParallelism(), await cpuQuota());
  return limit < cpus().length ? Math.max(1, Math.floor(limit)) : undefined;
}

/** As many threads as told, or fewer where this process may not use so many. */
export async function threadsUpTo(most: number): Promise<number> {
  return Math.min(most, (await limitedThreads()) ?? availableParallelism());
}

/** The processors that the control group of this process may keep busy; Linux only. */
async function cpuQuota(): Promise<number> {
  const v2 = await readNumbers("/sys/fs/cgroup/cpu.max");
  const [quota, period] = v2 ?? [
    ...((await readNumbers("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")) ?? []),
    ...((await readNumbers("/sys/fs/cgroup/cpu/cpu.cfs_period_us")) ?? []),
  ];
  const processors = (quota ?? Number.NaN) / (period ?? Number.NaN);
  return processors > 0 ? processors : Number.POSITIVE_INFINITY;
}

/** A file of numbers; "max", as the kernel writes where there is no limit, is not a number. */
async function readNumbers(path: string): Promise<number[] | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text?.trim().split(/\s+/).map(Number);
}
