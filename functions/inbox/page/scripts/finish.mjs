// The last step of the page's build: puts the unmodified posthog-js beside the page, and compresses every file.
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const out = process.env.LAMBDESK_PAGE_OUT ?? "dist";

// The SDK loads `/static/array.js`, and from `/static/{its version}/` what a page turns out to need.
const sdk = "node_modules/posthog-js";
const { version } = JSON.parse(readFileSync(join(sdk, "package.json"), "utf8"));
mkdirSync(join(out, "static", version), { recursive: true });
cpSync(join(sdk, "dist/array.js"), join(out, "static/array.js"));
for (const bundle of ["conversations.js", "lazy-recorder.js", "exception-autocapture.js"]) {
  cpSync(join(sdk, "dist", bundle), join(out, "static", version, bundle));
}

const compressible = new Set([".css", ".html", ".js", ".json", ".svg", ".webmanifest"]);
for (const name of readdirSync(out, { recursive: true })) {
  const path = join(out, name);
  if (!statSync(path).isFile() || !compressible.has(extname(path))) continue;
  const plain = readFileSync(path);
  const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
}
