import { defineConfig } from 'vite';

const root = import.meta.dirname;

/** `dist/static/howdah.js`: one file without imports, which leaves one global, `howdah`. */
export default defineConfig({
  root,
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: `${root}/../../dist/static`,
    // The folder is shared with the other files that pages load from us.
    emptyOutDir: false,
    // Safari 14 and its contemporaries: a library cannot choose its visitors' browsers.
    target: 'es2020',
    lib: {
      entry: `${root}/src/global.ts`,
      formats: ['iife'],
      name: 'howdah',
      fileName: () => 'howdah.js',
    },
  },
});
