import { HeedError, throwIfAborted } from "../error.ts";
import { checkTexts } from "../generate/check-texts.ts";
import { handleLines } from "../generate/lines.ts";
import { type TokenText, toText } from "../generate/translation.ts";
import { sym } from "../graph/dim.ts";
import { input, program } from "../graph/program.ts";
import type { Runtime } from "../graph/runtime.ts";
import type { Program } from "../graph/tensor.ts";
import { dataAs, int32 } from "../graph/tensor-data.ts";
import { CompiledPrograms, compiledCount } from "../inference/compiled-programs.ts";
import { encodeUpTo } from "../inference/encode-up-to.ts";
import { runAndRead, traceStates } from "../inference/forward.ts";
import { batchesByLength, readInputs } from "../inference/sequences.ts";
import type { Model } from "../models/model.ts";
import { flattenRows, gather, logSoftmax, topK } from "../ops/index.ts";
import { paced } from "../pacer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Loaded } from "./loaded.ts";

/** Tokens that are read at once. */
const MAX_TOKENS = 4096;

export interface FillOptions {
  /** How many tokens to give for each mask; 5 unless told. */
  readonly top?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a model finds probable in place of the masks of a text. */
export interface FilledText {
  /** The text as it was given. */
  readonly text: string;
  /** For each mask, from left to right, the most probable tokens. */
  readonly masks: readonly (readonly TokenText[])[];
}

/** Tells which tokens may stand where a text has masks. Its programs are compiled when they are first needed. */
export interface MaskFiller extends AsyncDisposable {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  /** What stands for a hidden token in a text: "[MASK]" or "<mask>". */
  readonly mask: string;
  /**
   * The most probable tokens in place of each mask of each text; a text without masks has none.
   *
   * @throws HeedError INPUT_TOO_LONG for a text of more tokens than the model reads, CONFIG_INVALID, ABORTED
   */
  fill(texts: readonly string[], options?: FillOptions): Promise<FilledText[]>;
  /** As `fill`, of lines as they come: one result for each, in order. */
  fillLines(
    lines: AsyncIterable<string> | Iterable<string>,
    options?: FillOptions,
  ): AsyncGenerator<FilledText, void, undefined>;
  dispose(): Promise<void>;
}

/** Prepares to fill masks. Disposing it disposes of the runtime too. Errors: MODEL_UNSUPPORTED without a mask token. */
export function createMaskFiller(loaded: Loaded): MaskFiller {
  const mask = loaded.tokenizer.maskId;
  if (mask === undefined) {
    const message = "The tokenizer has no mask token (mask_token in tokenizer_config.json).";
    throw new HeedError("MODEL_UNSUPPORTED", message, { path: loaded.files.location });
  }
  return new ModelMaskFiller(loaded, mask);
}

class ModelMaskFiller implements MaskFiller {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly runtime: Runtime;
  readonly mask: string;
  readonly #dispose: () => Promise<void>;
  readonly #maskId: number;
  readonly #programs: CompiledPrograms;

  constructor(loaded: Loaded, maskId: number) {
    this.#maskId = maskId;
    this.model = loaded.model;
    this.tokenizer = loaded.tokenizer;
    this.runtime = loaded.runtime;
    this.#dispose = () => loaded.dispose();
    this.mask = this.tokenizer.idToToken(maskId)!;
    this.#programs = new CompiledPrograms(this.model, loaded.runtime, "mask filler");
  }

  fill(texts: readonly string[], options: FillOptions = {}): Promise<FilledText[]> {
    return this.#fill(texts, options, 1);
  }

  fillLines(lines: AsyncIterable<string> | Iterable<string>, options: FillOptions = {}) {
    return handleLines(lines, (batch, firstLine) => this.#fill(batch, options, firstLine));
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
    await this.#dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #fill(texts: readonly string[], { top = 5, signal }: FillOptions, firstLine: number): Promise<FilledText[]> {
    if (!(Number.isInteger(top) && top > 0)) {
      throw new HeedError("CONFIG_INVALID", `top must be a whole number from 1, not ${top}.`, { path: "top" });
    }
    checkTexts("texts", texts);
    const rows = await paced(texts, (text, i) => this.#encode(text, firstLine + i));
    const masked = [...rows.keys()].filter((i) => rows[i]!.includes(this.#maskId));
    const filled = texts.map((text): FilledText => ({ text, masks: [] }));
    const lengths = masked.map((i) => rows[i]!.length);
    for (const batch of batchesByLength(lengths, (count, longest) => count * longest <= MAX_TOKENS)) {
      throwIfAborted(signal);
      const places = batch.map((place) => masked[place]!);
      const found = await this.#ofBatch(
        places.map((i) => rows[i]!),
        top,
      );
      places.forEach((i, row) => {
        filled[i] = { text: texts[i]!, masks: found[row]! };
      });
    }
    return filled;
  }

  /** The tokens for the masks of each row. */
  async #ofBatch(rows: readonly Int32Array[], top: number): Promise<TokenText[][][]> {
    const count = compiledCount(top, this.model);
    const executable = await this.#programs.get(String(count), () => fillProgram(this.model, count));
    const inputs = readInputs(this.model, rows);
    const width = inputs.inputIds!.shape[1]!;
    const masks = rows.map((row, i) =>
      [...row.keys()].filter((at) => row[at] === this.#maskId).map((at) => i * width + at),
    );
    const all = masks.flat();
    const results = await runAndRead(
      executable,
      new Map([...Object.entries(inputs), ["places", int32([all.length], all)]]),
    );
    const [ids, logProbs] = [dataAs(results.get("ids")!, "int32"), dataAs(results.get("logProbs")!, "float32")];
    const tokensOf = (mask: number) =>
      Array.from({ length: Math.min(top, count) }, (_, i) =>
        toText(this.tokenizer, { id: ids[mask * count + i]!, logProb: logProbs[mask * count + i]! }),
      );
    let mask = 0;
    return masks.map((ofRow) => ofRow.map(() => tokensOf(mask++)));
  }

  #encode(text: string, line: number): Int32Array {
    const longest = this.model.config.maxPositionEmbeddings;
    const ids = encodeUpTo((beginning) => this.tokenizer.encode(beginning), text, longest);
    if (ids.length <= longest) return ids;
    const problem = `Text ${line} has at least ${ids.length} tokens, but the model reads at most ${longest}.`;
    throw new HeedError("INPUT_TOO_LONG", `${problem} Split or shorten it.`, { line });
  }
}

/** Inputs: the model's, and places [masks] of the masks in the flattened batch. Outputs: ids, logProbs [masks, count]. */
function fillProgram(model: Model, count: number): Program {
  const { states, logits } = traceStates(model);
  const places = input("places", { shape: [sym("masks")], dtype: "int32" });
  const best = topK(logSoftmax(logits(gather(flattenRows(states), places))), count);
  return program("fill", { ids: best.indices, logProbs: best.values });
}
