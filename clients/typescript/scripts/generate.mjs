import { writeFile } from "node:fs/promises";
import { generated, types } from "./types.mjs";

await writeFile(generated, await types());
