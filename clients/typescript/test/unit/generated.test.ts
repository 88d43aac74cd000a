import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generated, types } from "../../scripts/types.mjs";

test("the generated types match openapi.yaml; otherwise run npm run generate", async () => {
  expect(await readFile(generated, "utf8")).toBe(await types());
}, 30_000);
