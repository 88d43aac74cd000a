import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generated, types } from "../../scripts/types.mjs";

test("the generated types are those of openapi.yaml; if not, npm run generate", async () => {
  expect(await readFile(generated, "utf8")).toBe(await types());
}, 30_000);
