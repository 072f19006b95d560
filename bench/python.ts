import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { peerEnvironment } from "./machine.ts";

/** Where an interpreter with the packages that are needed is, or why it cannot be used. */
export type Python = { readonly command: string } | { readonly absent: string };

const environments = {
  peers: { variable: "HEED_BENCH_PYTHON", folder: ".venv-peers" },
  export: { variable: "HEED_BENCH_EXPORT_PYTHON", folder: ".venv-export" },
} as const;

/**
 * The interpreter of an environment: that of requirements/NAME.txt, in its folder or where its variable says, if it can
 * import the packages.
 */
export async function findPython(environment: keyof typeof environments, packages: readonly string[]): Promise<Python> {
  const { variable, folder } = environments[environment];
  const command = process.env[variable] ?? resolve(import.meta.dirname, `../${folder}/bin/python`);
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
