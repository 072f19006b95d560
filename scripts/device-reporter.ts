import type { Reporter, TestModule, TestSuite, Vitest } from "vitest/node";

/** Tests say in brackets on which device they run, for example "training [webgpu]". */
const DEVICE = /\[(cpu|wasm|webgpu|browser)\]/;
/** Devices that a machine may lack. With HEED_REQUIRE_DEVICES=1 their tests must run. */
const REQUIRED = ["wasm", "webgpu", "browser"];

/**
 * Prints at the end how many tests ran on each device, and which suites were skipped. With HEED_REQUIRE_DEVICES=1 a
 * skipped test of a device fails the run, and so does a device that no test of a whole run names.
 */
export default class DeviceReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const passed = new Map<string, number>();
    const skipped = new Map<string, number>();
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      const { state } = test.result();
      const counts = state === "passed" ? passed : state === "skipped" ? skipped : undefined;
      const device = DEVICE.exec(test.fullName)?.[1] ?? "no device";
      counts?.set(device, (counts.get(device) ?? 0) + 1);
    }
    console.log(`Tests passed by device: ${format(passed)}`);
    if (skipped.size > 0) console.log(`Tests skipped by device: ${format(skipped)}`);
    for (const suite of skippedSuites(modules)) console.log(`Skipped suite: ${suite}`);
    const vitest = this.#vitest!;
    if (process.env.HEED_REQUIRE_DEVICES !== "1" || vitest.config.testNamePattern !== undefined) return;
    const whole = modules.length === (await vitest.globTestSpecifications()).length;
    const missing = REQUIRED.filter((device) => skipped.has(device) || (whole && !passed.has(device)));
    if (missing.length === 0) return;
    console.error(`HEED_REQUIRE_DEVICES=1, but not every test ran on: ${missing.join(", ")}`);
    process.exitCode = 1;
  }
}

/** The names of suites of which no test ran, which say why. */
function skippedSuites(modules: readonly TestModule[]): string[] {
  const isSkipped = (suite: TestSuite) =>
    [...suite.children.allTests()].every((test) => test.result().state === "skipped");
  return modules.flatMap((module) =>
    [...module.children.suites()].filter(isSkipped).map((suite) => `${module.relativeModuleId}: ${suite.name}`),
  );
}

function format(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([device, count]) => `${device} ${count}`).join(", ") || "none";
}
