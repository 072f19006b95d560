import { HeedError } from "../error.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { ModelFiles } from "../hub/files.ts";
import { type ChooseKeep, loadModel, type ModelFolder } from "../hub/model-folder.ts";
import type { Model } from "../models/model.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import { TOKENIZER_ADVICE } from "../text/tokenizer-advice.ts";

/** A model with its tokenizer and an engine: what every task starts from. */
export interface Loaded extends Pick<ModelFolder, "generationConfig"> {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  readonly files: ModelFiles;
  /** Disposes of the runtime, and of what holds the parameters. */
  dispose(): Promise<void>;
}

/**
 * Opens a folder's model and tokenizer, and an engine for them.
 *
 * @param check Refuses a model that cannot do the task, before an engine is opened.
 * @param keepOf Where the parameters stay, in memory unless told.
 * @throws HeedError FILE_NOT_FOUND without a tokenizer, and as `loadModel` and `Tokenizer.open`
 */
export async function loadParts(
  files: ModelFiles,
  openRuntime: (model: Model) => Promise<Runtime>,
  check: (model: Model) => void,
  keepOf?: ChooseKeep,
): Promise<Loaded> {
  const folder = await loadModel(files, keepOf);
  const { model, generationConfig } = folder;
  check(model);
  const path = files.location;
  const tokenizer = await openTokenizer(folder, path);
  const { vocabSize } = model.config;
  if (tokenizer.vocabSize > vocabSize) {
    const sizes = `The tokenizer has ${tokenizer.vocabSize} tokens, but the model knows ${vocabSize}`;
    throw new HeedError("MODEL_UNSUPPORTED", `${path}: ${sizes}. Is it another model's?`, { path });
  }
  const runtime = await openRuntime(model);
  return { model, tokenizer, generationConfig, files, runtime, dispose: () => runtime.dispose() };
}

/** The tokenizer of a folder at `path`. Errors: why there is none, and those of `Tokenizer.open`. */
export async function openTokenizer(folder: ModelFolder, path: string): Promise<Tokenizer> {
  const { tokenizerJson, tokenizerConfig, tokenizerProblem } = folder;
  if (tokenizerJson !== undefined) return Tokenizer.open(tokenizerJson, tokenizerConfig, path);
  if (tokenizerProblem !== undefined) throw tokenizerProblem;
  throw new HeedError("FILE_NOT_FOUND", `There is no tokenizer.json in ${path}. ${TOKENIZER_ADVICE}`, { path });
}
