// Holds a built page to its budgets, in bytes as gzip sends them: node scripts/sizes.mjs DIRECTORY
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const KB = 1024;
const BUDGETS = { entry: 100 * KB, lazy: 45 * KB, css: 15 * KB, lazyCss: 5 * KB, player: 70 * KB };

const out = process.argv[2] ?? "dist";
const sizeOf = (path) => gzipSync(readFileSync(join(out, path)), { level: 9 }).length;
const sum = (paths) => paths.reduce((total, path) => total + sizeOf(path), 0);

// The page's script, and what it cannot begin without.
const index = readFileSync(join(out, "index.html"), "utf8");
const first = [...index.matchAll(/(?:src|href)="\/inbox\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path);
const assets = readdirSync(join(out, "assets")).map((name) => `assets/${name}`);
const [entry, styles] = [".js", ".css"].map((ending) => first.filter((path) => path.endsWith(ending)));
const [lazy, lazyStyles] = [".js", ".css"].map((ending) => assets.filter((path) => path.endsWith(ending) && !first.includes(path)));
const player = readdirSync(join(out, "player/assets")).filter((name) => /\.(?:js|css)$/.test(name)).map((name) => `player/assets/${name}`);
if (entry.length === 0 || styles.length === 0 || lazy.length === 0 || player.length === 0) throw new Error(`${out} is no built page`);

const sizes = [
  ["script of the list", sum(entry), BUDGETS.entry],
  ["styles of the list", sum(styles), BUDGETS.css],
  ...lazy.map((path) => [path, sizeOf(path), BUDGETS.lazy]),
  ...lazyStyles.map((path) => [path, sizeOf(path), BUDGETS.lazyCss]),
  ["the player of recordings", sum(player), BUDGETS.player],
].toSorted((a, b) => b[1] - a[1]);

for (const [what, size, most] of sizes.slice(0, 6)) console.log(`${what}: ${size} of ${most} bytes`);
const over = sizes.filter(([, size, most]) => size > most);
for (const [what, size, most] of over) console.error(`${what} has ${size} bytes, and may have ${most}`);
process.exit(over.length > 0 ? 1 : 0);
