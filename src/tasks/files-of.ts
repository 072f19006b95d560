import { fileURLToPath } from "node:url";
import { HeedError } from "../error.ts";
import { folderFiles, type ModelFiles, resolveModelFiles, resolveModelFolder, urlFiles } from "../hub/node.ts";
import { shown } from "../json.ts";

/**
 * The files of a model: of a run, those of its best checkpoint.
 *
 * @param folder Its path, its URL (http, https or file), or its files.
 * @throws HeedError INPUT_INVALID for what is none of these, and those of `resolveModelFolder` and `resolveModelFiles`
 */
export async function filesOf(folder: string | URL | ModelFiles): Promise<ModelFiles> {
  if (folder instanceof URL) return filesOf(folder.protocol === "file:" ? fileURLToPath(folder) : folder.href);
  if (typeof folder === "object" && typeof folder?.read === "function") return resolveModelFiles(folder);
  if (typeof folder !== "string" || folder === "" || folder.includes("\0")) {
    throw new HeedError("INPUT_INVALID", `Expected a folder's path, its URL or its files, found ${shown(folder)}.`);
  }
  if (/^https?:\/\//i.test(folder)) return resolveModelFiles(urlFiles(folder));
  return folderFiles(await resolveModelFolder(folder));
}
