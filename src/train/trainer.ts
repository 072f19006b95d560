import { HeedError } from "../error.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { Model } from "../models/model.ts";
import { countParameters } from "../nn/parameter.ts";
import { averageParameters } from "./average.ts";
import type { Batch, BatchSource, Epoch } from "./batches.ts";
import type { Checkpoint, Progress, RunStore } from "./checkpoint.ts";
import { Clock } from "./clock.ts";
import { EventQueue } from "./event-queue.ts";
import type { EndEvent, TrainEvent } from "./events.ts";
import { Learner } from "./learner.ts";
import { learningRate } from "./schedule.ts";
import type { TrainSettings } from "./settings.ts";

/** A training: what, on what, how, and where to keep it. */
export interface TrainRun {
  /** The model with its first parameters; where `resume` is given, those of the checkpoint. */
  readonly model: Model;
  readonly settings: TrainSettings;
  readonly data: { readonly train: BatchSource; readonly validation?: BatchSource };
  /** One that runs in a worker keeps the calling thread free. */
  readonly runtime: Runtime;
  /** Scores of a model on the validation data, for example BLEU; called at each evaluation. */
  readonly validate?: (model: Model) => Promise<Readonly<Record<string, number>>>;
  readonly store?: RunStore;
  readonly resume?: Checkpoint;
  /** Aborted: the training stops at the next step, saves and ends with the reason "stopped". */
  readonly signal?: AbortSignal;
}

/**
 * Trains a model and tells what happens as it happens. The training runs on whether or not its events are read;
 * leaving the loop early stops it at the next step and saves.
 *
 * A loss that is not finite is a HeedError "TRAINING_DIVERGED".
 */
export async function* train(run: TrainRun): AsyncGenerator<TrainEvent> {
  const events = new EventQueue<TrainEvent>();
  const left = new AbortController();
  const signal = run.signal === undefined ? left.signal : AbortSignal.any([left.signal, run.signal]);
  const emit = (event: TrainEvent) => {
    run.store?.log(event);
    events.push(event);
  };
  const training = new Training(run, signal, emit).run().then(
    () => events.close(),
    (error: unknown) => events.close(error),
  );
  try {
    yield* events;
  } finally {
    left.abort();
    await training;
  }
}

/** One training from its first step here to its last. */
class Training {
  readonly #run: TrainRun;
  readonly #signal: AbortSignal;
  readonly #emit: (event: TrainEvent) => void;
  readonly #clock: Clock;
  #learner!: Learner;
  #progress: Progress;
  #totalSteps = 0;
  #lastSaved: { step: number; name: string } | undefined;

  constructor(run: TrainRun, signal: AbortSignal, emit: (event: TrainEvent) => void) {
    this.#run = run;
    this.#signal = signal;
    this.#emit = emit;
    this.#progress = run.resume?.progress ?? { step: 0, epoch: 0, batch: 0, seconds: 0, best: null };
    this.#clock = new Clock(this.#progress.seconds);
  }

  async run(): Promise<void> {
    const { model, runtime, settings, resume } = this.#run;
    this.#totalSteps = await countSteps(this.#run);
    this.#learner = await Learner.create(resume?.model ?? model, runtime, settings, resume?.optimizer);
    try {
      const parameters = countParameters(model.family.spec(model.config));
      this.#emit({ type: "start", ...this.#at(), parameters, device: runtime.device });
      const reason = await this.#loop();
      if (this.#lastSaved?.step !== this.#progress.step) await this.#save(false);
      if (reason !== "stopped" && settings.averageLast > 1) await this.#saveAverage();
      this.#emit({ type: "end", step: this.#progress.step, reason, seconds: this.#clock.seconds });
    } finally {
      await this.#learner.dispose();
    }
  }

  async #loop(): Promise<EndEvent["reason"]> {
    const { settings, data } = this.#run;
    for (;;) {
      const epoch = await data.train.epoch(this.#progress.epoch);
      if (epoch.length === 0) throw new HeedError("DATA_INVALID", "There are no sentence pairs to train on.");
      const batches = new Prefetch(epoch);
      while (this.#progress.batch < epoch.length) {
        const reason = this.#reasonToEnd();
        if (reason !== undefined) return reason;
        await this.#step(batches);
        if (await this.#afterStep(epoch)) return "noImprovement";
      }
      this.#progress = { ...this.#progress, epoch: this.#progress.epoch + 1, batch: 0 };
      if (this.#progress.epoch === settings.maxEpochs) return "finished";
    }
  }

  #reasonToEnd(): EndEvent["reason"] | undefined {
    const { maxSteps, maxSeconds } = this.#run.settings;
    if (this.#signal.aborted) return "stopped";
    if (maxSteps !== null && this.#progress.step >= maxSteps) return "finished";
    if (maxSeconds !== null && this.#clock.seconds >= maxSeconds) return "timeLimit";
    return undefined;
  }

  async #step(batches: Prefetch): Promise<void> {
    const { settings, model } = this.#run;
    const began = performance.now();
    const { step: done, batch: from, epoch } = this.#progress;
    const step = done + 1;
    const micro = await batches.take(from, settings.accumulate);
    const facts = { dModel: widthOf(model), totalSteps: this.#totalSteps };
    const rate = learningRate(settings.schedule, step, facts);
    const { loss, gradientNorm } = await this.#learner.update(micro, step, rate);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) throw this.#diverged(step, from, loss);
    const tokens = micro.reduce((sum, batch) => sum + batch.tokens, 0);
    this.#clock.count(performance.now() - began, tokens);
    this.#progress = { ...this.#progress, step, batch: from + micro.length, seconds: this.#clock.seconds };
    this.#emit({
      type: "step",
      ...this.#at(),
      epoch: epoch + 1,
      loss,
      learningRate: rate,
      gradientNorm,
      tokens,
      tokensPerSecond: this.#clock.tokensPerSecond,
      seconds: this.#clock.seconds,
      secondsLeft: Math.max(0, this.#totalSteps - step) * this.#clock.secondsPerStep,
    });
  }

  /** Evaluates and saves where that is due. Returns whether the run's patience is over. */
  async #afterStep(epoch: Epoch): Promise<boolean> {
    const { evaluateEvery, saveEvery, patience, maxSteps } = this.#run.settings;
    const { step, batch } = this.#progress;
    const last =
      step === maxSteps || (batch >= epoch.length && this.#progress.epoch + 1 === this.#run.settings.maxEpochs);
    const evaluationDue = evaluateEvery === null ? batch >= epoch.length : step % evaluateEvery === 0;
    const evaluated = evaluationDue || last ? await this.#evaluate() : undefined;
    const saveDue = saveEvery === null ? evaluated !== undefined : step % saveEvery === 0;
    if (saveDue || evaluated?.best || last) await this.#save(evaluated?.best ?? false);
    return patience !== null && (this.#progress.best?.since ?? 0) >= patience;
  }

  async #evaluate(): Promise<{ best: boolean } | undefined> {
    if (this.#run.data.validation === undefined) return { best: true };
    const { loss, accuracy } = await this.#learner.evaluate(allBatches(this.#run.data.validation));
    const scores = (await this.#run.validate?.(await this.#learner.snapshot())) ?? {};
    const best = this.#judge(loss, scores);
    const { step, epoch } = this.#progress;
    const perplexity = Math.exp(loss);
    this.#emit({ type: "evaluation", step, epoch: epoch + 1, loss, perplexity, accuracy, scores, best });
    return { best };
  }

  #judge(loss: number, scores: Readonly<Record<string, number>>): boolean {
    const { bestBy } = this.#run.settings;
    const score = bestBy === "loss" ? -loss : scores[bestBy];
    if (score === undefined) {
      const known = ["loss", ...Object.keys(scores)].join(", ");
      throw new HeedError("CONFIG_INVALID", `train.bestBy: expected one of ${known}, found "${bestBy}".`);
    }
    const before = this.#progress.best;
    const best = before === null || score > before.score;
    this.#progress = {
      ...this.#progress,
      best: best ? { score, since: 0 } : { score: before.score, since: before.since + 1 },
    };
    return best;
  }

  async #save(best: boolean): Promise<void> {
    const { store } = this.#run;
    if (store === undefined || this.#progress.step === 0) return;
    const { step } = this.#progress;
    const [model, optimizer] = [await this.#learner.snapshot(), await this.#learner.moments()];
    const name = await store.save({ model, optimizer, progress: this.#progress }, best);
    this.#lastSaved = { step, name };
    this.#emit({ type: "checkpoint", step, name });
  }

  async #saveAverage(): Promise<void> {
    const { store, data, validate, settings, runtime, model } = this.#run;
    if (store === undefined) return;
    const parameters = averageParameters(await store.recent(settings.averageLast));
    const averaged: Model = { ...model, parameters };
    let best = true;
    if (data.validation !== undefined) {
      const learner = await Learner.create(averaged, runtime, settings);
      try {
        const { loss, accuracy } = await learner.evaluate(allBatches(data.validation));
        const scores = (await validate?.(averaged)) ?? {};
        best = this.#judge(loss, scores);
        const { step, epoch } = this.#progress;
        const perplexity = Math.exp(loss);
        this.#emit({ type: "evaluation", step, epoch: epoch + 1, loss, perplexity, accuracy, scores, best });
      } finally {
        await learner.dispose();
      }
    }
    const { step } = this.#progress;
    this.#emit({ type: "checkpoint", step, name: await store.saveModel(averaged, step, best) });
  }

  #at(): { step: number; totalSteps: number } {
    return { step: this.#progress.step, totalSteps: this.#totalSteps };
  }

  #diverged(step: number, batch: number, loss: number): HeedError {
    const saved =
      this.#lastSaved === undefined
        ? "No checkpoint was saved before."
        : `The last good checkpoint is ${this.#lastSaved.name}.`;
    return new HeedError(
      "TRAINING_DIVERGED",
      `The loss became ${loss} at step ${step} (batch ${batch} of epoch ${this.#progress.epoch + 1}). ${saved} ` +
        "Lower the learning rate, lengthen the warm-up or clip gradients at a smaller norm.",
    );
  }
}

/** Prepares the next batches while the current ones are computed. */
class Prefetch {
  readonly #epoch: Epoch;
  #next: { from: number; batches: Promise<Batch[]> } | undefined;

  constructor(epoch: Epoch) {
    this.#epoch = epoch;
  }

  async take(from: number, count: number): Promise<Batch[]> {
    const batches = await (this.#next?.from === from ? this.#next.batches : this.#load(from, count));
    const next = from + batches.length;
    const promise = this.#load(next, count);
    promise.catch(() => {}); // Reported when these batches are taken.
    this.#next = { from: next, batches: promise };
    return batches;
  }

  async #load(from: number, count: number): Promise<Batch[]> {
    const end = Math.min(this.#epoch.length, from + count);
    return Promise.all(Array.from({ length: Math.max(0, end - from) }, (_, i) => this.#epoch.batch(from + i)));
  }
}

async function* allBatches(source: BatchSource): AsyncGenerator<Batch> {
  const epoch = await source.epoch(0);
  for (let i = 0; i < epoch.length; i++) yield epoch.batch(i);
}

/** The steps of the whole training, by which schedules decay. The number of batches differs a little by epoch. */
async function countSteps({ settings, data }: TrainRun): Promise<number> {
  const { maxEpochs, maxSteps, maxSeconds, accumulate } = settings;
  if (maxEpochs === null && maxSteps === null && maxSeconds === null) {
    throw new HeedError("CONFIG_INVALID", "train: one of maxEpochs, maxSteps and maxSeconds must say when to end.");
  }
  const perEpoch = Math.ceil((await data.train.epoch(0)).length / accumulate);
  return Math.min(maxSteps ?? Number.POSITIVE_INFINITY, (maxEpochs ?? Number.POSITIVE_INFINITY) * perEpoch);
}

function widthOf(model: Model): number {
  const { dModel } = model.config as { dModel?: number };
  return dModel ?? 1;
}
