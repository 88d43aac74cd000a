/** The file of the generated types. */
export const generated: URL;
/** The types of openapi.yaml, as text. */
export function types(): Promise<string>;
