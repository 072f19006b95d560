import { HeedError, throwIfAborted } from "../error.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { Model } from "../models/model.ts";
import { countParameters } from "../nn/parameter.ts";
import { ifTooLarge, steadier } from "./advice.ts";
import { averageParameters } from "./average.ts";
import type { Batch, BatchSource, Epoch } from "./batches.ts";
import type { Checkpoint, EpochPlan, Progress, RunStore } from "./checkpoint.ts";
import { Clock } from "./clock.ts";
import { told } from "./event-queue.ts";
import type { EndEvent, Scores, TrainEvent } from "./events.ts";
import { fewStepsWarning } from "./few-steps.ts";
import { judge, judgedBy } from "./judge.ts";
import { Learner } from "./learner.ts";
import { countSteps, least } from "./limits.ts";
import { Prefetch } from "./prefetch.ts";
import { learningRate } from "./schedule.ts";
import type { TrainSettings } from "./settings.ts";
import { settledOf } from "./settle.ts";

/** A training: what, on what, how, and where to keep it. */
export interface TrainRun<S extends Scores = Scores> {
  /** The model with its first parameters; where `resume` is given, those of the checkpoint. */
  readonly model: Model;
  /** What a recipe leaves open is settled: see `settle`. */
  readonly settings: TrainSettings;
  readonly data: { readonly train: BatchSource; readonly validation?: BatchSource };
  /** One that runs in a worker keeps the calling thread free. */
  readonly runtime: Runtime;
  /** Scores of a model on the validation data, for example BLEU; called at each evaluation. */
  readonly validate?: (model: Model, signal: AbortSignal) => Promise<S>;
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
export async function* train<S extends Scores = Scores>(run: TrainRun<S>): AsyncGenerator<TrainEvent<S>> {
  yield* told<TrainEvent<S>, void>((tell, signal) => {
    const emit = (event: TrainEvent<S>) => {
      run.store?.log(event);
      tell(event);
    };
    return new Training(run, signal, emit).run();
  }, run.signal);
}

const firstProgress: Progress = { step: 0, epoch: 0, batch: 0, seconds: 0, evaluated: 0, best: null };

/** The share of the time limit before which the speed of a training says little of the whole. */
const EARLY = 0.2;

/** One training from its first step here to its last. */
class Training<S extends Scores> {
  readonly #run: TrainRun<S>;
  readonly #signal: AbortSignal;
  readonly #emit: (event: TrainEvent<S>) => void;
  readonly #clock: Clock;
  #learner!: Learner;
  #progress: Progress;
  #totalSteps: number | null = null;
  #plan: EpochPlan | undefined;
  #lastSaved: { readonly progress: Progress; readonly name: string } | undefined;

  constructor(run: TrainRun<S>, signal: AbortSignal, emit: (event: TrainEvent<S>) => void) {
    this.#run = run;
    this.#signal = signal;
    this.#emit = emit;
    const begun = run.resume?.progress ?? firstProgress;
    const best = judgedBy(run.settings.bestBy, begun.best);
    const progress = { ...begun, best, data: fingerprint(run.data), settled: settledOf(run.settings) };
    refuseOtherData(run.resume?.progress, progress);
    this.#progress = inOrder(progress, run.data.train.order);
    this.#plan = this.#progress.plan;
    this.#clock = new Clock(this.#progress.seconds);
    const name = run.resume?.name;
    this.#lastSaved = name === undefined ? undefined : { progress: this.#progress, name };
  }

  async run(): Promise<void> {
    const { model, runtime, settings, resume, store, data } = this.#run;
    const inFirst = this.#plan?.inFirst ?? (await data.train.epoch(0)).length;
    this.#plan = { order: data.train.order, inFirst, batches: inFirst };
    this.#totalSteps = countSteps(settings, inFirst);
    this.#learner = await Learner.create(resume?.model ?? model, runtime, settings, resume?.optimizer);
    try {
      const parameters = countParameters(model.family.spec(model.config));
      const warning = fewStepsWarning(settings, this.#totalSteps);
      const { device } = runtime;
      this.#emit({ type: "start", ...this.#at(), settings, parameters, device, ...(warning && { warning }) });
      const reason = await this.#loop();
      await this.#save({ stopped: reason === "stopped" });
      if (store !== undefined && reason !== "stopped" && settings.averageLast > 1) await this.#saveAverage(store);
      this.#emit({ type: "end", step: this.#progress.step, reason, seconds: this.#clock.seconds });
    } finally {
      await this.#learner.dispose();
    }
  }

  async #loop(): Promise<EndEvent["reason"]> {
    let epoch = await this.#openEpoch();
    let batches = new Prefetch(epoch);
    for (;;) {
      const reason = await this.#betweenSteps(epoch);
      if (reason !== undefined) return reason;
      if (this.#isOver(epoch)) {
        this.#progress = { ...this.#progress, epoch: this.#progress.epoch + 1, batch: 0 };
        epoch = await this.#openEpoch();
        batches = new Prefetch(epoch);
      }
      await this.#step(batches);
    }
  }

  async #openEpoch(): Promise<Epoch> {
    const epoch = await this.#run.data.train.epoch(this.#progress.epoch);
    if (epoch.length === 0) throw new HeedError("DATA_INVALID", "There are no sentence pairs to train on.");
    this.#plan = { ...this.#plan!, batches: epoch.length };
    return epoch;
  }

  #isOver(epoch: Epoch): boolean {
    return this.#progress.batch >= epoch.length;
  }

  /** The limit that is reached, if one is. */
  #limit(epoch: Epoch): EndEvent["reason"] | undefined {
    const { maxSteps, maxEpochs, maxSeconds } = this.#run.settings;
    const epochs = this.#progress.epoch + (this.#isOver(epoch) ? 1 : 0);
    if (this.#progress.step >= (maxSteps ?? Number.POSITIVE_INFINITY)) return "finished";
    if (epochs >= (maxEpochs ?? Number.POSITIVE_INFINITY)) return "finished";
    return this.#clock.seconds >= (maxSeconds ?? Number.POSITIVE_INFINITY) ? "timeLimit" : undefined;
  }

  async #step(batches: Prefetch): Promise<void> {
    const { settings, model } = this.#run;
    const began = performance.now();
    const { step: done, batch: from, epoch } = this.#progress;
    const step = done + 1;
    const micro = await batches.take(from, settings.accumulate);
    const facts = { width: model.family.width(model.config), totalSteps: this.#lastStep() };
    const rate = learningRate(settings.schedule, step, facts);
    const { loss, gradientNorm } = await this.#learner.update(micro, step, rate).catch((error: unknown) => {
      throw ifTooLarge(error, settings);
    });
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const where = `at step ${step} (${nameBatches(from, micro)} of epoch ${epoch + 1})`;
      throw this.#diverged(`The loss is ${loss} and the gradients' norm ${gradientNorm} ${where}.`);
    }
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
      secondsLeft: this.#secondsLeft(),
    });
  }

  /** The last step as far as can be told: on a slow machine the time limit comes first, and schedules decay by then. */
  #lastStep(): number | null {
    const { maxSeconds } = this.#run.settings;
    const elapsed = maxSeconds === null ? 0 : this.#clock.seconds / maxSeconds;
    if (elapsed < EARLY) return this.#totalSteps;
    return least(this.#totalSteps, Math.ceil(this.#progress.step / elapsed));
  }

  #secondsLeft(): number | null {
    const { maxSeconds } = this.#run.settings;
    const { seconds, secondsPerStep } = this.#clock;
    const untilLimit = maxSeconds === null ? null : maxSeconds - seconds;
    const stepsLeft = this.#totalSteps === null ? null : this.#totalSteps - this.#progress.step;
    const untilLastStep = stepsLeft === null || secondsPerStep === null ? null : stepsLeft * secondsPerStep;
    const left = least(untilLimit, untilLastStep);
    return left === null ? null : Math.max(0, left);
  }

  /**
   * Evaluates and saves where that is due, which it also is where a stop kept it from being done. Returns why the
   * training ends here, if it does.
   */
  async #betweenSteps(epoch: Epoch): Promise<EndEvent["reason"] | undefined> {
    const { saveEvery, patience } = this.#run.settings;
    const evaluated = this.#evaluationDue(epoch) ? await this.#evaluate(this.#learner) : undefined;
    const saveDue = saveEvery === null ? evaluated !== undefined : this.#progress.step % saveEvery === 0;
    if (saveDue || evaluated?.best) await this.#save({ best: evaluated?.best });
    if (patience !== null && (this.#progress.best?.since ?? 0) >= patience) return "noImprovement";
    return this.#signal.aborted ? "stopped" : this.#limit(epoch);
  }

  /** Evaluations are due at their interval and at the end of the run, once. */
  #evaluationDue(epoch: Epoch): boolean {
    const { evaluateEvery } = this.#run.settings;
    const { step, evaluated } = this.#progress;
    if (step === 0 || evaluated === step) return false;
    const atInterval = evaluateEvery === null ? this.#isOver(epoch) : step % evaluateEvery === 0;
    return atInterval || this.#limit(epoch) !== undefined;
  }

  /**
   * Evaluates the learner's parameters on the validation data; without such data the latest are the best. Undefined
   * where the run was stopped meanwhile: a resumed one evaluates again.
   */
  async #evaluate(learner: Learner): Promise<{ best: boolean } | undefined> {
    const { data, validate, settings } = this.#run;
    const { step, epoch } = this.#progress;
    if (data.validation === undefined) {
      this.#progress = { ...this.#progress, evaluated: step };
      return { best: true };
    }
    const measured = await this.#unlessStopped(async () => {
      const { loss, accuracy } = await learner.evaluate(allBatches(data.validation!, this.#signal));
      if (!Number.isFinite(loss)) throw this.#diverged(`The validation loss is ${loss} after step ${step}.`);
      const scores = (await validate?.(await learner.snapshot(), this.#signal)) ?? ({} as S);
      return { loss, accuracy, scores };
    });
    if (measured === undefined) return undefined;
    const { loss, accuracy, scores } = measured;
    const { bestBy } = settings;
    const standing = judge(this.#progress.best, bestBy, measured);
    this.#progress = { ...this.#progress, best: standing, evaluated: step };
    const best = standing.since === 0;
    const perplexity = Math.exp(loss);
    this.#emit({ type: "evaluation", step, epoch: epoch + 1, loss, perplexity, accuracy, scores, best, bestBy });
    return { best };
  }

  async #unlessStopped<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.#signal.aborted && error instanceof HeedError && error.code === "ABORTED") return undefined;
      throw error;
    }
  }

  /** Saves the training as it is now, unless it lies there already. */
  async #save({ best, stopped = false }: { best?: boolean | undefined; stopped?: boolean }): Promise<void> {
    const { store, data } = this.#run;
    const progress = this.#progress;
    if (store === undefined || progress.step === 0 || progress === this.#lastSaved?.progress) return;
    const [model, optimizer] = [await this.#learner.snapshot(), await this.#learner.moments()];
    // Without validation data the latest checkpoint is the best.
    const as = { best: best ?? data.validation === undefined, stopped };
    const name = await store.save({ model, optimizer, progress: { ...progress, plan: this.#plan } }, as);
    this.#lastSaved = { progress, name };
    this.#emit({ type: "checkpoint", step: progress.step, name });
  }

  /** Averages the last checkpoints and keeps the result beside them. It is no state from which to go on training. */
  async #saveAverage(store: RunStore): Promise<void> {
    const { settings, runtime, model } = this.#run;
    const parameters = await averageParameters(store.recent(settings.averageLast));
    const averaged = await Learner.create({ ...model, parameters }, runtime, settings);
    try {
      const evaluated = await this.#evaluate(averaged);
      const { step } = this.#progress;
      const name = await store.saveModel({ ...model, parameters }, step, evaluated?.best ?? false);
      this.#emit({ type: "checkpoint", step, name });
    } finally {
      await averaged.dispose();
    }
  }

  #at(): { step: number; totalSteps: number | null } {
    return { step: this.#progress.step, totalSteps: this.#totalSteps };
  }

  #diverged(what: string): HeedError {
    const saved =
      this.#lastSaved === undefined
        ? "No checkpoint was saved before."
        : `The last good checkpoint is ${this.#lastSaved.name}.`;
    return new HeedError("TRAINING_DIVERGED", `${what} ${saved} ${steadier(this.#run.settings)}`);
  }
}

function fingerprint({ train, validation }: TrainRun["data"]): string {
  return `${train.fingerprint}; validation ${validation?.fingerprint ?? "none"}`;
}

/** Among other data a place in an epoch means nothing, and what was held out may be what was learned. */
function refuseOtherData(then: Progress | undefined, now: Progress): void {
  if (then?.data === undefined || then.data === now.data) return;
  const what = `The data are not those that the run began with (${then.data}; now ${now.data})`;
  const message = `${what}. Put back what they were, or start a new run.`;
  throw new HeedError("CHECKPOINT_MISMATCH", message, { path: "data" });
}

/**
 * Where batches are made otherwise than before, a place in the epoch means nothing: one that was begun begins anew, so
 * that no pair is left out, and one that was over is over.
 */
function inOrder(progress: Progress, order: string): Progress {
  const { plan, batch, epoch } = progress;
  if (plan === undefined || plan.order === order) return progress;
  const { plan: _, ...rest } = progress;
  return { ...rest, batch: 0, epoch: batch >= plan.batches ? epoch + 1 : epoch };
}

/** Batches by their numbers in the epoch, counted from 1. */
function nameBatches(from: number, { length }: readonly Batch[]): string {
  return length === 1 ? `batch ${from + 1}` : `batches ${from + 1} to ${from + length}`;
}

async function* allBatches(source: BatchSource, signal: AbortSignal): AsyncGenerator<Batch> {
  const epoch = await source.epoch(0);
  for (let i = 0; i < epoch.length; i++) {
    throwIfAborted(signal);
    yield epoch.batch(i);
  }
}
