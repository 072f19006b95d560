import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { HeedError } from "../../error.ts";
import type { PairBlocks } from "../pair.ts";
import type { CompilerMessageLanguage } from "./languages.ts";

/**
 * The messages of the TypeScript compiler in two languages, from the installed package `typescript`, version 5.
 * Messages that are the same in both languages are left out: they were not translated.
 * With TypeScript 5.9.3 there are 2,114 pairs in English and French, 2,118 in English and Chinese (zh-cn).
 * Placeholders such as {0} stay as they are.
 *
 * @param folders from where to look for the package, in turn
 * @throws HeedError PACKAGE_MISSING when none of them has a TypeScript with translated messages
 */
export async function* readCompilerMessages(
  from: CompilerMessageLanguage,
  to: CompilerMessageLanguage,
  folders: readonly string[] = [process.cwd(), import.meta.dirname],
): PairBlocks {
  const library = await findLibrary(folders);
  const [sources, targets] = [await messagesIn(from, library), await messagesIn(to, library)];
  const both = [...sources].flatMap(([key, source]) => {
    const target = targets.get(key);
    return target === undefined || target === source ? [] : [{ source, target }];
  });
  yield both.map((pair, i) => ({ ...pair, line: i + 1 }));
}

/** What of a TypeScript package is needed: a folder, and the English messages in it. */
interface Library {
  readonly folder: string;
  readonly english: Messages;
}

type Messages = ReadonlyMap<string, string>;

async function findLibrary(folders: readonly string[]): Promise<Library> {
  for (const from of folders) {
    const folder = libraryFrom(from);
    const code = folder && (await readFile(join(folder, "typescript.js"), "utf8").catch(() => undefined));
    const english = englishMessages(code ?? "");
    if (folder && english.size > 0) return { folder, english };
  }
  const what = "The corpus compiler-messages comes from the package typescript, version 5, which is not installed";
  throw new HeedError(
    "PACKAGE_MISSING",
    `${what} (version 7 has no messages to read). Run: npm install typescript@5.9.3`,
  );
}

function libraryFrom(folder: string): string | undefined {
  try {
    return join(dirname(createRequire(join(folder, "_")).resolve("typescript/package.json")), "lib");
  } catch {
    return undefined;
  }
}

/**
 * The compiler holds its English messages as calls `diag(code, category, "key", "message", …)`. Reading them out of its
 * text takes a tenth of the time of running it.
 */
function englishMessages(code: string): Messages {
  const literal = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/.source;
  const call = new RegExp(`\\bdiag\\(\\s*[\\de]+,\\s*\\d+ /\\* \\w+ \\*/,\\s*"([\\w$]+)",\\s*(${literal})`, "g");
  return new Map(Array.from(code.matchAll(call), ([, key, text]) => [key!, textOf(text!)]));
}

/** The text of a JavaScript literal in whatever quotes. The only escapes in the messages are of quotes and JSON's. */
function textOf(literal: string): string {
  const body = literal.slice(1, -1).replace(/\\(['`$])/g, "$1");
  return JSON.parse(literal.startsWith('"') ? literal : `"${body.replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`);
}

async function messagesIn(language: CompilerMessageLanguage, { folder, english }: Library): Promise<Messages> {
  if (language === "en") return english;
  const path = join(folder, language, "diagnosticMessages.generated.json");
  try {
    return new Map(Object.entries(JSON.parse(await readFile(path, "utf8")) as Record<string, string>));
  } catch (cause) {
    const what = `The installed typescript has no messages in "${language}" (${path})`;
    throw new HeedError("PACKAGE_MISSING", `${what}. Run: npm install typescript@5.9.3`, { path, cause });
  }
}
