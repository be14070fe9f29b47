/** The build of sql.js that carries its WebAssembly inside, so that the skill stays one file. */
declare module 'sql.js/dist/sql-wasm-inline.js' {
  import initSqlJs from 'sql.js';
  export default initSqlJs;
}
