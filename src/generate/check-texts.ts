import { HeedError } from "../error.ts";

/** Refuses what is no list of texts: TypeScript has checked this, JavaScript has not. Errors: INPUT_INVALID. */
export function checkTexts(name: string, texts: unknown): void {
  const wrong = (found: string) => new HeedError("INPUT_INVALID", `${name}: expected a list of texts, found ${found}.`);
  if (!Array.isArray(texts)) throw wrong(`a value of type ${typeof texts}`);
  const index = [...texts].findIndex((text) => typeof text !== "string");
  if (index >= 0) throw wrong(`one of type ${typeof texts[index]} at index ${index}`);
}
