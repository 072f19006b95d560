/** Of a folder without tokenizer.json: what its files are instead, and what would open them. */
export function tokenizerAdvice(names: readonly string[]): string {
  const marian = names.filter((name) => /^(source|target)\.spm$/.test(name));
  if (marian.length > 0) {
    const what = `${marian.join(" and ")}: a tokenizer of Marian's, of which Python's transformers makes no tokenizer.json`;
    return `${what}. Heed translates with folders that hold one.`;
  }
  const other = names.filter((name) =>
    /^((spiece|tokenizer|sentencepiece(\.bpe)?)\.model|merges\.txt|vocab\.txt)$/.test(name),
  );
  if (other.length === 0) return "A folder that Heed translates with holds a tokenizer.json, too.";
  const how = "To save it as tokenizer.json, with Python's transformers and sentencepiece, in that folder";
  return `${other.join(" and ")}: a tokenizer. ${how}:\n${COMMAND}`;
}

const COMMAND = `python3 -c "from transformers import AutoTokenizer as T; T.from_pretrained('.').save_pretrained('.')"`;
