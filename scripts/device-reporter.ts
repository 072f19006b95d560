import type { Reporter, TestModule } from "vitest/node";

/** Tests say in brackets on which device they run, for example "training [webgpu]". */
const DEVICE = /\[(cpu|wasm|webgpu|browser)\]/;

/** Prints at the end how many tests ran on each device, and which suites were skipped. */
export default class DeviceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const passed = new Map<string, number>();
    const skipped = new Map<string, number>();
    let failed = 0;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const device = DEVICE.exec(test.fullName)?.[1] ?? "no device";
        const { state } = test.result();
        if (state === "failed") failed++;
        const counts = state === "skipped" ? skipped : passed;
        if (state !== "failed") counts.set(device, (counts.get(device) ?? 0) + 1);
      }
    }
    const format = (counts: ReadonlyMap<string, number>) => [...counts].map(([name, n]) => `${name} ${n}`).join(", ");
    const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
    console.log(`Tests passed by device: ${format(passed)}`);
    if (skipped.size > 0) console.log(`Tests skipped by device: ${format(skipped)}`);
    console.log(`${total(passed)} passed, ${failed} failed, ${total(skipped)} skipped`);
  }
}
