import type { TrainSettings } from "./settings.ts";

/** What a run's own validation measures, more of which is better, by name. */
export type Scores = Readonly<Partial<Record<string, number>>>;

/** Once, before the first step. */
export interface StartEvent {
  readonly type: "start";
  /** Steps done before, where the run is resumed. */
  readonly step: number;
  /** The last step, counted by the epochs or steps that limit the training; null where only time does. */
  readonly totalSteps: number | null;
  /** What the training does: what its settings left open is settled. */
  readonly settings: TrainSettings;
  readonly parameters: number;
  readonly device: string;
  /** Why the training will learn little as it is set, and what to change, where that can be told beforehand. */
  readonly warning?: string;
}

/** After every step. */
export interface StepEvent {
  readonly type: "step";
  /** Steps done, this one included. */
  readonly step: number;
  /** As the start said. */
  readonly totalSteps: number | null;
  /** The pass over the data that the step belongs to, counted from 1. */
  readonly epoch: number;
  /** Mean loss of a target token in nats, label smoothing included. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
  /** Source and target tokens of the step, padding left out. */
  readonly tokens: number;
  /** Tokens a second over the last steps; null where the clock is too coarse to tell. */
  readonly tokensPerSecond: number | null;
  /** Seconds of training so far, earlier sittings included, evaluation and saving left out. */
  readonly seconds: number;
  /** Seconds of training still to come at this speed; null where that is not known. */
  readonly secondsLeft: number | null;
}

/** After an evaluation on the validation data. */
export interface EvaluationEvent<S extends Scores = Scores> {
  readonly type: "evaluation";
  readonly step: number;
  readonly epoch: number;
  /** Mean negative log-likelihood of a target token in nats. */
  readonly loss: number;
  /** e^loss, which a very high loss makes Infinity. */
  readonly perplexity: number;
  /** Share of target tokens whose most probable prediction is right. */
  readonly accuracy: number;
  /** What the run's own validation measured, for example `bleu`. The loss is no score: it stands above. */
  readonly scores: S;
  /** Whether no evaluation before was as good. */
  readonly best: boolean;
  /** By what: "loss" or the name of a score. */
  readonly bestBy: string;
}

/** After a checkpoint was saved. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
  readonly name: string;
}

/** Once, at the end. */
export interface EndEvent {
  readonly type: "end";
  readonly step: number;
  readonly reason: "finished" | "stopped" | "noImprovement" | "timeLimit";
  readonly seconds: number;
}

export type TrainEvent<S extends Scores = Scores> =
  | StartEvent
  | StepEvent
  | EvaluationEvent<S>
  | CheckpointEvent
  | EndEvent;
