import type { Language } from '../code/language.js';
import type { FlowRuleName } from '../rules/flows.js';

/**
 * What has to be known of an argument: `variable`, that the code does not contain it; `composite`, that text of the code
 * and another value are put together; `source`, that it comes from outside.
 */
export type Condition = 'variable' | 'composite' | 'source';

/** A call that does something with an argument which a value must not decide. */
export interface Sink {
  rule: FlowRuleName;
  /** The whole of what is called, without spaces. */
  callee: RegExp;
  /** Positions of arguments; the first where absent. */
  at?: number[];
  /** A named argument that counts as well. */
  named?: string;
  when: Condition;
  /** What the text around the value has to look like. */
  shape?: 'sql' | 'html' | 'host' | 'redirect';
  /** The code of the call's arguments has to match, or must not. */
  given?: RegExp;
  unless?: RegExp;
}

const sqlMethods =
  'execute|executemany|executescript|execute_batch|execute_values|mogrify|query|queryRaw|raw|rawQuery|exec|prepare|all|get|run|each|literal|whereRaw|orWhereRaw|orderByRaw|groupByRaw|havingRaw|selectRaw|joinRaw|fromRaw|read_sql|read_sql_query|from_statement|text|extra|RawSQL|fetch|fetchrow|fetchval|where|andWhere|orWhere|having|orderBy|unprepared|simple|query_params|sql|scalar|scalars|select|Query|queryForList|get_results|get_var|get_row|get_col|fetchAll|fetchOne|fetchAssoc|executeQuery|executeUpdate|executeStatement|createQuery|statement|unprepared|DB|createNativeQuery';
const run = String.raw`(?:.*(?:\.|->|::))`;

const sql: Sink[] = [
  {
    rule: 'sql-built-from-strings',
    callee: new RegExp(`^${run}(?:${sqlMethods})$|^(?:RawSQL|text|sql|query|execute|Raw)$`),
    when: 'composite',
    shape: 'sql',
  },
  {
    rule: 'sql-built-from-strings',
    callee: /^(?:\w+\.)*(?:cr|_cr|cur|curs|cursor|crsr|conn|c)\.execute(?:many)?$/,
    when: 'composite',
  },
  {
    rule: 'sql-built-from-strings',
    callee:
      /(?:^|\.)(?:knex|sequelize|Sequelize|trx|prisma|Prisma|db)\.(?:raw|literal)$|(?:\.|->|::)\w{2,20}Raw$|^DB::raw$/,
    when: 'composite',
  },
  { rule: 'sql-built-from-strings', callee: /\.extra$/, at: [], named: 'where', when: 'composite' },
  { rule: 'sql-built-from-strings', callee: /(?:^|\.)RawSQL$/, when: 'composite' },
  { rule: 'sql-built-from-strings', callee: /\.\$(?:query|execute)RawUnsafe$/, when: 'variable' },
  {
    rule: 'sql-built-from-strings',
    callee:
      /^(?:mysqli?_(?:real_|multi_|unbuffered_)?query|pg_query|sqlite_query|odbc_exec|db2_exec|sqlsrv_query|mssql_query|oci_parse)$/,
    at: [0, 1],
    when: 'composite',
  },
];

const script: Sink[] = [
  {
    rule: 'eval',
    callee:
      /^(?:window\.|global\.|globalThis\.)?eval$|^(?:new)?Function$|^new Function$|^vm\.(?:runIn\w+|compileFunction)$|^new vm\.Script$|\.executeJavaScript$/,
    at: [0, 1, 2, 3],
    when: 'variable',
    unless: /^\(\s*\)$/,
  },
  { rule: 'eval', callee: /^(?:window\.)?set(?:Timeout|Interval)$/, when: 'composite' },
  {
    rule: 'html-from-request',
    callee: /^(?:res|response|reply|resp)\.(?:send|end|write)$|^ctx\.res\.end$/,
    when: 'source',
    shape: 'html',
    // A parsed body goes back as JSON.
    unless: /^\(\s*\w+\.body\s*\)$/,
  },
  {
    rule: 'html-from-value',
    callee: /\.insertAdjacentHTML$|\bcreateContextualFragment$/,
    at: [0, 1],
    when: 'variable',
  },
  { rule: 'html-from-value', callee: /^(?:window\.)?document\.write(?:ln)?$/, when: 'variable' },
  {
    rule: 'html-from-value',
    callee: /^(?:\$|jQuery)\(.{0,100}\)(?:\.\w+\(.{0,60}\))*\.html$|^\$\w+\.html$/,
    when: 'variable',
  },
  {
    rule: 'html-from-value',
    callee: /^(?:\$|jQuery)$|\.(?:append|prepend|after|before|replaceWith|wrap|appendTo|html)$/,
    when: 'composite',
    shape: 'html',
  },
  {
    rule: 'html-from-value',
    callee: /\bbypassSecurityTrust\w+$|\bnew (?:\w+\.)?SafeString$|^SafeString$/,
    when: 'variable',
  },
  {
    rule: 'path-from-request',
    callee:
      /^(?:fs|xfs|fsp|fse|fs\.promises|fsPromises|promises)\.\w+$|^(?:readFile|readFileSync|createReadStream|createWriteStream|unlink|unlinkSync|writeFile|writeFileSync|rm|rmSync|readdir|readdirSync|stat|statSync)$|\.(?:sendFile|sendfile|download)$/,
    at: [0, 1],
    when: 'source',
    unless: /\{[^}]*\broot\b/,
  },
  {
    rule: 'include-from-value',
    callee: /^require$|^import$/,
    when: 'source',
  },
  {
    rule: 'address-from-request',
    callee:
      /^(?:fetch|axios|got|request|needle|superagent|nodeFetch|undici\.(?:fetch|request)|https?\.(?:get|request))$|^(?:axios|got|needle|superagent|request|ky)\.(?:get|post|put|head|delete|patch|request)$|\.goto$/,
    when: 'source',
    shape: 'host',
  },
  {
    rule: 'redirect-from-request',
    callee: /^(?:res|response|reply|ctx|resp|NextResponse)\.redirect$|^redirect$/,
    at: [0, 1],
    when: 'source',
    shape: 'redirect',
  },
  {
    rule: 'redirect-from-request',
    callee: /^(?:window\.)?location\.(?:assign|replace)$/,
    when: 'source',
    shape: 'redirect',
  },
  {
    rule: 'unsafe-deserialisation',
    callee: /^(?:serialize|nodeSerialize|node_serialize)\.unserialize$|^unserialize$/,
    when: 'variable',
  },
  { rule: 'expression-from-request', callee: /^(?:new )?RegExp$/, when: 'source' },
  {
    rule: 'template-from-value',
    callee:
      /^(?:_|lodash|ejs|pug|jade|Handlebars|handlebars|nunjucks|doT|Mustache|swig|Twig)\.(?:compile|render|renderString|template)$/,
    when: 'source',
  },
];

const python: Sink[] = [
  {
    rule: 'python-shell',
    callee:
      /^os\.(?:system|popen)$|^(?:commands|subprocess)\.get(?:status)?output$|^(?:asyncio\.)?create_subprocess_shell$|^pexpect\.(?:spawn|run)$|^popen2\.\w+$/,
    when: 'variable',
  },
  {
    rule: 'python-shell',
    callee: /^(?:subprocess\.|sp\.)?(?:run|call|check_call|check_output|Popen)$/,
    named: 'args',
    when: 'variable',
    given: /\bshell\s*=\s*(?!False\b)/,
  },
  { rule: 'python-shell', callee: /\.exec_command$/, when: 'composite' },
  {
    rule: 'program-from-request',
    callee: /^os\.(?:exec[lv]p?e?|spawn[lv]p?e?|startfile)$/,
    at: [0, 1],
    when: 'source',
  },
  {
    rule: 'eval',
    callee:
      /^(?:builtins\.)?(?:eval|exec)$|^pd\.eval$|^timeit\.timeit$|^code\.InteractiveInterpreter\(\)\.runcode$/,
    when: 'variable',
  },
  {
    rule: 'eval',
    callee: /^(?:builtins\.)?compile$/,
    when: 'variable',
    given: /['"](?:exec|eval|single)['"]/,
  },
  {
    rule: 'template-from-value',
    callee:
      /^(?:flask\.)?render_template_string$|^(?:jinja2\.)?Template$|^(?:env|environment|jinja_env|\w+\.env)\.from_string$/,
    when: 'composite',
  },
  {
    rule: 'template-from-value',
    callee: /^(?:flask\.)?render_template_string$|^(?:jinja2\.)?Template$|\.from_string$/,
    when: 'source',
  },
  {
    rule: 'template-from-value',
    callee: /^(?:flask\.)?render_template_string$|^(?:\w+\.)*(?:mark_safe|SafeString|SafeText)$/,
    when: 'variable',
  },
  { rule: 'template-from-value', callee: /^(?:\w+\.)*Markup$/, when: 'composite' },
  { rule: 'template-from-value', callee: /^(?:\w+\.)*Markup$/, when: 'source' },
  {
    rule: 'html-from-request',
    callee:
      /^(?:\w+\.)*(?:HttpResponse|HTMLResponse|make_response|Response)$|^self\.(?:write|finish)$|\.(?:response\.(?:write|out\.write))$/,
    when: 'source',
    shape: 'html',
  },
  {
    rule: 'path-from-request',
    callee:
      /^(?:io\.|codecs\.|builtins\.|aiofiles\.)?open$|^(?:flask\.)?send_file$|^os\.(?:remove|unlink|rmdir|listdir|makedirs|mkdir|rename|stat|scandir)$|^shutil\.\w+$|^(?:\w+\.)*FileResponse$|\.(?:read_text|read_bytes|write_text|write_bytes|unlink)$|\.save$/,
    at: [0, 1],
    when: 'source',
  },
  { rule: 'include-from-value', callee: /^(?:importlib\.)?(?:import_module|__import__)$/, when: 'source' },
  {
    rule: 'address-from-request',
    callee:
      /^(?:requests|httpx|session|client|http|aiohttp|urllib3|self\.session)\.(?:get|post|put|head|delete|patch|request|options)$|^(?:urllib\.request\.|urllib2\.|urllib\.)?urlopen$|^(?:urllib\.request\.)?(?:urlretrieve|Request)$/,
    at: [0, 1],
    named: 'url',
    when: 'source',
    shape: 'host',
  },
  {
    rule: 'redirect-from-request',
    callee:
      /^(?:flask\.|werkzeug\.utils\.|request\.)?redirect$|^(?:\w+\.)*(?:HttpResponseRedirect|RedirectResponse)$|^self\.redirect$|^(?:http\.)?redirect_with_hash$/,
    named: 'url',
    when: 'source',
    shape: 'redirect',
  },
  {
    rule: 'unsafe-deserialisation',
    callee:
      /^(?:c?[pP]ickle|_pickle|dill|cloudpickle|marshal|jsonpickle)\.(?:loads?|decode|Unpickler)$|^(?:pd|pandas)\.read_pickle$|^shelve\.open$/,
    when: 'variable',
  },
  {
    rule: 'unsafe-deserialisation',
    callee: /^(?:yaml|ruamel\.yaml)\.(?:load|load_all|full_load|unsafe_load|unsafe_load_all)$/,
    when: 'variable',
    unless: /Safe|BaseLoader/,
  },
  {
    rule: 'expression-from-request',
    callee: /^re\.(?:compile|match|search|sub|findall|fullmatch)$/,
    when: 'source',
  },
];

const php: Sink[] = [
  {
    rule: 'php-shell',
    callee: /^(?:exec|shell_exec|system|passthru|popen|proc_open|pcntl_exec)$/,
    when: 'variable',
  },
  { rule: 'eval', callee: /^(?:eval|assert|create_function)$/, at: [0, 1], when: 'variable' },
  { rule: 'unsafe-deserialisation', callee: /^unserialize$/, when: 'variable', unless: /allowed_classes/ },
  {
    rule: 'path-from-request',
    callee:
      /^(?:file_get_contents|fopen|readfile|unlink|file|file_put_contents|move_uploaded_file|copy|rename|rmdir|mkdir|parse_ini_file|highlight_file|show_source|simplexml_load_file)$/,
    at: [0, 1],
    when: 'source',
  },
  { rule: 'address-from-request', callee: /^curl_init$/, when: 'source', shape: 'host' },
  { rule: 'address-from-request', callee: /^curl_setopt$/, at: [2], when: 'source', given: /CURLOPT_URL/ },
  {
    rule: 'redirect-from-request',
    callee: /^header$/,
    when: 'source',
    given: /location\s*:/i,
    shape: 'redirect',
  },
  { rule: 'redirect-from-request', callee: /^(?:redirect|wp_redirect)$/, when: 'source', shape: 'redirect' },
  {
    rule: 'eval',
    callee: /^(?:call_user_func(?:_array)?|array_map|usort|preg_replace_callback)$/,
    when: 'source',
  },
  { rule: 'html-from-request', callee: /^(?:print_r|printf|vprintf|die|exit)$/, at: [0, 1], when: 'source' },
];

/** The calls that matter in a language. */
export const sinks: Record<Language, Sink[]> = {
  script: [...sql, ...script],
  python: [...sql, ...python],
  php: [...sql, ...php],
};
