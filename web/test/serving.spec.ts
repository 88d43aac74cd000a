import { readFileSync } from "node:fs";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { request as ask } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { expect, test } from "./world.ts";

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request without the decoding of a browser: the body stays compressed. */
function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    ask(url, { headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) });
      });
    })
      .on("error", reject)
      .end();
  });
}

const dist = (path: string) => readFileSync(new URL(`../dist${path}`, import.meta.url));
const script = /src="\.([^"]+)"/.exec(dist("/index.html").toString())?.[1] ?? "";

test("files are sent in an encoding that the caller accepts, and are cached", async ({ server }) => {
  const plain = await get(server.url + script);
  expect(plain.body.equals(dist(script))).toBe(true);
  expect(plain.headers["content-encoding"]).toBeUndefined();
  const gzip = await get(server.url + script, { "accept-encoding": "gzip, br;q=0" });
  expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
  const brotli = await get(server.url + script, { "accept-encoding": "gzip, deflate, br" });
  expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
  expect(brotli.headers).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
    vary: "accept, accept-encoding",
  });

  const tags = [plain, gzip, brotli].map(({ headers }) => headers.etag ?? "");
  expect(new Set(tags).size).toBe(3);
  const again = { "accept-encoding": "br", "if-none-match": tags[2]! };
  expect(await get(server.url + script, again)).toMatchObject({ status: 304, body: Buffer.of() });
});

test("the page is revalidated at each load, and allows no inline scripts or styles", async ({ server }) => {
  const page = await get(`${server.url}/?utm=1`);
  expect(page.headers["cache-control"]).toBe("no-cache");
  const policy = page.headers["content-security-policy"];
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain("unsafe");
  expect(page.body.toString()).not.toMatch(/<script(?![^>]*src=)|<style|style=|onload=/);
});

test("an unknown file gets a 404 in the envelope, and a POST gets a 405", async ({ server }) => {
  for (const path of ["/assets/", "/assets/none.js", "/assets/../spin.toml", "/index.html", "/api/v1/none"]) {
    const { status, body } = await get(server.url + path);
    expect([status, JSON.parse(body.toString())]).toEqual([
      404,
      { code: 10004, message: "not found", data: {} },
    ]);
  }
  const posted = await fetch(server.url, { method: "POST" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const head = await fetch(server.url, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("the first load is under 150 KB", async ({ world }) => {
  const page = await world.browser();
  const loaded: string[] = [];
  let bytes = 0;
  page.on("requestfinished", (request) => {
    loaded.push(request.url());
    void request.sizes().then((sizes) => {
      bytes += sizes.responseBodySize + sizes.responseHeadersSize;
    });
  });
  await page.goto("/", { waitUntil: "networkidle" });
  console.log(`the first load is ${bytes} bytes in ${loaded.length} requests`);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(150_000);
  for (const url of loaded) expect(new URL(url).origin).toBe(world.server.url);
});
