import { writeFolder } from "../../src/hub/folder.ts";

/** Replaces a folder by a next version again and again, until it is killed. Every file of a version holds its number. */
const folder = process.argv[2]!;
process.stdout.write("writing\n");
for (let version = 0; ; version++) {
  const content = String(version).repeat(5000);
  await writeFolder(
    folder,
    new Map([
      ["config.json", content],
      ["training/a", content],
      ["b", content],
    ]),
  );
}
