// The types of openapi.yaml, as text: what `npm run generate` writes and a test compares.
import openapiTS, { astToString } from "openapi-typescript";

const document = new URL("../../../openapi.yaml", import.meta.url);

export const generated = new URL("../src/generated.ts", import.meta.url);

export async function types() {
  return `// Made from openapi.yaml by \`npm run generate\`: do not edit.\n\n${astToString(await openapiTS(document))}`;
}
