import type { TensorData } from "../graph/tensor-data.ts";
import type { Model } from "../models/model.ts";
import type { Scores, TrainEvent } from "./events.ts";
import type { Settled } from "./settle.ts";

/** Where a run stands in its data, and what it has seen. */
export interface Progress {
  readonly step: number;
  /** The current pass over the data, counted from 0. */
  readonly epoch: number;
  /** Batches of it that are done. */
  readonly batch: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** The step after which the run was last evaluated; 0 before the first time. */
  readonly evaluated: number;
  /** The best evaluation so far; null before the first. */
  readonly best: Standing | null;
  /** What the data were told by; absent in what was saved before there was such a thing, as is the plan. */
  readonly data?: string | undefined;
  readonly plan?: EpochPlan | undefined;
  /** What was settled where the settings left it open. */
  readonly settled?: Settled | undefined;
}

/** The best evaluation of a run, with all that it measured: what is best may come to be judged by something else. */
export interface Standing {
  /** By what it is the best: "loss", of which less is better, or the name of a score, of which more is. */
  readonly by: string;
  readonly loss: number;
  readonly scores: Scores;
  /** How many evaluations were no better since. */
  readonly since: number;
}

/** How the epochs of a run are cut into batches. */
export interface EpochPlan {
  /** By what; see `BatchSource`. */
  readonly order: string;
  /** The batches of the current epoch. */
  readonly batches: number;
  /** Those of the first one, by which the steps of a training are counted beforehand. */
  readonly inFirst: number;
}

/** Everything from which a training goes on as if it had never stopped. */
export interface Checkpoint {
  readonly model: Model;
  /** The optimizer's moments: `first.` and `second.` before the path of a parameter. */
  readonly optimizer: ReadonlyMap<string, TensorData<"float32">>;
  readonly progress: Progress;
  /** The name under which it was saved, where it was. */
  readonly name?: string;
}

/** What a checkpoint is saved as, beside the latest. */
export interface SavedAs {
  /** No evaluation before was better. */
  readonly best: boolean;
  /** Saved because the training was stopped there: one that is never stopped does not have it. */
  readonly stopped: boolean;
}

/** Where a training keeps what must last. */
export interface RunStore {
  /** Saves a checkpoint and returns its name. */
  save(checkpoint: Checkpoint, as: SavedAs): Promise<string>;
  /** Parameters of the last checkpoints, one after the other, at most so many, without those of stops. */
  recent(count: number): AsyncIterable<ReadonlyMap<string, TensorData<"float32">>>;
  /** Saves a model that is not a state of the training, such as the average of several, and returns its name. */
  saveModel(model: Model, step: number, best: boolean): Promise<string>;
  /** Called with every event as it happens. */
  log(event: TrainEvent): void;
}
