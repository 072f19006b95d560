import type { Prediction } from "../score-all.ts";
import { columns } from "./columns.ts";

interface Score {
  readonly name: string;
  readonly score: number;
  readonly signature: string;
}

/** `BLEU 43.21 nrefs:1|case:mixed|…` */
export function scoreLine({ name, score, signature }: Score): string {
  return `${name} ${score.toFixed(2)} ${signature}`;
}

/**
 * Scores as a table of name, number and signature. Perplexity and accuracy are by token of the model's own vocabulary:
 * they compare only between models that share it.
 */
export function evaluationTable(scores: readonly Score[], { perplexity, accuracy, tokens }: Prediction): string[] {
  const ofTokens = (name: string, value: string) => [name, value, `tokens:${tokens}`];
  return columns([
    ...scores.map(({ name, score, signature }) => [name, score.toFixed(2), signature]),
    ofTokens("perplexity", perplexity.toFixed(2)),
    ofTokens("accuracy", accuracy.toFixed(4)),
  ]);
}
