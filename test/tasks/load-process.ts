/** Continues a text with a model and prints what memory that took. Usage: load-process.ts folder */
import { peakBytes } from "../../bench/machine.ts";
import { loadTextGenerator } from "../../src/tasks/load.ts";

await using generator = await loadTextGenerator(process.argv[2]!, { device: "cpu", threads: 1 });
await generator.generate(["Memory"], { minNewTokens: 4, maxNewTokens: 4, numBeams: 1 });
process.stdout.write(JSON.stringify({ peak: await peakBytes() }));
