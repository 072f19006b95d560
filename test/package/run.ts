import { execFile } from "node:child_process";
import { join } from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** No program outlives the test that waits for it. */
const TIMEOUT = 110_000;

/** Runs a script with Node in a folder. */
export const node = (folder: string, ...args: readonly string[]): Promise<Ended> => run(folder, process.execPath, args);

/** Runs the command that is installed in a folder. */
export function heed(folder: string, ...args: readonly string[]): Promise<Ended> {
  const windows = process.platform === "win32";
  return run(folder, join(folder, "node_modules", ".bin", windows ? "heed.cmd" : "heed"), args, windows);
}

function run(cwd: string, command: string, args: readonly string[], shell = false): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd, shell, timeout: TIMEOUT }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
