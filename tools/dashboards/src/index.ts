export { type Board, boards } from './boards.js';
export { queriesOf } from './queries.js';
