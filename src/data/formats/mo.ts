import { HeedError } from "../../error.ts";
import type { ByteSource, Pair, PairBlocks } from "../pair.ts";
import { BYTES, type Encoding, encodingOf } from "./encoding.ts";
import { type CatalogueHeader, type GettextMessage, pairsOfMessage, parseHeader } from "./gettext-message.ts";
import { type MoMessage, moMessages } from "./mo-tables.ts";

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
  const header = bytes.length === 0 ? undefined : headerOf(bytes, name);
  if (header === undefined) throw new HeedError("DATA_INVALID", `${name} is empty.`, { path: name });
  const encoding = await encodingOf(header.charset, name);
  yield pairsOf(bytes, name, encoding, header).map((pair, i) => ({ ...pair, line: i + 1 }));
}

/** Undefined where there is no message at all, not even the header that every catalogue has. */
function headerOf(bytes: Uint8Array, path: string): CatalogueHeader | undefined {
  for (const { original, translation } of moMessages(bytes, path)) {
    // It is the first message, the one of the empty text: its translation is ASCII, whatever follows.
    return parseHeader(original.length === 0 ? BYTES.strict().decode(translation) : "");
  }
  return undefined;
}

function pairsOf(bytes: Uint8Array, path: string, encoding: Encoding, { plurals }: CatalogueHeader): Pair[] {
  const decoder = encoding.strict();
  return [...moMessages(bytes, path)].flatMap((message) =>
    pairsOfMessage(decoded(message, decoder, encoding, path), plurals),
  );
}

/** What ends the context of a message, if it has one. */
const END_OF_CONTEXT = "\u0004";

/** An original is "singular" or "singular, NUL, plural", a translation its forms with NULs between them. */
function decoded(
  { original, translation }: MoMessage,
  decoder: TextDecoder,
  encoding: Encoding,
  path: string,
): GettextMessage {
  try {
    const text = decoder.decode(original);
    const [msgid = "", msgidPlural] = text.slice(text.indexOf(END_OF_CONTEXT) + 1).split("\0");
    return { msgid, msgidPlural, msgstr: decoder.decode(translation).split("\0") };
  } catch (cause) {
    const shown = encoding.lenient().decode(original.subarray(0, 80));
    const what = `${path}: the message "${shown}" is not valid ${encoding.name.toUpperCase()}`;
    const message = `${what}, the catalogue's character set. Repair it and compile the catalogue again.`;
    throw new HeedError("DATA_INVALID", message, { path, cause });
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
