// Runs after tsc or transpile.js, on what they have written.
await bundle('nx-skills', 'local-platform', 'local-platform/page', 'router');
// It takes what the router's has written.
await bundle('ship');

function bundle(...folders) {
  return Promise.all(folders.map((folder) => import(`./${folder}/bundle.js`)));
}
