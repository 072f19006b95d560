import type { SpecialRole } from "../tokenizer-json.ts";
import type { Roles, Template } from "./assemble.ts";
import { boundaries, robertaTemplate } from "./byte-level.ts";
import { invalid } from "./files.ts";
import { mbart50Languages, mbartLanguages, nllbLanguages } from "./language-codes.ts";
import { type Piece, pieceTypes, type SentencePieceModel } from "./sentencepiece.ts";
import { count, flag, type NamedToken, roleToken, type Settings, text } from "./settings.ts";
import { given } from "./word-piece.ts";

/** How a family numbers the pieces of a model, and what else it has. */
export interface PieceFamily {
  readonly roles: Roles;
  /** All tokens in the order of their ids. */
  readonly pieces: (model: SentencePieceModel, settings: Settings) => readonly Piece[];
  /** Tokens that are found in a text as they stand. */
  readonly tokens?: (settings: Settings) => readonly NamedToken[];
  readonly template: (settings: Settings) => ((roles: Roles) => Template) | undefined;
  readonly flags?: Partial<Readonly<Record<SpecialRole, Partial<NamedToken>>>>;
  /** Whether a text begins with the mark; "first": only where no special token is before it. Default: as the model says. */
  readonly prefix?: (settings: Settings, model: SentencePieceModel) => boolean | "first";
}

const fairseqRoles = {
  ...{ bos_token: "<s>", eos_token: "</s>", sep_token: "</s>", cls_token: "<s>" },
  ...{ unk_token: "<unk>", pad_token: "<pad>", mask_token: "<mask>" },
};

/** Takes white space before it. */
const mask = { mask_token: { lstrip: true } };

const special = (content: string): NamedToken => ({ content, special: true });
const control = (token: string): Piece => ({ token, score: 0, type: pieceTypes.control });

/** fairseq's own four tokens in the place of SentencePiece's three, so that the other ids are one higher; more behind. */
function fairseqPieces(languages: readonly string[]) {
  return ({ pieces }: SentencePieceModel, settings: Settings): Piece[] => {
    const token = (role: SpecialRole) => given(roleToken(settings, role, fairseqRoles)).map(control);
    const first = (["cls_token", "pad_token", "eos_token", "unk_token"] as const).flatMap(token);
    return [...first, ...pieces.slice(3), ...languages.map(control), ...token("mask_token")];
  };
}

/** A language's code before a text and its end behind it, or both behind. */
function languageTemplate(fallback: string, languages: readonly string[], isBehind: (settings: Settings) => boolean) {
  return (settings: Settings) => {
    const language = text(settings, "src_lang") ?? fallback;
    const isKnown = languages.includes(language) || settings.tokens.some(({ content }) => content === language);
    if (!isKnown) throw invalid(settings.path, `src_lang is "${language}", which is no language of the tokenizer`);
    return ({ eos_token }: Roles): Template =>
      isBehind(settings)
        ? { before: [], between: [], after: given(eos_token, language) }
        : { before: [language], between: [], after: given(eos_token) };
  };
}

const xlmRoberta: PieceFamily = {
  roles: fairseqRoles,
  pieces: fairseqPieces([]),
  template: () => robertaTemplate,
  flags: mask,
};

function translationFamily(languages: readonly string[], fallback: string, isBehind: (settings: Settings) => boolean) {
  return {
    roles: fairseqRoles,
    pieces: fairseqPieces(languages),
    tokens: () => languages.map(special),
    template: languageTemplate(fallback, languages, isBehind),
    flags: mask,
  } satisfies PieceFamily;
}

/** Sentinels, the first of which has the last id (Raffel et al., 2019, section 3.1.4). */
function sentinels(settings: Settings): string[] {
  return Array.from({ length: count(settings, "extra_ids") ?? 100 }, (_, number) => `<extra_id_${number}>`);
}

const t5: PieceFamily = {
  roles: { eos_token: "</s>", unk_token: "<unk>", pad_token: "<pad>" },
  pieces: ({ pieces }, settings) => [...pieces, ...sentinels(settings).reverse().map(control)],
  tokens: (settings) => sentinels(settings).map((token) => ({ ...special(token), lstrip: true, rstrip: true })),
  template:
    () =>
    ({ eos_token }) => ({ before: [], between: given(eos_token), after: given(eos_token) }),
};

/** Of the 103 tokens before the pieces: two masks (Zhang et al., 2019, section 3.2), and those that were never used. */
function pegasusUnused(settings: Settings): string[] {
  const offset = count(settings, "offset") ?? 103;
  return Array.from({ length: Math.max(0, offset - 2) }, (_, number) => `<unk_${number + 2}>`);
}

const pegasusRoles = { pad_token: "<pad>", eos_token: "</s>", unk_token: "<unk>", mask_token: "<mask_2>" };
const sentenceMask = (settings: Settings) =>
  settings.config.mask_token_sent === null ? undefined : (text(settings, "mask_token_sent") ?? "<mask_1>");

const pegasus: PieceFamily = {
  roles: pegasusRoles,
  pieces: ({ pieces }, settings) => {
    const role = (name: SpecialRole) => roleToken(settings, name, pegasusRoles);
    const masks = given(sentenceMask(settings), role("mask_token"));
    const first = [...given(role("pad_token"), role("eos_token")), ...masks, ...pegasusUnused(settings)];
    return [...first.map(control), ...pieces.slice(2)];
  },
  tokens: (settings) => [...given(sentenceMask(settings)), ...pegasusUnused(settings)].map(special),
  template:
    () =>
    ({ eos_token }) => ({ before: [], between: [], after: given(eos_token) }),
};

const llama: PieceFamily = {
  roles: { unk_token: "<unk>", bos_token: "<s>", eos_token: "</s>" },
  pieces: ({ pieces }) => pieces,
  template: (settings) => boundaries(settings, true),
  prefix: (settings, model) => {
    const hasPrefix = flag(settings, "add_prefix_space") ?? model.addDummyPrefix;
    return hasPrefix && flag(settings, "legacy") === false ? "first" : hasPrefix;
  },
};

const gemma: PieceFamily = {
  roles: { unk_token: "<unk>", bos_token: "<bos>", eos_token: "<eos>", pad_token: "<pad>" },
  pieces: ({ pieces }) => pieces,
  tokens: () => [],
  template: (settings) => boundaries(settings, true),
};

/** By the names that Hugging Face's classes have. */
export const pieceFamilies = {
  xlmRoberta,
  mbart: translationFamily(mbartLanguages, "en_XX", () => true),
  // It has no `bos_token`; its "<s>" is that of the classes.
  mbart50: {
    ...translationFamily(mbart50Languages, "en_XX", () => false),
    roles: { ...fairseqRoles, bos_token: undefined },
  },
  nllb: translationFamily(nllbLanguages, "eng_Latn", (settings) => flag(settings, "legacy_behaviour") === true),
  t5,
  pegasus,
  llama,
  gemma,
} as const satisfies Record<string, PieceFamily>;

/** Symbols of Gemma's that are special, though its model has them as the user's. */
export const turns: ReadonlySet<string> = new Set(["<start_of_turn>", "<end_of_turn>"]);
