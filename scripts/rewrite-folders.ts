/**
 * Opens each folder of test/fixtures/families, and saves it again, with its golden.json beside it:
 * scripts/fixtures/check_family_folder.py then says whether Python computes the same of what Heed wrote.
 *
 * `npx tsx scripts/rewrite-folders.ts DIR [START OF NAMES…]`
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { modelFiles, openModel, writeFolder } from "../src/hub/node.ts";
import { goldenCases, goldenFolder } from "../test/models/golden.ts";

const [target, ...starts] = process.argv.slice(2);
if (target === undefined) throw new Error("Name a folder to write to: npx tsx scripts/rewrite-folders.ts DIR");

const isWanted = (name: string) => starts.length === 0 || starts.some((start) => name.startsWith(start));
for (const name of goldenCases().filter(isWanted)) {
  const files = await modelFiles(await openModel(join(goldenFolder, name)));
  files.set("golden.json", readFileSync(join(goldenFolder, name, "golden.json")));
  await writeFolder(join(target, name), files);
}
