import type { TokenText, Translation, TranslationToken } from "../../generate/translation.ts";
import { loadTranslator } from "../../translation/load-translator.ts";
import { translateOptions } from "../decoding.ts";
import { type Io, printJson, printLine, say, widthOf } from "../io.ts";
import { linesOf } from "../lines-of.ts";
import { noting } from "../noting.ts";
import { oneLine } from "../one-line.ts";
import { type DecodingFlags, type DeviceFlags, runtimeOptions } from "../options.ts";
import { tokenTable } from "../show/token-table.ts";
import { UnknownText } from "../unknown-text.ts";

export interface TranslateFlags extends DeviceFlags, DecodingFlags {
  readonly model: string;
  readonly from?: string;
  readonly to?: string;
  readonly nbest?: number;
  readonly probs?: boolean;
  readonly attention?: boolean;
  readonly json?: boolean;
}

/** The most probable tokens at each position to ask for: one of them is mostly the token itself. */
const TOP = 4;

export async function translate(texts: readonly string[], flags: TranslateFlags, io: Io): Promise<void> {
  const { attention = false, from, to } = flags;
  const options = { ...translateOptions(flags, flags.nbest), from, to, attention, top: flags.probs ? TOP : 0 };
  await using translator = await loadTranslator(flags.model, runtimeOptions(flags));
  const sources: string[] = [];
  const lines = noting(linesOf(texts, io), sources);
  const unknown = new UnknownText();
  let line = 0;
  for await (const translations of translator.translateLines(lines, options)) {
    line++;
    for (const note of unknown.note(translations, line)) say(io, note);
    await show({ source: sources.shift()!, translations, line }, flags, io);
  }
}

interface TranslatedLine {
  readonly source: string;
  readonly translations: readonly Translation[];
  /** Counted from 1. */
  readonly line: number;
}

async function show({ source, translations, line }: TranslatedLine, flags: TranslateFlags, io: Io): Promise<void> {
  if (flags.json) {
    const { unknown, inBytes } = translations[0]!;
    return printJson(io, { source, unknown, inBytes, translations: translations.map((one) => toJson(one, flags)) });
  }
  for (const translation of translations) {
    const text = oneLine(translation.text);
    await printLine(io, flags.nbest === undefined ? text : `${line}\t${translation.score.toFixed(4)}\t${text}`);
    if (!flags.probs && !flags.attention) continue;
    for (const row of tokenTable(translation.tokens, widthOf(io.stdout) - 2)) await printLine(io, `  ${row}`);
  }
}

function toJson({ text, score, finished, tokens, sourceTokens }: Translation, { probs, attention }: TranslateFlags) {
  return {
    text,
    score,
    finished,
    ...((probs || attention) && { tokens: tokens.map((token) => tokenJson(token, probs === true)) }),
    ...(attention && { sourceTokens }),
  };
}

function tokenJson({ text, id, unknown, probability, logProb, top, attention }: TranslationToken, withTop: boolean) {
  return {
    text,
    id,
    ...(unknown && { unknown }),
    probability,
    logProb,
    ...(withTop && { top: top.map(optionJson) }),
    ...(attention && { attention: { ...attention, weights: Array.from(attention.weights, rounded) } }),
  };
}

const optionJson = ({ text, id, unknown, probability }: TokenText) => ({
  text,
  id,
  ...(unknown && { unknown }),
  probability,
});

const rounded = (weight: number): number => Math.round(weight * 1e6) / 1e6;
