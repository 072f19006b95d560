import type { GenerationOptions } from "../../generate/options.ts";
import { loadTextGenerator } from "../../tasks/load.ts";
import type { GeneratedText, GeneratedToken, TextGenerator } from "../../tasks/text-generator.ts";
import { type Io, print, printJson, printLine, widthOf } from "../io.ts";
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
  const isShown = io.stdout.isTTY === true && !flags.json && !flags.probs && (flags.beam ?? 1) === 1;
  if (isShown) return streamed(generator, linesOf(texts, io), options, io);
  const prompts: string[] = [];
  for await (const found of generator.generateLines(noting(linesOf(texts, io), prompts), options)) {
    await show(prompts.shift()!, found, flags, io);
  }
}

function generationOptions({ beam, maxLength, sample, temperature, seed, probs }: GenerateFlags): GenerationOptions {
  return {
    ...(beam !== undefined && { numBeams: beam, doSample: false }),
    ...(maxLength !== undefined && { maxNewTokens: maxLength }),
    ...(sample && { doSample: true, numBeams: 1 }),
    ...(temperature !== undefined && { temperature }),
    ...(seed !== undefined && { seed }),
    top: probs ? TOP : 0,
  };
}

/** Each text as it is written. */
async function streamed(
  generator: TextGenerator,
  prompts: AsyncIterable<string> | Iterable<string>,
  options: GenerationOptions,
  io: Io,
): Promise<void> {
  for await (const prompt of prompts) {
    await print(io, prompt);
    for await (const { piece } of generator.stream(prompt, options)) if (piece !== "") await print(io, piece);
    await print(io, "\n");
  }
}

async function show(prompt: string, generations: readonly GeneratedText[], flags: GenerateFlags, io: Io) {
  if (flags.json) {
    return printJson(io, { prompt, generations: generations.map((one) => toJson(one, flags.probs === true)) });
  }
  for (const { text, tokens } of generations) {
    await printLine(io, oneLine(prompt + text));
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
