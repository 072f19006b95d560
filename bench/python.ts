import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { peerEnvironment } from "./machine.ts";

/** Where the interpreter with the packages of requirements/peers.txt is, or why it cannot be used. */
export type Python = { readonly command: string } | { readonly absent: string };

/** The interpreter that HEED_BENCH_PYTHON names, else that of `.venv-peers`, if it can import the packages. */
export async function findPython(packages: readonly string[]): Promise<Python> {
  const command = process.env.HEED_BENCH_PYTHON ?? resolve(import.meta.dirname, "../.venv-peers/bin/python");
  const howTo = "see docs/benchmarks.md for how to install the peers";
  const found = await access(command).then(
    () => true,
    () => false,
  );
  if (!found) return { absent: `no Python at ${command}; ${howTo}` };
  try {
    await promisify(execFile)(command, ["-c", `import ${packages.join(", ")}`], { env: peerEnvironment() });
    return { command };
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim().split("\n").at(-1) ?? (error as Error).message;
    return { absent: `${command}: ${reason}; ${howTo}` };
  }
}
