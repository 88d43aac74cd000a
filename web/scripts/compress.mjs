// Writes a gzip and a brotli version of each file of dist/ beside it, at the highest level: the build
// compresses once, instead of the server at every request.
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
