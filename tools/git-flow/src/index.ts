export { readCheckout, type Checkout } from './checkout.js';
export { git, GitError, gitOutput, type GitOptions, type GitResult } from './git.js';
