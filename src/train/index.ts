export { averageParameters } from "./average.ts";
export type { Batch, BatchSource, Epoch } from "./batches.ts";
export type { Checkpoint, EpochPlan, Progress, RunStore, SavedAs } from "./checkpoint.ts";
export type { CheckpointEvent, EndEvent, EvaluationEvent, StartEvent, StepEvent, TrainEvent } from "./events.ts";
export { type EvaluationResult, Learner, type UpdateResult } from "./learner.ts";
export { type OptimizerConfig, optimizerSchema } from "./optimizer.ts";
export { learningRate, type Schedule, type ScheduleFacts, scheduleSchema } from "./schedule.ts";
export { type TrainSettings, trainSchema } from "./settings.ts";
export { type TrainRun, train } from "./trainer.ts";
