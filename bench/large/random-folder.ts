import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRandom } from "../../src/data/random.ts";

/** How weights are stored. */
export type Stored = "F32" | "BF16";

/** The sizes of a model in its config.json. */
export interface Sizes {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
}

/** Qwen2.5-0.5B. */
export const qwen: Sizes = {
  vocab_size: 151_936,
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
};

/** What else Qwen2.5-0.5B's config.json says, as far as it is read. */
const others = {
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  max_position_embeddings: 32_768,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  tie_word_embeddings: true,
  use_sliding_window: false,
};

/** A tensor of the file: random numbers, or ones. */
interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly ones: boolean;
}

/**
 * Writes the folder of a Qwen 2 of that shape with random numbers, a tokenizer of as many tokens beside it. No more of it
 * than a few megabytes is in memory.
 *
 * @returns The number of parameters.
 */
export async function writeRandomFolder(folder: string, stored: Stored, sizes: Sizes): Promise<number> {
  await writeFile(join(folder, "config.json"), JSON.stringify({ ...others, ...sizes }));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer(sizes.vocab_size)));
  const entries = tensors(sizes);
  await using file = await open(join(folder, "model.safetensors"), "w");
  await file.write(header(entries, stored));
  const draw = numbersOf(createRandom(1));
  for (const entry of entries) await writeTensor(file, entry, stored, draw);
  return entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function tensors(sizes: Sizes): Entry[] {
  const { hidden_size: width, intermediate_size: inner } = sizes;
  const ofKeys = (sizes.num_key_value_heads * width) / sizes.num_attention_heads;
  const layer = (i: number): Entry[] => {
    const at = `model.layers.${i}.`;
    const linear = (name: string, out: number, dIn: number) => random(`${at}${name}.weight`, [out, dIn]);
    const biased = (name: string, out: number) => [linear(name, out, width), random(`${at}${name}.bias`, [out])];
    return [
      ones(`${at}input_layernorm.weight`, width),
      ...biased("self_attn.q_proj", width),
      ...biased("self_attn.k_proj", ofKeys),
      ...biased("self_attn.v_proj", ofKeys),
      linear("self_attn.o_proj", width, width),
      ones(`${at}post_attention_layernorm.weight`, width),
      linear("mlp.gate_proj", inner, width),
      linear("mlp.up_proj", inner, width),
      linear("mlp.down_proj", width, inner),
    ];
  };
  const layers = Array.from({ length: sizes.num_hidden_layers }, (_, i) => layer(i));
  const table = random("model.embed_tokens.weight", [sizes.vocab_size, width]);
  return [table, ...layers.flat(), ones("model.norm.weight", width)];
}

const random = (name: string, shape: readonly number[]): Entry => ({ name, shape, ones: false });
const ones = (name: string, width: number): Entry => ({ name, shape: [width], ones: true });
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

function header(entries: readonly Entry[], stored: Stored): Uint8Array {
  let end = 0;
  const described = entries.map(({ name, shape }) => {
    const begin = end;
    end += sizeOf(shape) * (stored === "F32" ? 4 : 2);
    return [name, { dtype: stored, shape, data_offsets: [begin, end] }] as const;
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(described)));
  const bytes = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(json, 8);
  return bytes;
}

/** Numbers that are written at once. */
const PIECE = 2 ** 20;

async function writeTensor(file: FileHandle, { shape, ones }: Entry, stored: Stored, draw: Draw): Promise<void> {
  const size = sizeOf(shape);
  for (let start = 0; start < size; start += PIECE) {
    const numbers = new Float32Array(Math.min(PIECE, size - start));
    if (ones) numbers.fill(1);
    else draw(numbers);
    await file.write(stored === "F32" ? new Uint8Array(numbers.buffer) : upperHalves(numbers));
  }
}

/** bfloat16 is the upper half of a float32. */
function upperHalves(numbers: Float32Array): Uint8Array {
  const halves = Uint16Array.from(new Uint32Array(numbers.buffer, 0, numbers.length), (bits) => bits >>> 16);
  return new Uint8Array(halves.buffer);
}

type Draw = (numbers: Float32Array) => void;

/** Uniform numbers with the standard deviation with which such models begin, 0.02. */
function numbersOf(below: ReturnType<typeof createRandom>): Draw {
  const most = 0.02 * Math.sqrt(3);
  let state = 1 + below(2 ** 31 - 1);
  return (numbers) => {
    // Marsaglia's xorshift (2003): half a milliard of numbers are drawn in seconds.
    for (let i = 0; i < numbers.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      numbers[i] = (state / 2 ** 31) * most;
    }
  };
}

/** A tokenizer with a token for each byte, and others that no text has. */
function tokenizer(vocabSize: number) {
  const byte = (i: number) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`;
  const vocab = Array.from({ length: vocabSize }, (_, i) => [i < 256 ? byte(i) : `▁${i}`, i] as const);
  return {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "ByteFallback" },
    model: { type: "BPE", vocab: Object.fromEntries(vocab), merges: [], byte_fallback: true, unk_token: null },
  };
}
