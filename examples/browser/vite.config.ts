import type { UserConfig } from "vite";

/** With these headers a page may share memory, so that several threads compute. */
const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

export default {
  server: { headers },
  preview: { headers },
  build: { rolldownOptions: { input: ["index.html", "train.html"] } },
} satisfies UserConfig;
