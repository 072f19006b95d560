import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createMeter, type Meter } from "../../src/cli/meter.ts";
import { showTraining } from "../../src/cli/training-progress.ts";
import type { EvaluationEvent, StepEvent } from "../../src/train/events.ts";
import { settled } from "../train/toy.ts";

function collected(isTTY: boolean, columns = 200) {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
    clearScreenDown: () => true,
  });
  let text = "";
  stream.on("data", (chunk) => {
    text += chunk;
  });
  return { stream, text: () => text };
}

const drawn = () => new Promise((resolve) => setTimeout(resolve, 20));

describe("a meter", () => {
  it("without a terminal writes a line every eight seconds, at the end, and every note", async () => {
    const { stream, text } = collected(false);
    let seconds = 100;
    const meter = createMeter(stream, () => seconds);
    for (const [at, share] of [
      [0, 0],
      [1, 0.1],
      [7.9, 0.2],
      [8, 0.3],
      [9, 0.4],
      [10, 1],
    ] as const) {
      seconds = 100 + at;
      meter.update(share, `at ${at}`);
    }
    meter.note("noted");
    meter.stop();
    await drawn();
    expect(text()).toBe("at 0\nat 8\nat 10\nnoted\n");
  });

  it("on a terminal draws a bar, and keeps the notes above it", async () => {
    const { stream, text } = collected(true);
    const meter = createMeter(stream);
    meter.note("first");
    meter.update(0.5, "step 5");
    meter.note("second");
    await new Promise((resolve) => setTimeout(resolve, 150));
    meter.stop();
    await drawn();
    expect(text()).toMatch(/^first\n/);
    expect(text()).toContain("━━━━━───── step 5");
    expect(text()).toContain("second\n");
  });

  it("shows all on a terminal that does not know how wide it is", async () => {
    const { stream, text } = collected(true, 0);
    const meter = createMeter(stream);
    meter.update(0.5, "step 5  loss 3.21");
    meter.stop();
    await drawn();
    expect(text()).toContain("step 5  loss 3.21");
  });

  it("on a narrow terminal leaves out the last parts, and cuts no note", async () => {
    const { stream, text } = collected(true, 30);
    const meter = createMeter(stream);
    meter.update(0.5, "step 5  loss 3.21  ETA 0:10");
    meter.note("a note that is longer than the terminal is wide");
    await new Promise((resolve) => setTimeout(resolve, 150));
    meter.stop();
    await drawn();
    expect(text()).toContain("━━━━━───── step 5  loss 3.21\u001b");
    expect(text()).not.toContain("ETA");
    expect(text()).toContain("a note that is longer than the\nterminal is wide\n");
    expect(text()).not.toContain("\u001b[?7l");
  });
});

describe("a training's progress", () => {
  const step: StepEvent = {
    type: "step",
    step: 250,
    totalSteps: 1000,
    epoch: 3,
    loss: 3.45678,
    learningRate: 0.0012,
    gradientNorm: 1,
    tokens: 1000,
    tokensPerSecond: 12345,
    seconds: 90,
    secondsLeft: 270,
  };
  const evaluation: EvaluationEvent = {
    type: "evaluation",
    step: 250,
    epoch: 3,
    loss: 3.2,
    perplexity: 24.53,
    accuracy: 0.4521,
    scores: { bleu: 12.345 },
    best: true,
    bestBy: "loss",
  };

  function shown(event: Parameters<typeof showTraining>[1], limits: Partial<Parameters<typeof showTraining>[2]> = {}) {
    const seen: unknown[] = [];
    const meter: Meter = {
      update: (share, text) => void seen.push([share, text]),
      note: (line) => void seen.push(line),
      stop: () => undefined,
    };
    showTraining(meter, event, { maxEpochs: 10, maxSeconds: null, ...limits });
    return seen;
  }

  it("tells of a step all that matters", () => {
    const text = "epoch 3/10  step 250/1,000  loss 3.457  12,345 tokens/s  ETA 4:30  lr 0.0012";
    expect(shown(step)).toEqual([[0.25, text]]);
  });

  it("ends by time where that comes first", () => {
    const text = "epoch 3  step 250/1,000  loss 3.457  12,345 tokens/s  ETA 1:30  lr 0.0012";
    expect(shown({ ...step, secondsLeft: 90 }, { maxEpochs: null, maxSeconds: 180 })).toEqual([[0.5, text]]);
  });

  it("names no number of steps where only time is limited", () => {
    const endless = { ...step, totalSteps: null, secondsLeft: 90 };
    const text = "epoch 3  step 250  loss 3.457  12,345 tokens/s  ETA 1:30  lr 0.0012";
    expect(shown(endless, { maxEpochs: null, maxSeconds: 180 })).toEqual([[0.5, text]]);
  });

  it("says nothing of what is not known", () => {
    const text = "epoch 3  step 250  loss 3.457  lr 0.0012";
    const unknown = { ...step, totalSteps: null, tokensPerSecond: null, secondsLeft: null };
    expect(shown(unknown, { maxEpochs: null })).toEqual([[0, text]]);
  });

  it("keeps evaluations and beginnings", () => {
    const rest = "accuracy 45.2%";
    expect(shown(evaluation)).toEqual([`Step 250, validation: BLEU 12.35, loss 3.200 (lowest so far), ${rest}`]);
    expect(shown({ ...evaluation, bestBy: "bleu" })).toEqual([
      `Step 250, validation: BLEU 12.35 (highest so far), loss 3.200, ${rest}`,
    ]);
    expect(shown({ ...evaluation, best: false })).toEqual([`Step 250, validation: BLEU 12.35, loss 3.200, ${rest}`]);
    const settings = settled({ maxTokens: 1024, maxEpochs: 38, bestBy: "bleu" });
    const start = { type: "start", totalSteps: 1900, settings, parameters: 1_181_696, device: "cpu" } as const;
    const chosen = "Batches of 1,024 tokens, 38 epochs, 1,900 steps in all, warm-up of 7 steps, best by BLEU";
    expect(shown({ ...start, step: 0 })).toEqual(["Training 1,181,696 parameters on cpu", chosen]);
    expect(shown({ ...start, step: 7 })).toEqual(["Going on after step 7 with 1,181,696 parameters on cpu", chosen]);
    expect(shown({ ...start, step: 0, warning: "Too short." })[2]).toBe("Too short.");
    const schedule = { type: "constant", peak: 1 };
    const timed = settled({ maxTokens: 50, maxSeconds: 90, accumulate: 3, schedule, bestBy: "loss" });
    expect(shown({ ...start, step: 0, totalSteps: null, settings: timed })[1]).toBe(
      "3 batches a step of 50 tokens, at most 1:30, best by loss",
    );
    expect(shown({ type: "prepare", stage: "tokenizer", pairs: 20 })).toEqual([
      "Learning a tokenizer from 20 sentence pairs",
    ]);
    expect(shown({ type: "prepare", stage: "data", pairs: 20_000, share: 0.25 })).toEqual([
      [0.25, "Read 20,000 sentence pairs"],
    ]);
  });
});
