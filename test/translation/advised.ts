import { parse } from "yaml";
import { checkRecipe } from "../../src/translation/parse-recipe.ts";
import type { RecipeProblem } from "../../src/translation/recipe-errors.ts";

/** A section of a recipe in a text, up to the brace that closes it. */
const SECTION = /\b(?:data|tokenizer|model|train|decode): (?=\{)/g;

/** What a text advises to write into a recipe, read as the YAML that it is. */
export function advisedIn(text: string): Readonly<Record<string, unknown>>[] {
  return [...text.matchAll(SECTION)].map(({ 0: key, index }) => parse(key + braced(text.slice(index + key.length))));
}

/** The beginning of a text that starts with a brace, to where that is closed. */
function braced(text: string): string {
  let depth = 0;
  for (let end = 0; end < text.length; end++) {
    if (text[end] === "{") depth++;
    if (text[end] === "}" && --depth === 0) return text.slice(0, end + 1);
  }
  return text;
}

/** What of a text's advice a recipe would be refused for; the test fails where there is none. */
export function refusedIn(text: string): readonly RecipeProblem[] {
  const sections = advisedIn(text);
  if (sections.length === 0) throw new Error(`There is no advice in: ${text}`);
  return sections.flatMap((section) => {
    const data = { ...(section.data as object | undefined) };
    const named = "source" in data || "corpus" in data ? data : { path: "pairs.tsv", ...data };
    const checked = checkRecipe({ ...section, data: named });
    return "problems" in checked ? checked.problems : [];
  });
}
