/** The version that is live, or the new one beside it. */
export type Variant = 'live' | 'canary';
