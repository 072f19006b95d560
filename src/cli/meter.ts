import { MultiBar } from "cli-progress";
import { folded, type OutputStream, widthOf } from "./io.ts";

/** Shows how far some work has come: as a bar on a terminal, elsewhere as a line now and then. */
export interface Meter {
  /**
   * @param share Of the work, from 0 to 1.
   * @param text What else there is to say, in parts with two spaces between; where it is too long the last are left out.
   */
  update(share: number, text: string): void;
  /** Says something that stays, in lines that fit the terminal. */
  note(line: string): void;
  /** Ends the bar. */
  stop(): void;
}

/** Seconds between lines where there is no terminal. */
const INTERVAL = 8;

/** Columns of a bar. */
const BAR = 10;

/** Between the parts of a text, the first of which matter most. */
const GAP = "  ";

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
    barsize: BAR,
    linewrap: true,
    barCompleteChar: "━",
    barIncompleteChar: "─",
    hideCursor: true,
    clearOnComplete: true,
  });
  let bar: ReturnType<MultiBar["create"]> | undefined;
  return {
    update(share, text) {
      const shown = { text: fitting(text, widthOf(stream) - BAR - 1) };
      bar ??= bars.create(1, 0, shown);
      bar.update(share, shown);
    },
    note(line) {
      const text = `${folded(stream, line)}\n`;
      if (bar === undefined) stream.write(text);
      else bars.log(text);
    },
    stop() {
      if (bar === undefined) return;
      bars.update();
      bars.stop();
      bar = undefined;
    },
  };
}

/** The parts of a text that there is room for: a line that wrapped could not be drawn over. */
function fitting(text: string, room: number): string {
  if (text.length <= room) return text;
  const end = text.lastIndexOf(GAP, room);
  return text.slice(0, end < 0 ? Math.max(0, room) : end);
}
