import type { TokenText, TranslationToken } from "../../generate/translation.ts";
import { bar } from "./bar.ts";
import { columns, displayWidth } from "./columns.ts";

const BAR = 8;
/** How many other tokens to show beside each. */
const OTHERS = 3;

/**
 * The tokens of a translation as a table with a heading: each token, its probability, the token of the source that the
 * model looked at most, and the most probable other tokens; what is not known has no column.
 *
 * @param width Columns of the screen. Of the other tokens as many are shown as there is room for.
 */
export function tokenTable(tokens: readonly TranslationToken[], width = Number.POSITIVE_INFINITY): string[] {
  for (let others = OTHERS; ; others--) {
    const rows = table(tokens.map((token) => ({ ...token, top: othersOf(token).slice(0, others) })));
    if (others === 0 || rows.every((row) => displayWidth(row) <= width)) return rows;
  }
}

const othersOf = ({ id, top }: TranslationToken) => top.filter((token) => token.id !== id);

function table(tokens: readonly TranslationToken[]): string[] {
  const parts = [tokenCells, probabilityCells, attentionCells, otherCells];
  const present = parts.filter((part) => tokens.some((token) => part.of(token).length > 0));
  const heading = present.flatMap(({ heading }) => heading);
  return columns([heading, ...tokens.map((token) => present.flatMap((part) => part.of(token)))]);
}

interface Part {
  readonly heading: readonly string[];
  of(token: TranslationToken): readonly string[];
}

const tokenCells: Part = { heading: ["token"], of: (token) => [spelled(token)] };

const probabilityCells: Part = { heading: ["probability"], of: ({ probability }) => [share(probability)] };

const attentionCells: Part = {
  heading: ["looks at", "attention"],
  of: ({ attention }) => (attention === undefined ? [] : [spelled(attention), share(attention.weight)]),
};

const otherCells: Part = {
  heading: ["else"],
  of({ top }) {
    if (top.length === 0) return [];
    return [top.map((other) => `${spelled(other)} ${other.probability.toFixed(3)}`).join("  ")];
  },
};

/** What a vocabulary cannot write has the name of a token that another text may have too. */
const spelled = ({ text, unknown }: Pick<TokenText, "text" | "unknown">): string =>
  unknown ? `${text} (unknown)` : text;

const share = (value: number): string => `${bar(value, BAR)} ${value.toFixed(3)}`;
