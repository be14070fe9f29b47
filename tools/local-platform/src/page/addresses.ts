/** What the page asks besides App Platform's API. Needs the token, as that does. */
export const pageData = '/page/';

/** The files of the page, by their addresses: a fixed list, so that no path leads anywhere else. */
export const pageFiles: ReadonlyMap<string, { name: string; type: string }> = new Map([
  ['/', { name: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/page.js', { name: 'page.js', type: 'text/javascript; charset=utf-8' }],
  ['/page.css', { name: 'page.css', type: 'text/css; charset=utf-8' }],
  ['/icon.svg', { name: 'icon.svg', type: 'image/svg+xml' }],
]);

export function isPageFile(path: string): boolean {
  return pageFiles.has(path);
}
