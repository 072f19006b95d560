import { spawn } from "node:child_process";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { webGpuEnvironment } from "./devices.ts";

/** The ONNX ops of a program that an execution provider got, by the provider's name; all of them where it is alone. */
export type Placement = ReadonlyMap<string, readonly string[]>;

/** Arithmetic on a few numbers, mostly dimensions of shapes, that costs nothing on the CPU. */
const SHAPE_ARITHMETIC = ["Shape", "Size", "Concat", "Reshape", "Cast", "Add", "Sub", "Mul", "Div", "Range"];

/** What the CPU got beside arithmetic on shapes. */
export const heavyOnCpu = (placement: Placement): string[] =>
  (placement.get("CPUExecutionProvider") ?? []).filter((op) => !SHAPE_ARITHMETIC.includes(op));

/** The line by which the child process says which program the log goes on about. */
export const MARKER = "##program ";

/**
 * Where ONNX Runtime places the nodes of programs on WebGPU, by program. A module exports the programs as `programs`; a
 * process of its own compiles them, because only the verbose log on stderr says it.
 */
export async function placements(module: URL): Promise<ReadonlyMap<string, Placement>> {
  const log = await logOf(module);
  const [, ...sections] = log.split(MARKER);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf("\n")), parse(section)]));
}

/** The log goes to a file: into a pipe the engine writes without waiting, and once it is full it never writes again. */
async function logOf(module: URL): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "heed-placements-"));
  const path = join(folder, "stderr");
  try {
    const file = await open(path, "w");
    const script = fileURLToPath(new URL("./placements-process.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, module.href], {
      env: { ...process.env, ...webGpuEnvironment },
      stdio: ["ignore", "inherit", file.fd],
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    await file.close();
    const log = await readFile(path, "utf8");
    if (code !== 0) throw new Error(`The process that lists placements failed (${code}):\n${log.slice(-2000)}`);
    return log;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function parse(section: string): Placement {
  const placement = new Map<string, string[]>();
  for (const line of section.split("\n").filter((text) => text.includes("VerifyEachNodeIsAssignedToAnEp]"))) {
    const provider = /placed on \[(\w+)\]/.exec(line)?.[1];
    const op = /\]\s+(\w+) \(.*\)$/.exec(line.trim())?.[1];
    if (provider !== undefined) placement.set(provider, []);
    else if (op !== undefined) [...placement.values()].at(-1)!.push(op);
  }
  if (placement.size === 0) throw new Error(`The log says nothing of placements: ${section.slice(0, 200)}`);
  return placement;
}
