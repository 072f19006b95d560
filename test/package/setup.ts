import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The file that `npm publish` would upload. */
    readonly tarball: string;
    /** A folder in which nothing but that package is installed. */
    readonly installed: string;
  }
}

const root = join(import.meta.dirname, "..", "..");

/** Builds the package if it is stale, packs it and installs it in an empty folder, once for all suites. */
export default function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "heed-package-"));
  execFileSync(process.execPath, ["--import", "tsx", "scripts/prepare.ts"], { cwd: root, stdio: "inherit" });
  npm(root, "pack", "--ignore-scripts", "--pack-destination", folder);
  const tarball = join(folder, `heed-${readJson("package.json").version}.tgz`);
  provide("tarball", tarball);
  provide("installed", install(tarball, join(folder, "app")));
  return () => rmSync(folder, { recursive: true, force: true });
}

/**
 * Installs the package, and what it depends on, in a new folder: the versions that this repository has locked, which
 * npm keeps in its cache since it installed them here, so that it need not ask the network.
 */
export function install(tarball: string, folder: string, ...options: string[]): string {
  const dependencies = { heed: `file:${tarball}` };
  const { version, bin, dependencies: needs, optionalDependencies } = readJson("package.json");
  const packages = {
    "": { dependencies },
    "node_modules/heed": { version, bin, dependencies: needs, optionalDependencies, resolved: `file:${tarball}` },
    ...lockedPackages(),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", dependencies }));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
  npm(folder, "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", ...options);
  return folder;
}

/** The packages of the lock file that users get too, with the addresses that it leaves out. */
function lockedPackages(): Record<string, object> {
  const locked: Record<string, { version: string; dev?: boolean }> = readJson("package-lock.json").packages;
  const used = Object.entries(locked).filter(([path, { dev }]) => path !== "" && dev !== true);
  const prefix = "node_modules/";
  const registry = npm(root, "config", "get", "registry").trim().replace(/\/$/, "");
  return Object.fromEntries(
    used.map(([path, entry]) => {
      const name = path.slice(path.lastIndexOf(prefix) + prefix.length);
      const file = `${name.slice(name.indexOf("/") + 1)}-${entry.version}.tgz`;
      return [path, { ...entry, resolved: `${registry}/${name}/-/${file}` }];
    }),
  );
}

/** What npm prints. */
function npm(cwd: string, ...args: string[]): string {
  return execFileSync("npm", args, { cwd, shell: process.platform === "win32", stdio: "pipe", encoding: "utf8" });
}

function readJson(name: string) {
  return JSON.parse(readFileSync(join(root, name), "utf8"));
}
