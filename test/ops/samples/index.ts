import { decoding } from "./decoding.ts";
import { elementwise } from "./elementwise.ts";
import { linear } from "./linear.ts";
import { rows } from "./rows.ts";
import type { Sample } from "./sample.ts";
import { shapes } from "./shapes.ts";

/** Samples of every op, all broadcasting patterns and attributes. */
export const samples: readonly Sample[] = [...elementwise, ...linear, ...shapes, ...rows, ...decoding];
