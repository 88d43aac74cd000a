// Types as they are in openapi.yaml now, then one module of everything that runs. `idb` goes into it, so that
// the package depends on nothing; its licence asks to go with it.
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import "./generate.mjs";

const licence = await readFile(new URL("../node_modules/idb/LICENSE", import.meta.url), "utf8");

await build({
  entryPoints: ["src/index.ts"],
  outfile: "dist/index.js",
  bundle: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  sourcemap: true,
  banner: { js: `/* Contains idb:\n${licence.trim()}\n*/` },
});
