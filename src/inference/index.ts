/** Models made ready to run. */

export { createEmbedder, type Embedder } from "./embed.ts";
export { type Encoding, encodeCut } from "./encode-cut.ts";
