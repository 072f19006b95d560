import { HeedError } from "../error.ts";

/**
 * exp(total / tokens): how many equally likely tokens the model hesitates between, on average.
 *
 * @param totalNegativeLogLikelihood Sum over tokens of −ln p(token), in nats.
 * @param tokenCount The number of tokens in that sum.
 * @throws HeedError "DATA_INVALID" if there are no tokens or the sum is not a number from 0.
 */
export function perplexity(totalNegativeLogLikelihood: number, tokenCount: number): number {
  if (!(tokenCount > 0)) {
    throw new HeedError("DATA_INVALID", `Perplexity needs at least one token, not ${tokenCount}.`);
  }
  if (!(totalNegativeLogLikelihood >= 0)) {
    throw new HeedError(
      "DATA_INVALID",
      `Perplexity needs a negative log-likelihood from 0, not ${totalNegativeLogLikelihood}.`,
    );
  }
  return Math.exp(totalNegativeLogLikelihood / tokenCount);
}
