import type { Language } from '../code/language.js';
import type { Trust } from './value.js';

/** What a request, a page's address, an archive or a message from elsewhere brings in. */
const sources: Record<Language, RegExp> = {
  script:
    /^(?:this\.)?(?:req|request|ctx|context|event|evt|ctx\.request|context\.req|context\.request)\.(?:query|params|body|headers|cookies|url|originalUrl|files?|hostname|queryStringParameters|pathParameters|json\(\)|formData\(\)|text\(\)|nextUrl)\b|^(?:window\.|document\.)?location\.(?:search|hash|href)|^document\.(?:URL|referrer|cookie)\b|^window\.name\b|(?:^|\.)searchParams\.get\(|^(?:entry|zipEntry)\.(?:path|fileName|entryName)\b|^header\.(?:name|linkname)\b|^new URLSearchParams\(/,
  python:
    /^(?:self\.|flask\.|http\.)?request\.(?:args|form|values|json|get_json|data|files|cookies|headers|GET|POST|FILES|COOKIES|META|body|params|query_params|path_params|query_string|url|path|full_path|httprequest|jsonrequest|stream|get_data|match_info|query|rel_url)\b|^self\.get_(?:query_|body_)?arguments?\(|^(?:raw_)?input\(|^web\.input\(/,
  php: /^\$_(?:GET|POST|REQUEST|COOKIE|FILES|SERVER)\b|^\$(?:this->)?request->(?:get|input|query|post|all|param|cookie|header|getParam|getQuery)\b|^file_get_contents\(['"]php:\/\/input/,
};

/** Whether the code of an expression reads what comes from outside. */
export function isSource(code: string, language: Language): boolean {
  return sources[language].test(code);
}

/** Functions whose result cannot leave its place in a text: numbers, encodings, and those that say they escape. */
const cleaning =
  /^(?:int|float|len|bool|ord|round|abs|parseInt|parseFloat|Number|Boolean|BigInt|encodeURIComponent|encodeURI|intval|floatval|count|strlen|sizeof|md5|sha1|hash|base64_encode|bin2hex|htmlspecialchars|htmlentities|strip_tags|escapeshellarg|escapeshellcmd|addslashes|quote|quote_plus|quote_ident|quoteIdentifier|as_string|hexdigest|digest|uuid4|uuid1|randomUUID|now|getTime|isoformat|toISOString|strftime|time|Identifier|Literal|SQL|Placeholder|basename|secure_filename|getlogin|isinstance|enumerate|range|uniqid|number_format|realpath|prepare|url_for|reverse|resolve_url|csrf_token|get_random_string|token_hex|fileURLToPath|require_resolve|absint|json_encode|wp_kses\w*|esc_\w+)$/;
const cleaningByName =
  /(?:^|[._$])(?:escape|sanit|quote|purify|encode|clean|strip_?tags|validat|bleach|allow|whitelist|safe_join|linkify|normali[sz]e_?(?:name|identifier))|(?:Escape|Sanit|Quote|Encode|Clean|Purif|Validat|Safe)(?:[a-z]+)?$/i;
/** `unescape`, `decode` and `unsafe...` say the contrary. */
const unclean = /un(?:escape|quote|safe|clean)|decode|no_?escape|mark_?safe/i;

/** Whether a function that is called so gives a value that is harmless in any text. */
export function isCleaning(callee: string): boolean {
  const name = /[\w$]+$/.exec(callee)?.[0] ?? '';
  if (unclean.test(name)) return false;
  return cleaning.test(name) || cleaningByName.test(name) || /^DOMPurify\./.test(callee);
}

/** Names that the program gives to what it has itself: constants, tables of a model, marks for parameters. */
const own =
  /^(?:[\w$]+(?:\.|->|::))*[A-Z][A-Z0-9_]*$|^(?:self|cls|this|\$this|model|Model|\w*[mM]odel|\w+\._meta|self\.\w+|this\.\w+)(?:\.|->)(?:_?table(?:_?name)?|_?order|_name|_rec_name|db_table|_schema|schema|prefix)$|(?:^|\.)_(?:table|meta\.\w+|parent_store|order|table_query)$|^\$?(?:\w*placeholders?|qmarks|question_?marks|ph)$|^\$(?:wpdb|this->wpdb|this->db|db)->(?:prefix|\w+)$|^(?:__dirname|__filename|__file__|__name__|process\.(?:cwd\(\)|pid|platform|execPath|argv\[0\])|sys\.executable|os\.(?:sep|getpid\(\)|getcwd\(\)))$|^import\.meta\./;

/** Names that say that their value was made harmless. */
const harmless =
  /^(?:[\w$]+(?:\.|->))*\$?(?:sanitized|escaped|purified|quoted|encoded|safe)(?:_?[A-Z_]\w*)?(?:\.value)?$/;

/** How far a name can be trusted of which no definition is in sight. */
export function trustOfName(code: string, language: Language): Trust {
  if (isSource(code, language)) return 'source';
  return own.test(code) || harmless.test(code) ? 'safe' : 'unknown';
}

/** Methods that give what they were called on, or a part of it. */
export const passing =
  /^(?:trim\w*|strip|lstrip|rstrip|lower|upper|toLowerCase|toUpperCase|toString|slice|substr(?:ing)?|split|rsplit|splitlines|decode|get|getlist|get_list|getAll|pop|read|valueOf|at|shift|title|capitalize|filter|flat|reverse|sort|first|getvalue|input|format_map|padStart|padEnd|normalize|then)$/;

/** Functions that give what they were given, or a text made of it. */
export const passingFunctions =
  /^(?:str|String|repr|list|tuple|dict|set|sorted|unicode|bytes|Buffer\.from|path\.(?:join|resolve|normalize)|posix\.(?:join|resolve)|(?:os\.)?path\.(?:join|abspath|normpath|expanduser)|(?:pathlib\.)?(?:Path|PurePath)|join|resolve|decodeURIComponent|decodeURI|unescape|(?:urllib\.parse\.)?unquote(?:_plus)?|JSON\.(?:parse|stringify)|json\.(?:loads|dumps)|base64\.\w+|b64decode|atob|url\.parse|new URL|urlparse|urljoin|(?:urllib\.parse\.)?(?:urlparse|urljoin)|Object\.(?:assign|keys|values|entries)|Array\.from|util\.format|format|text|sa\.text|sqlalchemy\.text|trim|urldecode|base64_decode|stripslashes|strtolower|strtoupper|implode|rtrim|ltrim|qs\.parse|querystring\.parse|os\.fsencode|Markup|dedent|textwrap\.dedent|_|gettext|shlex\.split)$/;

/** Conditions that compare a value with what is allowed. */
const checking =
  /\b(?:in|instanceof)\b|\.(?:test|includes|has|hasOwnProperty|match|fullmatch|isdigit|isalnum|isnumeric|isidentifier|isalpha|startsWith|startswith|indexOf|is_relative_to|search)\(|\b(?:is_?(?:safe|valid|allowed|integer|nan|number|finite|int|local|private|absolute)\w*|valid\w*|check\w*|verify\w*|preg_match|in_array|ctype_\w+|is_numeric|array_key_exists|allowed\w*|url_has_allowed_host_and_scheme)\(|\b(?:allow|valid|whitelist|permitted)|[!=]==?\s*(?:['"]|\.\.)|typeof\s+[\w.]+\s*[!=]==?\s*['"]number/i;

/** Whether a condition tests a variable against what is allowed. */
export function checksVariable(condition: string, name: string): boolean {
  if (!checking.test(condition)) return false;
  return new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(condition);
}
