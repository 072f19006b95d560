import { loadModel } from "heed";
import { int32, type TensorData } from "heed/graph";
import { urlFiles } from "heed/hub";
import { defaultRuntime, type RuntimeOptions, workerRuntime } from "heed/runtime";
import { Learner, type LearnerSettings, type UpdateResult } from "heed/train";

/** Token ids by row. */
export type Rows = readonly (readonly number[])[];

export interface TrainingStep {
  readonly inputs: Readonly<Record<string, Rows>>;
  readonly labels: Rows;
  readonly targetTokens: number;
  readonly learningRate: number;
}

export interface TrainingOptions {
  readonly device: NonNullable<RuntimeOptions["device"]>;
  readonly worker: boolean;
}

/** Trains the model that lies beside the page. */
async function run(
  steps: readonly TrainingStep[],
  settings: LearnerSettings,
  { device, worker }: TrainingOptions,
): Promise<UpdateResult[]> {
  const { model } = await loadModel(urlFiles("marian-tied"));
  await using runtime = await (worker ? workerRuntime : defaultRuntime)({ device });
  await using learner = await Learner.create(model, runtime, settings);
  const results: UpdateResult[] = [];
  for (const [i, { inputs, labels, targetTokens, learningRate }] of steps.entries()) {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([name, rows]) => [name, matrix(rows)]));
    const batch = { inputs: tensors, labels: matrix(labels), targetTokens, tokens: targetTokens };
    results.push(await learner.update([batch], i + 1, learningRate));
  }
  return results;
}

const matrix = (rows: Rows): TensorData<"int32"> => int32([rows.length, rows[0]!.length], rows.flat());

export type TrainingPage = { run: typeof run };
Object.assign(globalThis, { run } satisfies TrainingPage);
