/**
 * Trains a small translator and tells how long the event loop was held at worst, stage by stage:
 * `npx tsx scripts/event-loop.ts [--steps 200] [--data-dir FOLDER] [--limit 50]`. Exits with 1 when that is more than
 * the limit, in milliseconds. Needs a machine with nothing else to do.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { multi30k } from "../src/cli/presets/multi30k.ts";
import type { TranslatorEvent } from "../src/translation/events.ts";
import { trainTranslator } from "../src/translation/train-translator.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "200" },
    "data-dir": { type: "string" },
    limit: { type: "string", default: "50" },
  },
});
const [steps, limit] = [Number(values.steps), Number(values.limit)];

const preset = multi30k("de");
const recipe: typeof preset = {
  ...preset,
  data: { corpus: "multi30k", from: "en", to: "de", dataDir: values["data-dir"] },
  train: { ...preset.train, maxSteps: steps, evaluateEvery: Math.ceil(steps / 4), saveEvery: Math.ceil(steps / 20) },
};

/** What was going on until this event came. */
function stageOf(event: TranslatorEvent): string {
  return event.type === "prepare" ? `prepare: ${event.stage}` : event.type;
}

/** The longest that a timer of 1 ms had to wait since it was last asked. */
class LoopWatch {
  #last = performance.now();
  #worst = 0;
  readonly #timer = setInterval(() => this.#tick(), 1);

  take(): number {
    this.#tick();
    const worst = this.#worst;
    this.#worst = 0;
    return worst;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#worst = Math.max(this.#worst, now - this.#last);
    this.#last = now;
  }
}

const folder = mkdtempSync(join(tmpdir(), "heed-event-loop-"));
const worst = new Map<string, number>();
const watch = new LoopWatch();
for await (const event of trainTranslator(recipe, { folder: join(folder, "run") })) {
  const stage = stageOf(event);
  worst.set(stage, Math.max(worst.get(stage) ?? 0, watch.take()));
}
watch.stop();
rmSync(folder, { recursive: true });
for (const [stage, milliseconds] of worst) console.log(`${stage.padEnd(20)} ${milliseconds.toFixed(1)} ms`);
const most = Math.max(...worst.values());
console.log(`The event loop was held for at most ${most.toFixed(1)} ms; the limit is ${limit} ms.`);
process.exitCode = most > limit ? 1 : 0;
