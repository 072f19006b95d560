import type { Library } from "./library.ts";

/**
 * Makes the library take several unknown characters in a row for one token, as it does by itself (version 0.2.0) for
 * Unigram, but in time that grows with their number, not with its square.
 */
export function fuseUnknown(library: Library): void {
  const { model } = library;
  model._call = (words) => {
    const fused: string[] = [];
    let run: string[] = [];
    const endRun = () => {
      if (run.length > 0) fused.push(model.unk_token ?? run.join(""));
      run = [];
    };
    for (const piece of model.encode(words)) {
      const id = library.token_to_id(piece);
      if (id === undefined || id === model.unk_token_id) {
        run.push(piece);
        continue;
      }
      endRun();
      fused.push(piece);
    }
    endRun();
    return fused;
  };
}
