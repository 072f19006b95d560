/** `BLEU 43.21 nrefs:1|case:mixed|…` */
export function scoreLine({ name, score, signature }: { name: string; score: number; signature: string }): string {
  return `${name} ${score.toFixed(2)} ${signature}`;
}
