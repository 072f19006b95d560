/**
 * A look inside a translator: which word each head of the last layer looks at, before it writes a word of a translation.
 *
 *     npm start
 *     npx tsx examples/inspect.ts runs/quickstart "Cannot find name '{0}'." "Le nom '{0}' est introuvable."
 */
import { inspect, loadTranslator, teacherForced } from "heed";

const [folder = "runs/quickstart", source = "Cannot find name '{0}'.", target = "Le nom '{0}' est introuvable."] =
  process.argv.slice(2);
const { model, tokenizer, runtime, dispose } = await loadTranslator(folder);
const [read, written] = [tokenizer.encode(source), tokenizer.encode(target)];
const batch = teacherForced([read], [written], model.config);
const found = await inspect(model, runtime, batch, ["decoder.layers.*.crossAttention.pattern"]);
const [name, pattern] = [...found].at(-1)!;

const [, heads, targets, sources] = pattern.shape as [number, number, number, number];
console.log(name);
for (let word = 0; word < targets; word++) {
  const looksAt = Array.from({ length: heads }, (_, head) => {
    const start = (head * targets + word) * sources;
    const weights = Array.from(pattern.data.slice(start, start + sources), Number);
    return tokenizer.idToToken(read[weights.indexOf(Math.max(...weights))]!);
  });
  console.log(tokenizer.idToToken(written[word]!), "←", looksAt.join("  "));
}
await dispose();
