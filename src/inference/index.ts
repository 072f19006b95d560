/** Models made ready to run. */

export { createEmbedder, type Embedder } from "./embed.ts";
export { encodeCut } from "./encode-cut.ts";
