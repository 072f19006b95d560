import { MultiBar } from "cli-progress";
import type { OutputStream } from "./io.ts";

/** Shows how far some work has come: as a bar on a terminal, elsewhere as a line now and then. */
export interface Meter {
  /**
   * @param share Of the work, from 0 to 1.
   * @param text What else there is to say.
   */
  update(share: number, text: string): void;
  /** Says something that stays. */
  note(line: string): void;
  /** Ends the bar. */
  stop(): void;
}

/** Seconds between lines where there is no terminal. */
const INTERVAL = 8;

/** @param now The time in seconds. */
export function createMeter(stream: OutputStream, now: () => number = () => performance.now() / 1000): Meter {
  return stream.isTTY === true ? barMeter(stream) : lineMeter(stream, now);
}

function lineMeter(stream: OutputStream, now: () => number): Meter {
  let last = Number.NEGATIVE_INFINITY;
  return {
    update(share, text) {
      if (share < 1 && now() - last < INTERVAL) return;
      last = now();
      stream.write(`${text}\n`);
    },
    note: (line) => void stream.write(`${line}\n`),
    stop: () => undefined,
  };
}

function barMeter(stream: OutputStream): Meter {
  const bars = new MultiBar({
    stream,
    format: "{bar} {text}",
    barsize: 20,
    barCompleteChar: "━",
    barIncompleteChar: "─",
    hideCursor: true,
    clearOnComplete: true,
  });
  let bar: ReturnType<MultiBar["create"]> | undefined;
  return {
    update(share, text) {
      bar ??= bars.create(1, 0, { text });
      bar.update(share, { text });
    },
    note(line) {
      if (bar === undefined) stream.write(`${line}\n`);
      else bars.log(`${line}\n`);
    },
    stop() {
      if (bar === undefined) return;
      bars.update();
      bars.stop();
      bar = undefined;
    },
  };
}
