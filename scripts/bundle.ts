/** Plugins of the build, see tsdown.config.ts. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hashSources, STAMP } from "../src/cli/stale-build.ts";

/** What is used of a plugin of the bundler. */
interface Plugin {
  readonly name: string;
  buildStart?(): void;
  transform?(code: string, id: string): string | undefined;
  generateBundle?(this: { emitFile(file: object): void; getModuleIds(): Iterable<string> }): void;
}

/** A worker starts from the library's files, which lie beside the bundle's folder. */
export function workerEntries(): Plugin {
  const entry = '"./entry.node.js"';
  return {
    name: "worker-entries",
    transform(code, id) {
      const folder = /src\/(runtime\/worker\/(?=node\.ts$)|translation\/lanes\/(?=lane-thread\.ts$))/.exec(id)?.[1];
      if (folder === undefined) return undefined;
      if (!code.includes(entry)) throw new Error(`${id} names no ${entry}: adapt scripts/bundle.ts.`);
      return code.replace(entry, `"../${folder}entry.node.js"`);
    },
  };
}

/** The hash of the sources as they are when the build begins, by which the command sees that they changed since. */
export function sourceStamp(): Plugin {
  let source = "";
  return {
    name: "source-stamp",
    buildStart() {
      source = hashSources(dirname(import.meta.dirname));
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName: STAMP, source });
    },
  };
}

/** The licences of the packages whose code is in the bundle, as they ask for. */
export function bundledLicenses(fileName: string): Plugin {
  return {
    name: "bundled-licenses",
    generateBundle() {
      const packages = new Set([...this.getModuleIds()].flatMap((id) => packageFolder(id) ?? []));
      const source = [...packages]
        .sort()
        .map(license)
        .join(`\n\n${"-".repeat(80)}\n\n`);
      this.emitFile({ type: "asset", fileName, source: `${source}\n` });
    },
  };
}

function packageFolder(id: string): string | undefined {
  const found = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id.replace(/^\0/, ""))?.[1];
  return found !== undefined && existsSync(join(found, "package.json")) ? found : undefined;
}

function license(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return [`${name} ${version}: ${license}`, ...texts].join("\n\n");
}
