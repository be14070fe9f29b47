export { readCheckout, type Checkout } from './checkout.js';
