import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** The machine, and the engine that Heed runs on. */
export async function machine(): Promise<Readonly<Record<string, unknown>>> {
  return {
    cpu: cpus()[0]?.model.trim(),
    instructions: await vectorInstructions(),
    physicalCores: await physicalCores(),
    logicalCores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    onnxruntime: engineVersion(),
  };
}

/** The settings of the environment that change how fast a peer is; see `peerEnvironment`. */
export function settings(): Readonly<Record<string, unknown>> {
  const names = /^(OMP|KMP|GOMP|MKL|OPENBLAS|DNNL|ONEDNN|MALLOC|GLIBC_TUNABLES|LD_PRELOAD|TORCH|ATEN|UV_|NODE_OPTIONS)/;
  const set = Object.entries(peerEnvironment()).filter(([name]) => names.test(name));
  return { environment: set.length === 0 ? "no variable for threads, BLAS or allocator set" : Object.fromEntries(set) };
}

/** The environment of peers: without OPENBLAS_*, with which others choose kernels that do not suit the machine. */
export function peerEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OPENBLAS_")));
}

/** The cores that this process may use, those that share a core counted once where the system tells. */
export async function physicalCores(): Promise<number> {
  const root = "/sys/devices/system/cpu";
  const names = (await readdir(root).catch(() => [])).filter((name) => /^cpu\d+$/.test(name));
  const ids = names.map(async (name) => {
    const read = (file: string) => readFile(`${root}/${name}/topology/${file}`, "utf8").catch(() => name);
    return `${await read("physical_package_id")} ${await read("core_id")}`;
  });
  const cores = new Set(await Promise.all(ids)).size;
  return Math.min(cores || Number.POSITIVE_INFINITY, availableParallelism());
}

async function vectorInstructions(): Promise<string> {
  const info = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const flags = new Set(/^flags\s*:(.*)$/m.exec(info)?.[1]?.trim().split(" "));
  return ["avx2", "avx512f", "avx512_bf16", "amx_tile"].filter((flag) => flags.has(flag)).join(" ") || "unknown";
}

function engineVersion(): string {
  return (createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }).version;
}

/**
 * The most memory that this process has had resident. Linux tells it of the program alone; elsewhere, and in
 * `resourceUsage` everywhere, what the parent had when it started the process counts as well.
 */
export async function peakBytes(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}
