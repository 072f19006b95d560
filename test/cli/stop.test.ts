import { describe, expect, it, vi } from "vitest";
import { Exit, say } from "../../src/cli/io.ts";
import { untilStopped } from "../../src/cli/stop.ts";
import { HeedError, throwIfAborted } from "../../src/error.ts";
import { MemoryIo } from "./memory-io.ts";

const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener("abort", resolve));

describe("work that signals stop", () => {
  it("gives its result where none comes, and leaves no listener behind", async () => {
    const io = new MemoryIo();
    expect(
      await untilStopped(
        io,
        () => say(io, "Stopping."),
        async () => 7,
      ),
    ).toBe(7);
    expect(io.listeners).toBe(0);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("is aborted by %s, comes to its end, and exits with %i", async (signal, code) => {
    const io = new MemoryIo();
    let saved = false;
    const work = untilStopped(
      io,
      () => say(io, "Stopping."),
      async (abort) => {
        await aborted(abort);
        saved = true;
      },
    );
    io.signal(signal);
    await expect(work).rejects.toEqual(new Exit(code));
    expect({ saved, exits: io.exits, listeners: io.listeners }).toEqual({ saved: true, exits: [], listeners: 0 });
    expect(io.err).toBe("Stopping.\n");
  });

  it("that is aborted before it began exits likewise, but another failure stays a failure", async () => {
    const io = new MemoryIo();
    const early = untilStopped(
      io,
      () => say(io, "Stopping."),
      async (abort) => {
        await aborted(abort);
        throwIfAborted(abort);
      },
    );
    io.signal("SIGINT");
    await expect(early).rejects.toEqual(new Exit(130));
    const failing = untilStopped(
      io,
      () => say(io, "Stopping."),
      async (abort) => {
        await aborted(abort);
        throw new HeedError("FILE_UNWRITABLE", "The disk is full.");
      },
    );
    io.signal("SIGINT");
    await expect(failing).rejects.toThrow("The disk is full.");
  });

  it("quits at once at a second signal, unless it follows so fast that it is the same Ctrl-C", async () => {
    const io = new MemoryIo();
    const clock = vi.spyOn(performance, "now");
    let finish = () => {};
    const work = untilStopped(
      io,
      () => say(io, "Stopping."),
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    for (const [at, kills] of [
      [1000, 0],
      [1100, 0],
      [1600, 1],
    ] as const) {
      clock.mockReturnValue(at);
      io.signal("SIGINT");
      expect(io.kills).toBe(kills);
    }
    clock.mockRestore();
    finish();
    await expect(work).rejects.toEqual(new Exit(130));
  });
});
