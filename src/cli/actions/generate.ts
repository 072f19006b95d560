import { HeedError } from "../../error.ts";
import type { GenerationOptions } from "../../generate/options.ts";
import { loadTextGenerator } from "../../tasks/load.ts";
import type { GeneratedText, GeneratedToken, TextGenerator } from "../../tasks/text-generator.ts";
import { type Io, print, printJson, printLine, say, widthOf } from "../io.ts";
import { linesOf } from "../lines-of.ts";
import { noting } from "../noting.ts";
import { oneLine } from "../one-line.ts";
import { type DeviceFlags, runtimeOptions } from "../options.ts";
import { tokenTable } from "../show/token-table.ts";

export interface GenerateFlags extends DeviceFlags {
  readonly model: string;
  readonly beam?: number;
  readonly maxLength?: number;
  readonly sample?: boolean;
  readonly temperature?: number;
  readonly seed?: number;
  readonly probs?: boolean;
  readonly json?: boolean;
}

/** The most probable tokens at each position to ask for: one of them is mostly the token itself. */
const TOP = 4;

export async function generate(texts: readonly string[], flags: GenerateFlags, io: Io): Promise<void> {
  await using generator = await loadTextGenerator(flags.model, runtimeOptions(flags));
  const options = generationOptions(flags);
  noteIgnored(generator.ignored, io);
  const beams = flags.beam ?? generator.defaults.numBeams ?? 1;
  const isShown = io.stdout.isTTY === true && !flags.json && !flags.probs && (beams === 1 || flags.sample === true);
  if (isShown) return await streamed(generator, linesOf(texts, io), options, io);
  const prompts: string[] = [];
  for await (const found of generator.generateLines(noting(linesOf(texts, io), prompts), options)) {
    await show(shownBefore(prompts.shift()!, generator), found, flags, io);
  }
}

function generationOptions({ beam, maxLength, sample, temperature, seed, probs }: GenerateFlags): GenerationOptions {
  if (sample && (beam ?? 1) > 1) throw new HeedError("USAGE", "Sampling keeps no beams: leave out --beam or --sample.");
  if (!sample && (temperature ?? seed) !== undefined) {
    throw new HeedError("USAGE", `--${temperature === undefined ? "seed" : "temperature"} is for --sample: add that.`);
  }
  return {
    ...(beam !== undefined && { numBeams: beam, doSample: false }),
    ...(maxLength !== undefined && { maxNewTokens: maxLength }),
    ...(sample && { doSample: true, numBeams: 1 }),
    ...(temperature !== undefined && { temperature }),
    ...(seed !== undefined && { seed }),
    top: probs ? TOP : 0,
  };
}

/** What a folder asks for and does not get. */
function noteIgnored(keys: readonly string[], io: Io): void {
  if (keys.length === 0) return;
  const what = `generation_config.json asks for ${keys.join(", ")}, which Heed does not have`;
  say(io, `${what}: texts may differ from those of Python's transformers.`);
}

/** Each text as it is written. */
async function streamed(
  generator: TextGenerator,
  prompts: AsyncIterable<string> | Iterable<string>,
  options: GenerationOptions,
  io: Io,
): Promise<void> {
  for await (const prompt of prompts) {
    await print(io, shownBefore(prompt, generator).shown);
    for await (const { piece } of generator.stream(prompt, options)) if (piece !== "") await print(io, piece);
    await print(io, "\n");
  }
}

interface Prompt {
  readonly prompt: string;
  /** What stands before a text: the prompt, where the text goes on behind it; nothing, where it answers a source. */
  readonly shown: string;
}

function shownBefore(prompt: string, { model }: TextGenerator): Prompt {
  return { prompt, shown: model.family.written === "inputIds" ? prompt : "" };
}

async function show({ prompt, shown }: Prompt, generations: readonly GeneratedText[], flags: GenerateFlags, io: Io) {
  if (flags.json) {
    return printJson(io, { prompt, generations: generations.map((one) => toJson(one, flags.probs === true)) });
  }
  for (const { text, tokens } of generations) {
    await printLine(io, oneLine(shown + text));
    if (!flags.probs) continue;
    for (const row of tokenTable(tokens, widthOf(io.stdout) - 2)) await printLine(io, `  ${row}`);
  }
}

function toJson({ text, score, finished, tokens }: GeneratedText, withTop: boolean) {
  return { text, score, finished, tokens: tokens.map((token) => tokenJson(token, withTop)) };
}

function tokenJson({ text, id, unknown, probability, logProb, top }: GeneratedToken, withTop: boolean) {
  const others = top.map(({ text, id, probability }) => ({ text, id, probability }));
  return { text, id, ...(unknown && { unknown }), probability, logProb, ...(withTop && { top: others }) };
}
