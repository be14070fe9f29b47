// Runs after tsc or transpile.js, on what they have written.
await Promise.all([
  import('./nx-skills/bundle.js'),
  import('./local-platform/bundle.js'),
  import('./local-platform/page/bundle.js'),
  import('./router/bundle.js'),
]);
// It takes what the router's has written.
await import('./ship/bundle.js');
