import type { OpenFile } from "./files.ts";
import { headerLength, PREFIX, parseHeader } from "./safetensors-header.ts";
import { contiguousTensor, type WeightTensor } from "./weight-source.ts";

/** The tensors of a safetensors file, of which only the header is read. Errors: FORMAT_INVALID. */
export async function readSafetensors(file: OpenFile, path: string): Promise<ReadonlyMap<string, WeightTensor>> {
  const prefix = await bytesOf(file, 0, Math.min(PREFIX, file.size));
  const header = await bytesOf(file, PREFIX, headerLength(prefix, file.size, path));
  const { entries, dataStart } = parseHeader(header, file.size, path);
  return new Map(
    entries.map(({ name, type, shape, begin }) => [
      name,
      contiguousTensor({ name, type, shape, path }, file, dataStart + begin),
    ]),
  );
}

async function bytesOf(file: OpenFile, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await file.read(bytes, position);
  return bytes;
}
