export { type Cotangent, gradients } from "./gradients.ts";
