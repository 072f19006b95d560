import { requireHead } from "../models/head-of.ts";
import { writingHeads } from "../models/heads.ts";
import type { Model } from "../models/model.ts";

/** Refuses a model that does not write. Errors: MODEL_UNSUPPORTED. */
export const canWrite = (model: Model): void => requireHead(model, writingHeads, "write text");

/** Refuses a model that does not guess hidden tokens. Errors: MODEL_UNSUPPORTED. */
export const canFill = (model: Model): void => requireHead(model, ["maskedToken"], "fill in masks");
