// Bundles src/ into OUT: index.html and assets/NAME-HASH.*. Prints what the first load weighs, and
// fails when that is past the limit. `node build.mjs OUT`
import { build } from 'esbuild';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD_LIMIT_BYTES = 400 * 1000;

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, '../build/ui'));
const staging = `${out}.new`;

// The folder is made anew: only one that holds a bundle, or nothing, may go.
const there = await readdir(out).catch(() => []);
if (there.length > 0 && (!there.includes('index.html') || !there.includes('assets'))) {
  console.error(`ui: ${out} holds something else than a bundle; name another folder`);
  process.exit(1);
}
await rm(staging, { recursive: true, force: true });
await mkdir(staging, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { weir: 'src/main.tsx' },
  outdir: join(staging, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'file' },
});

const outputs = Object.entries(metafile.outputs);
const entry = outputs.find(([, value]) => value.entryPoint === 'src/main.tsx');
if (!entry) throw new Error('esbuild left no bundle for src/main.tsx');
const [entryPath, entryOutput] = entry;

// What the browser must have before it can draw: the entry and all that it imports at once.
const first = new Set([entryPath]);
for (const path of first) {
  for (const wanted of metafile.outputs[path]?.imports ?? []) {
    if (wanted.kind === 'import-statement') first.add(wanted.path);
  }
}
const address = (path) => `/assets/${relative(join(staging, 'assets'), resolve(here, path))}`;
const scripts = [...first];
const style = entryOutput.cssBundle;

const html = (await readFile(join(here, 'src/index.html'), 'utf8'))
  .replace('<!-- style -->', style ? `<link rel="stylesheet" href="${address(style)}">` : '')
  .replace('<!-- preload -->', scripts.slice(1).map((path) => `<link rel="modulepreload" href="${address(path)}">`).join('\n'))
  .replace('<!-- script -->', `<script type="module" src="${address(entryPath)}"></script>`);
await writeFile(join(staging, 'index.html'), html);

let firstBytes = gzipSync(html, { level: 9 }).length;
for (const path of style ? [...scripts, style] : scripts) {
  firstBytes += gzipSync(await readFile(resolve(here, path)), { level: 9 }).length;
}
let allBytes = 0;
for (const [path] of outputs) allBytes += gzipSync(await readFile(resolve(here, path)), { level: 9 }).length;

await rm(out, { recursive: true, force: true });
await rename(staging, out);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(`ui: first load ${kilobytes(firstBytes)} gzipped (limit ${kilobytes(FIRST_LOAD_LIMIT_BYTES)}), everything ${kilobytes(allBytes)}`);
if (firstBytes > FIRST_LOAD_LIMIT_BYTES) {
  console.error('ui: the first load is past its limit; load what is not needed at once with import()');
  process.exit(1);
}
