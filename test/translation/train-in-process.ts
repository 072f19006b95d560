import { trainTranslator } from "../../src/translation/train-translator.ts";

/** A training in a process of its own, which a test can kill. Arguments: the run's folder, and a recipe as JSON or "". */
async function main([folder, recipe]: string[]): Promise<void> {
  const resume = recipe === "";
  const events = trainTranslator(resume ? undefined : JSON.parse(recipe!), { folder: folder!, resume, threads: 1 });
  for await (const event of events) void event;
}

await main(process.argv.slice(2));
