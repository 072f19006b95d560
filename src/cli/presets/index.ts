import type { RecipeInput } from "../../translation/recipe.ts";
import { compilerMessages } from "./compiler-messages.ts";
import { multi30k } from "./multi30k.ts";

/** A recipe that comes with Heed. */
export interface Preset {
  /** A few words, for the help. */
  readonly description: string;
  readonly recipe: RecipeInput;
}

/** The recipes that can be named in place of a file. */
export const presets: Readonly<Record<string, Preset>> = {
  "compiler-messages": {
    description: "the TypeScript compiler's messages, minutes on a laptop",
    recipe: compilerMessages("fr"),
  },
  "multi30k-en-de": { description: "image captions into German, an hour or two", recipe: multi30k("de") },
  "multi30k-en-fr": { description: "image captions into French, an hour or two", recipe: multi30k("fr") },
};
