import { HeedError } from "../../error.ts";

/** Tested with torch 2.15 on files of PyTorch before 1.6 and on compressed ones. */
const COMMAND =
  `python3 -c "import glob, torch; from safetensors.torch import save_file; save_file({k: v.clone().contiguous() ` +
  `for f in glob.glob('pytorch_model*.bin') for k, v in torch.load(f, map_location='cpu', weights_only=True).items()}, ` +
  `'model.safetensors', {'format': 'pt'})"`;

const CONVERT = `What PyTorch itself reads without running anything, this saves as model.safetensors, in that folder:\n${COMMAND}`;

/** A file that is damaged, or no such file. */
export function invalid(path: string, what: string, cause?: unknown): HeedError {
  const message = `${path} is not a whole file of torch.save: ${what}. Take it again from where it came from.`;
  return new HeedError("FORMAT_INVALID", message, { path, cause });
}

/**
 * A file that may be whole, and that Heed does not read.
 *
 * @param advice What to do; by default, how to convert it.
 */
export function unread(path: string, what: string, advice = CONVERT): HeedError {
  return new HeedError("FORMAT_INVALID", `${path} ${what}. ${advice}`, { path });
}
