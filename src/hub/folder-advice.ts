/** Files of a model in a form that Heed does not read. */
interface Form {
  readonly files: RegExp;
  /** What they are, and what would open them. */
  readonly advice: string;
  /** Whether that takes the config.json beside them. */
  readonly needsConfig?: boolean;
}

/** What to do with an adapter that is alone. */
export const ADAPTER_ADVICE =
  "Merge it into its model first: in Python, PEFT's merge_and_unload() and then save_pretrained().";

/** Those that are most easily brought into the form that Heed reads come first. */
const FORMS: readonly Form[] = [
  converted(/^(model\.fp16\.safetensors|pytorch_model\.fp16\.bin)$/, "the weights under another name", {
    load: ", variant='fp16'",
  }),
  parts(/^model-\d+-of-\d+\.safetensors$/, "model.safetensors.index.json"),
  parts(/^pytorch_model-\d+-of-\d+\.bin$/, "pytorch_model.bin.index.json"),
  converted(/^tf_model.*\.h5$/, "TensorFlow's weights", { load: ", from_tf=True", version: 4 }),
  converted(/^flax_model.*\.msgpack$/, "Flax's weights", { load: ", from_flax=True", version: 4 }),
  { files: /^adapter_(config\.json|model\.(safetensors|bin))$/, advice: `an adapter. ${ADAPTER_ADVICE}` },
  foreign(/\.gguf$/i, "weights for llama.cpp"),
  foreign(/\.onnx$/i, "programs for ONNX Runtime, not weights"),
  foreign(/^model\.bin$/, "weights for CTranslate2"),
  foreign(/\.npz$/i, "weights of Marian's own program"),
  foreign(/\.(pt|pth|ckpt)$/i, "weights in the form of the program that trained them"),
  {
    files: /^(?!model\.safetensors$).*\.safetensors$/,
    advice: "if that is the model's weights, give it the name model.safetensors.",
  },
];

/** What Python's `transformers`, of some major version, opens and saves anew. */
function converted(files: RegExp, what: string, { load = "", version = 0 } = {}): Form {
  const needed = `Python's torch and transformers${version === 0 ? "" : ` ${version}`}`;
  const code = `M.from_pretrained('.'${load}).save_pretrained('.')`;
  const command = `python3 -c "from transformers import AutoModelForSeq2SeqLM as M; ${code}"`;
  const advice = `${what}. To save them as model.safetensors, with ${needed}, in that folder:\n${command}`;
  return { files, advice, needsConfig: true };
}

function parts(files: RegExp, index: string): Form {
  const advice = `weights in several files. Take ${index}, which says what is in which, from where they came from.`;
  return { files, advice, needsConfig: true };
}

function foreign(files: RegExp, what: string): Form {
  return { files, advice: `${what}. Take the model's config.json and model.safetensors from where it came from.` };
}

/** Most names to list. */
const LISTED = 8;

/**
 * Of a folder that lacks config.json or weights: what it holds instead, and what would open it.
 *
 * @param names Of the files in it; undefined where nobody can tell, as behind a URL.
 * @param expected What to do where that is not known.
 */
export function folderAdvice(names: readonly string[] | undefined, expected: string): string {
  if (names === undefined || names.length === 0) return expected;
  const hasConfig = names.includes("config.json");
  const form = FORMS.find(
    ({ files, needsConfig }) => (hasConfig || !needsConfig) && names.some((name) => files.test(name)),
  );
  if (form === undefined) return `It holds ${listed(names)}. ${expected}`;
  return `${listed(names.filter((name) => form.files.test(name)))}: ${form.advice}`;
}

function listed(names: readonly string[]): string {
  const sorted = names.toSorted();
  const shown = sorted.slice(0, LISTED).join(", ");
  return names.length > LISTED ? `${shown} and ${names.length - LISTED} more` : shown;
}
