// One island per build (`--mode call`), so that each is one script and one stylesheet with a fixed name and nothing shared
// that a page could forget to load. No inline script, no address outside the house: the pages' CSP is `script-src 'self'`.
import { defineConfig } from 'vite';

export default defineConfig(({ mode }) => ({
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    // Phones of 2021 and newer: iOS 15, Chrome 94.
    target: ['es2021', 'safari15', 'chrome94', 'firefox92'],
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { [mode]: `${mode}/index.ts` },
      preserveEntrySignatures: 'strict',
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        assetFileNames: (asset) => (asset.names[0]?.endsWith('.css') ? `${mode}.css` : '[name][extname]'),
      },
    },
  },
  test: { include: ['{lib,call,devicetest,page,panel,passkey}/**/*.test.ts'], environment: 'node' },
}));
