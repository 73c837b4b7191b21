import { defineConfig } from 'vitest/config';

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  test: { include: ['src/**/*.test.{ts,mjs}'], environment: 'node', watch: false, env: { TZ: 'Europe/Berlin' } },
});
