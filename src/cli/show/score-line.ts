import type { Prediction } from "../score-all.ts";

/** `BLEU 43.21 nrefs:1|case:mixed|…` */
export function scoreLine({ name, score, signature }: { name: string; score: number; signature: string }): string {
  return `${name} ${score.toFixed(2)} ${signature}`;
}

/** `perplexity 3.21 tokens:4500`: both are by token of the model's own vocabulary, and compare only with the same. */
export function predictionLines({ perplexity, accuracy, tokens }: Prediction): string[] {
  return [`perplexity ${perplexity.toFixed(2)} tokens:${tokens}`, `accuracy ${accuracy.toFixed(4)} tokens:${tokens}`];
}
