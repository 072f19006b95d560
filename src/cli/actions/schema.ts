import { type Io, print } from "../io.ts";
import { recipeJsonSchema } from "../recipe-json-schema.ts";

export async function schema(io: Io): Promise<void> {
  await print(io, `${JSON.stringify(recipeJsonSchema(), null, 2)}\n`);
}
