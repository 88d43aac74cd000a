// Generates the types from openapi.yaml, then builds everything into one module. The module contains `idb`,
// so that the package has no dependencies; the licence of `idb` must accompany it.
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
