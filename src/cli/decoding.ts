import { HeedError } from "../error.ts";
import type { TranslateOptions } from "../generate/translate.ts";
import type { DecodingFlags } from "./options.ts";

/** The options of a translator that the flags ask for; what they leave open, the model's folder says. Errors: USAGE. */
export function translateOptions(flags: DecodingFlags, nbest?: number): TranslateOptions {
  const { beam, lengthPenalty, maxLength, truncate } = flags;
  if (nbest !== undefined && beam !== undefined && beam < nbest) {
    throw new HeedError(
      "USAGE",
      `${beam} beams cannot give the ${nbest} best translations. Use --beam ${nbest} or more.`,
    );
  }
  return {
    ...(beam !== undefined && { numBeams: beam }),
    ...(nbest !== undefined && { numReturnSequences: nbest }),
    ...(lengthPenalty !== undefined && { lengthPenalty }),
    ...(maxLength !== undefined && { maxNewTokens: maxLength }),
    ...(truncate !== undefined && { truncate }),
  };
}
