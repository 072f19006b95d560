import type { TensorData } from "../graph/tensor-data.ts";
import { type FileContent, type ModelFiles, memoryFiles } from "../hub/files.ts";
import type { Model } from "../models/model.ts";
import { AVERAGED, STOPPED, stepName } from "./checkpoint-names.ts";
import type { TranslatorRun } from "./train-on-pairs.ts";
import { translatorFiles } from "./translator-files.ts";

/** What a training leaves where there is no disk. */
export interface MemoryRun {
  /** What `trainOnPairs` keeps its checkpoints in. */
  readonly store: NonNullable<TranslatorRun["store"]>;
  /** The best model so far, as `loadTranslator` takes it: the files of a Hugging Face folder, none before the first. */
  readonly files: ModelFiles;
}

/** A run that is kept in memory. */
export function memoryRun(): MemoryRun {
  const location = "the run in memory";
  let files: ReadonlyMap<string, FileContent> = new Map();
  return {
    files: { location, read: (name) => memoryFiles(files, location).read(name) },
    async store(tokenizer, { train, decode }) {
      const recent: ReadonlyMap<string, TensorData<"float32">>[] = [];
      const keep = async (model: Model, best: boolean) => {
        if (best || files.size === 0) files = await translatorFiles(model, tokenizer, decode);
      };
      return {
        async save({ model, progress }, { best, stopped }) {
          await keep(model, best);
          if (!stopped) recent.push(model.parameters);
          recent.splice(0, recent.length - train.averageLast);
          return stepName(progress.step) + (stopped ? STOPPED : "");
        },
        async saveModel(model, step, best) {
          await keep(model, best);
          return stepName(step) + AVERAGED;
        },
        async *recent(count) {
          yield* recent.slice(-count);
        },
        log() {},
      };
    },
  };
}
