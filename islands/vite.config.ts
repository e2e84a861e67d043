// One island per build (`--mode call`), so that each is one script and one stylesheet with a fixed name and nothing shared
// that a page could forget to load. No inline script, no address outside the house: the pages' CSP is `script-src 'self'`.
import { defineConfig, type Plugin } from 'vite';

/** What a library does that a page of ours must not do: the file, the words in it, and what stands there instead. */
const MENDED: readonly (readonly [string, string, string])[] = [
  // Labels are styled by an attribute, which the pages' CSP forbids; by property it is allowed.
  ['/drawingSvg/drawTextBox.js', "textElement.setAttribute('style', combinedStyle)", 'textElement.style.cssText = combinedStyle'],
  // Nothing is kept in the browser: not even what its graphics card can do, or how much is logged.
  ['/utilities/renderingCapabilities.js', 'window.localStorage?.setItem(STORAGE_KEY, JSON.stringify(payload))', 'void payload'],
  ['/lib.esm/browser/urlStorage.js', "localStorage.setItem(key, originalValue)", 'void originalValue'],
  ['/dcmjs/build/dcmjs.es.js', 'window.localStorage[storageKey] = levelName', 'void levelName'],
];

/** Mends them; when the words are not found any more, the build says so. */
function mended(): Plugin {
  return {
    name: 'mended',
    transform(code, id) {
      const mend = MENDED.find(([file]) => id.endsWith(file));
      if (!mend) return null;
      const [, found, instead] = mend;
      if (!code.includes(found)) throw new Error(`${id} has changed: look how it does now what is mended here`);
      return { code: code.replace(found, instead), map: null };
    },
  };
}

/**
 * vtk.js brings a reader of XML meshes that needs Node's own modules and that no picture of ours comes by. Whoever calls it
 * learns that it is not there.
 */
function noXml(): Plugin {
  const absent = '\0no-xml';
  return {
    name: 'no-xml',
    enforce: 'pre',
    resolveId: (id) => (id === 'xmlbuilder2' ? absent : null),
    load: (id) => (id === absent ? "export const create = () => { throw new Error('XML is not read here'); };" : null),
  };
}

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [mended(), noXml()],
  // A worker is one classic script: module workers are younger than the browsers we serve.
  worker: { format: 'iife', rolldownOptions: { output: { codeSplitting: false, entryFileNames: '[name]-[hash].js', assetFileNames: '[name]-[hash][extname]' } } },
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    // Phones of 2021 and newer: iOS 15, Chrome 94.
    target: ['es2021', 'safari15', 'chrome94', 'firefox92'],
    modulePreload: false,
    reportCompressedSize: false,
    // What others wrote goes out with their words about it.
    license: ['mesh', 'send', 'viewer'].includes(mode) ? { fileName: `${mode}-licences.txt` } : false,
    rolldownOptions: {
      input: { [mode]: `${mode}/index.ts` },
      preserveEntrySignatures: 'strict',
      output: {
        format: 'es',
        codeSplitting: false,
        entryFileNames: '[name].js',
        assetFileNames: (asset) => (asset.names[0]?.endsWith('.css') ? `${mode}.css` : '[name]-[hash][extname]'),
      },
    },
  },
  test: { include: ['{bring,lib,call,conference,devicetest,mesh,page,panel,passkey,pattern,send,viewer}/**/*.test.ts'], environment: 'node' },
}));
