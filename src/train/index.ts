export { averageParameters } from "./average.ts";
export type { Batch, BatchSource, Epoch } from "./batches.ts";
export type { Checkpoint, EpochPlan, Progress, RunStore, SavedAs, Standing } from "./checkpoint.ts";
export type {
  CheckpointEvent,
  EndEvent,
  EvaluationEvent,
  Scores,
  StartEvent,
  StepEvent,
  TrainEvent,
} from "./events.ts";
export { type EvaluationResult, Learner, type LearnerSettings, type UpdateResult } from "./learner.ts";
export { type OptimizerConfig, optimizerSchema } from "./optimizer.ts";
export type { StepSettings } from "./programs.ts";
export {
  type Closed,
  learningRate,
  type OpenSchedule,
  type Schedule,
  type ScheduleFacts,
  scheduleSchema,
} from "./schedule.ts";
export { type OpenSettings, type TrainSettings, trainSchema } from "./settings.ts";
export { type DataFacts, type Settled, settle } from "./settle.ts";
export { type TrainRun, train } from "./trainer.ts";
