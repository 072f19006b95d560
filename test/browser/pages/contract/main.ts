import { defaultRuntime, workerRuntime } from "heed/runtime";
import { describe } from "vitest";
import { startTests } from "vitest/internal/browser";
import { runtimeContract } from "../../../runtime/contract/index.ts";

type Runner = Parameters<typeof startTests>[1];
type Task =
  | Awaited<ReturnType<typeof startTests>>[number]
  | Awaited<ReturnType<typeof startTests>>[number]["tasks"][number];

/** What came of a test of the contract. */
export interface Outcome {
  readonly name: string;
  /** Why it failed. */
  readonly error: string | undefined;
}

export interface ContractOptions {
  readonly device: "wasm" | "webgpu";
  readonly worker: boolean;
}

const config = {
  root: "/",
  setupFiles: [],
  sequence: { hooks: "stack", setupFiles: "list", seed: 0 },
  maxConcurrency: 1,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  retry: 0,
  tags: [],
};

/** What vitest's `expect` looks for. */
Object.assign(globalThis, { __vitest_worker__: { config, environment: { name: "browser" } } });

/** Runs the contract of runtimes in this page, by the runner that runs it in Node.js. */
async function run({ device, worker }: ContractOptions): Promise<Outcome[]> {
  const create = () => (worker ? workerRuntime({ device }) : defaultRuntime({ device }));
  const importFile = async () => describe("contract", () => runtimeContract(create));
  const files = await startTests(["contract"], { config, importFile } as unknown as Runner);
  return files.flatMap(outcomes);
}

/** Suites fail too, where a hook does. */
function outcomes(task: Task): Outcome[] {
  const [error] = task.result?.errors ?? [];
  const inner = "tasks" in task ? task.tasks.flatMap(outcomes) : [];
  if (task.type !== "test" && error === undefined) return inner;
  const passed = task.type !== "test" || task.result?.state === "pass";
  const reason = error?.message ?? (passed ? undefined : String(task.result?.state));
  return [{ name: task.name, error: reason }, ...inner];
}

export type ContractPage = { run: typeof run };
Object.assign(globalThis, { run } satisfies ContractPage);
