/** Of a folder without a tokenizer: what it may hold. */
export const TOKENIZER_ADVICE =
  "Text needs a tokenizer beside the model: tokenizer.json, or what it is made of (vocab.txt, " +
  "vocab.json and merges.txt, a model of SentencePiece).";
