/** Once, before the first step. */
export interface StartEvent {
  readonly type: "start";
  /** Steps done before, where the run is resumed. */
  readonly step: number;
  readonly totalSteps: number;
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
  readonly totalSteps: number;
  /** The pass over the data that the step belongs to, counted from 1. */
  readonly epoch: number;
  /** Mean loss of a target token in nats, label smoothing included. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
  /** Source and target tokens of the step, padding left out. */
  readonly tokens: number;
  /** Tokens a second over the last steps. */
  readonly tokensPerSecond: number;
  /** Seconds of training so far, earlier sittings included, evaluation and saving left out. */
  readonly seconds: number;
  /** Seconds of training still to come at this speed. */
  readonly secondsLeft: number;
}

/** After an evaluation on the validation data. */
export interface EvaluationEvent {
  readonly type: "evaluation";
  readonly step: number;
  readonly epoch: number;
  /** Mean negative log-likelihood of a target token in nats. */
  readonly loss: number;
  readonly perplexity: number;
  /** Share of target tokens whose most probable prediction is right. */
  readonly accuracy: number;
  /** Scores of the run's own validation, for example `bleu`. */
  readonly scores: Readonly<Record<string, number>>;
  /** Whether no evaluation before was better. */
  readonly best: boolean;
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

export type TrainEvent = StartEvent | StepEvent | EvaluationEvent | CheckpointEvent | EndEvent;
