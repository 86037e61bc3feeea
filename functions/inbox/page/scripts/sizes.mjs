// Holds a built page to its budgets, in bytes as gzip sends them: node scripts/sizes.mjs DIRECTORY
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const KB = 1024;
const BUDGETS = { entry: 100 * KB, lazy: 45 * KB, css: 15 * KB };
/** Parts that are pages of their own. Their styles count with their script, and not with those of the inbox. */
const PAGES = ["WorkflowsPart"];

const out = process.argv[2] ?? "dist";
const sizeOf = (path) => gzipSync(readFileSync(join(out, path)), { level: 9 }).length;
const sum = (paths) => paths.reduce((total, path) => total + sizeOf(path), 0);

// The page's script, and what it cannot begin without.
const index = readFileSync(join(out, "index.html"), "utf8");
const entry = [...index.matchAll(/(?:src|href)="\/inbox\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path);
const assets = readdirSync(join(out, "assets")).map((name) => `assets/${name}`);
const lazy = assets.filter((path) => path.endsWith(".js") && !entry.includes(path));
if (entry.length === 0 || lazy.length === 0) throw new Error(`${out} is no built page`);

const partOf = (path) => PAGES.find((part) => path.startsWith(`assets/${part}-`));
const styles = assets.filter((path) => path.endsWith(".css"));
const withStyles = (path) => [path, ...styles.filter((style) => partOf(style) !== undefined && partOf(style) === partOf(path))];
const missing = PAGES.filter((part) => !lazy.some((path) => partOf(path) === part));
if (missing.length > 0) throw new Error(`${out} has no ${missing.join(", ")}`);

const sizes = [
  ["script of the list", sum(entry), BUDGETS.entry],
  ["styles of the inbox", sum(styles.filter((path) => partOf(path) === undefined)), BUDGETS.css],
  ...lazy.map((path) => [path, sum(withStyles(path)), BUDGETS.lazy]),
].toSorted((a, b) => b[1] - a[1]);

for (const [what, size, most] of sizes.slice(0, 6)) console.log(`${what}: ${size} of ${most} bytes`);
const over = sizes.filter(([, size, most]) => size > most);
for (const [what, size, most] of over) console.error(`${what} has ${size} bytes, and may have ${most}`);
process.exit(over.length > 0 ? 1 : 0);
