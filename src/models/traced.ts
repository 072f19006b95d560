import { input } from "../graph/program.ts";
import { type Params, parameterInputs, type Spec } from "../nn/parameter.ts";
import type { Inputs, ModelConfig, ModelFamily } from "./family.ts";

/** What of a model its programs are traced from. */
interface Traceable {
  readonly family: ModelFamily;
  readonly config: ModelConfig;
}

/** What stands before a parameter's path where it is an input of a program. */
export const PARAMETER = "parameters.";

/** The model's parameters as inputs of a program, named `parameters.<path>`. */
export function tracedParameters({ family, config }: Traceable): Params<Spec> {
  return parameterInputs<Spec>(family.spec(config), PARAMETER) as Params<Spec>;
}

/** The model's inputs of the given names, all unless given, as inputs of a program. */
export function tracedInputs({ family, config }: Traceable, names?: readonly string[]): Inputs {
  const types = family.inputTypes(config);
  return Object.fromEntries((names ?? Object.keys(types)).map((name) => [name, input(name, types[name]!)]));
}
