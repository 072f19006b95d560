import { afterEach, describe, expect, it, vi } from "vitest";
import { pacer } from "../../src/pacer.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe.each(["with setImmediate", "without setImmediate, as in a browser"])("pacer %s", (environment) => {
  it("is due after a slice, and rests for a macrotask", async () => {
    if (environment.startsWith("without")) vi.stubGlobal("setImmediate", undefined);
    const clock = vi.spyOn(performance, "now").mockReturnValue(1000);
    await pacer.rest();
    expect(pacer.due()).toBe(false);
    clock.mockReturnValue(1020);
    expect(pacer.due()).toBe(true);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    for (let rests = 0; turns === 0 && rests < 10_000; rests += 1) await pacer.rest();
    clearInterval(timer);
    expect(turns).toBe(1);
    expect(pacer.due()).toBe(false);
  });
});
