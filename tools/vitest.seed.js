import fc from 'fast-check';

// A check of a change judges that change: by day, property tests try the same inputs for all. The nightly run
// tries others each time.
if (!process.env['NIGHTLY']) fc.configureGlobal({ seed: 20_260_101 });
