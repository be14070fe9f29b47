import { defineConfig } from 'vitepress';
import { extendMarkdown, slugify } from './markdown.js';
import { sidebar } from './navigation.js';
import { repositoryUrl } from './repository.js';

// The address that the site is published at: GitHub Pages serves it from a folder.
const { pathname: base } = new URL(process.env['DOCS_URL'] || 'http://localhost/');

export default defineConfig({
  title: 'Skills',
  description: 'Ship a monorepo of small HTTP services with Nx: build, deploy, watch, roll back, merge.',
  base: base.endsWith('/') ? base : `${base}/`,
  cleanUrls: true,
  rewrites: { 'README.md': 'index.md' },
  markdown: { config: extendMarkdown, anchor: { slugify } },
  themeConfig: {
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: 'local' },
    ...(repositoryUrl && {
      editLink: { pattern: `${repositoryUrl}/edit/main/docs/:path`, text: 'Edit this page' },
      socialLinks: [{ icon: 'github', link: repositoryUrl }],
    }),
  },
  // Mermaid is loaded only by pages with a diagram.
  vite: { build: { chunkSizeWarningLimit: 1_000 } },
});
