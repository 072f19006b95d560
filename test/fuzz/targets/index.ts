import type { Target } from "../target.ts";
import { familyTargets } from "./families.ts";
import { modelTargets } from "./models.ts";
import { pairTargets } from "./pairs.ts";
import { recipeTarget } from "./recipe.ts";
import { tokenizerTargets } from "./tokenizer.ts";
import { tokenizerFolderTargets } from "./tokenizer-folder.ts";
import { weightTargets } from "./weights.ts";

/** Every reader of files that come from elsewhere. */
export const targets: readonly Target[] = [
  ...modelTargets,
  ...familyTargets,
  ...weightTargets,
  ...tokenizerTargets,
  ...tokenizerFolderTargets,
  recipeTarget,
  ...pairTargets,
];
