import { mo } from "gettext-parser";
import { HeedError } from "../../error.ts";
import type { ByteSource, PairBlocks } from "../pair.ts";
import { pairsOfMessage } from "./gettext-message.ts";

const MAX_BYTES = 64 * 2 ** 20;

/**
 * Compiled gettext catalogues (MO): msgid → msgstr, plurals as in `pairsOfMessage`, the header's character set
 * respected. The format needs the whole file in memory, so it may have at most 64 MiB. Pairs have no line: theirs is
 * the number of the message. Strings that depend on the platform (`%<PRIu64>`, tables of their own in MO files) are not
 * read; PO files have them.
 * @throws HeedError FORMAT_INVALID for what is not MO; DATA_INVALID for broken text or an empty file
 */
export async function* readMo(source: ByteSource): PairBlocks {
  const { name } = source;
  const bytes = await readAll(source);
  if (bytes.length === 0) throw new HeedError("DATA_INVALID", `${name} is empty.`, { path: name });
  const pairs = messagesOf(bytes, name).flatMap(pairsOfMessage);
  const broken = bytes.includes("\uFFFD") ? undefined : pairs.find(({ source, target }) => isBroken(source + target));
  if (broken !== undefined) {
    const what = `${name}: the message "${broken.source.slice(0, 80)}" is not valid in the catalogue's character set`;
    throw new HeedError("DATA_INVALID", `${what}. Repair it and compile the catalogue again.`, { path: name });
  }
  yield pairs.map((pair, i) => ({ ...pair, line: i + 1 }));
}

/** The parser puts U+FFFD where bytes are not valid; only a catalogue that holds that very character escapes notice. */
function isBroken(text: string): boolean {
  return text.includes("\uFFFD");
}

function messagesOf(bytes: Buffer, path: string) {
  try {
    const catalogue = mo.parse(bytes, "utf-8");
    if (!catalogue) throw new Error("it does not begin as one");
    return Object.values(catalogue.translations).flatMap((byId) => Object.values(byId));
  } catch (cause) {
    const what = `${path} is not a whole MO catalogue (${(cause as Error).message})`;
    throw new HeedError("FORMAT_INVALID", `${what}. Compile it again with msgfmt.`, { path, cause });
  }
}

async function readAll(source: ByteSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source.open()) {
    chunks.push(new Uint8Array(chunk));
    length += chunk.length;
    if (length > MAX_BYTES) {
      const what = `${source.name} is larger than ${MAX_BYTES / 2 ** 20} MiB, the most that is read of an MO catalogue`;
      throw new HeedError("FORMAT_INVALID", `${what}. Turn it into PO with msgunfmt.`, { path: source.name });
    }
  }
  return Buffer.concat(chunks, length);
}
