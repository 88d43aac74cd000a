// Writes what a browser takes compressed beside each file of dist/, at the highest level: once here, not at
// every request.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
for (const { parentPath, name } of files) {
  const path = `${parentPath.replace(/\/$/, "")}/${name}`;
  const plain = readFileSync(path);
  const gzip = gzipSync(plain, { level: 9 });
  const brotli = brotliCompressSync(plain);
  writeFileSync(`${path}.gz`, gzip);
  writeFileSync(`${path}.br`, brotli);
  const sizes = [plain, gzip, brotli].map(({ length }) => String(length).padStart(9)).join("");
  console.log(`${sizes}  ${name}`);
}
