import type { Rule } from './rule.js';

const ruby = ['.rb', '.erb', '.rake'];
const java = ['.java', '.kt', '.kts', '.groovy', '.scala'];

/** What a request brings in, in languages that are read line by line. */
const asked = String.raw`(?:r\.(?:URL\.Query\(\)|FormValue|PostFormValue|Header\.Get|URL\.Path)|c\.(?:Query|Param|PostForm)\(|params\[|request\.(?:getParameter|getHeader|getQueryString|params|query_parameters)\b)`;

/** Weaknesses in Go, Java, Ruby, C#, C and Rust: of these no value is followed, so the line has to show all of it. */
export const languageRules: Rule[] = [
  {
    name: 'ruby-sql-interpolated',
    cwe: 'CWE-89',
    type: 'injection',
    severity: 'high',
    pattern:
      /\.(?:where|rewhere|find_by_sql|order|reorder|joins|group|having|pluck|exists\?|delete_all|update_all|execute|exec_query|exec_update|select_all|select_values?|count_by_sql|find_by)[\s(]\s{0,5}["'][^"#]{0,300}#\{(?!\s{0,5}(?:[\w.]{0,60}(?:quote|sanitize|table_name|quoted_)|\w{0,40}\.to_i\b|[A-Z_]{2,60}\}))/,
    extensions: ruby,
    message: 'SQL is built from strings, so a value can change the statement.',
    suggestion: 'Pass values as parameters: where("name = ?", name).',
  },
  {
    name: 'shell-with-value',
    cwe: 'CWE-78',
    type: 'injection',
    severity: 'high',
    pattern:
      /\bexec\.Command(?:Context)?\((?:ctx,)?\s{0,5}"(?:\/bin\/)?(?:ba|z|da)?sh"\s{0,5},\s{0,5}"-l?c"\s{0,5},(?!\s{0,5}"[^"]{0,500}"\s{0,5}\))|\.arg\("-c"\)\s{0,5}\.arg\(\s{0,5}&?(?:format!|\w{1,60}\s{0,5}\))|\bProcess\.Start\(\s{0,5}"[^"]{0,60}(?:cmd|sh|powershell)(?:\.exe)?"\s{0,5},\s{0,5}(?:\$"[^"]{0,300}\{|"[^"]{0,300}"\s{0,5}\+)|(?<![\w.:>])(?:system|popen)\(\s{0,5}[a-z_]\w{0,60}\s{0,5}[,)]|\bgetRuntime\(\)\.exec\(\s{0,5}(?:"[^"]{0,300}"\s{0,5}\+|String\.format\(|\w{1,60}\s{0,5}\+)/,
    extensions: ['.go', '.rs', '.cs', '.c', '.cc', '.cpp', ...java],
    message: 'A command is built from strings, so a value in it can run another one or change what it does.',
    suggestion: 'Start the program itself, with a list of arguments.',
  },
  {
    name: 'ruby-shell',
    cwe: 'CWE-78',
    type: 'injection',
    severity: 'high',
    pattern:
      /(?:(?<![\w.:])(?:Kernel\.)?(?:system|exec|spawn)|\bIO\.popen|\bOpen3\.\w{1,20})[\s(]\s{0,5}"[^"#]{0,300}#\{(?![^}]{0,100}shell_?escape)[^"]{0,300}"\s{0,5}(?:\)|$|\bor\b|\|\|)|(?:=|\bputs|\breturn)\s{0,5}`[^`#]{0,300}#\{(?![^}]{0,100}shell_?escape)|%x[({[][^)}\]#]{0,300}#\{/,
    extensions: ruby,
    message: 'A command runs through a shell, so a value in it can run another command.',
    suggestion: 'Pass each argument by itself: system("convert", path).',
  },
  {
    name: 'address-from-request-in-line',
    cwe: 'CWE-918',
    type: 'injection',
    severity: 'high',
    pattern: new RegExp(
      String.raw`\bhttp\.(?:Get|Head|Post|PostForm)\(\s{0,5}${asked}|\bhttp\.NewRequest(?:WithContext)?\((?:[^,;]{1,60},){1,2}\s{0,5}${asked}|\b(?:URI\.open|Net::HTTP\.\w{1,20}|HTTParty\.\w{1,10}|Faraday\.\w{1,10}|RestClient\.\w{1,10})\((?:URI(?:\.parse)?\()?\s{0,5}${asked}|\bnew\s{1,5}URL\(\s{0,5}${asked}`,
    ),
    extensions: ['.go', ...ruby, ...java],
    message: 'A request decides which server this one calls, so it can reach what only this one can.',
    suggestion: 'Look the host up in a list of those that are allowed.',
  },
  {
    name: 'redirect-from-request-in-line',
    cwe: 'CWE-601',
    type: 'injection',
    severity: 'medium',
    pattern: new RegExp(
      String.raw`\bhttp\.Redirect\(\s{0,5}\w{1,20},\s{0,5}\w{1,20},\s{0,5}${asked}|\bredirect_to[\s(]\s{0,5}${asked}|\.sendRedirect\(\s{0,5}${asked}`,
    ),
    extensions: ['.go', ...ruby, ...java],
    message:
      'A request decides where its sender is redirected to, so a link to this site can lead to another one.',
    suggestion: 'Accept only paths of this site, or hosts of a list.',
  },
  {
    name: 'path-from-request-in-line',
    cwe: 'CWE-22',
    type: 'injection',
    severity: 'high',
    pattern: new RegExp(
      String.raw`\b(?:os\.(?:Open|ReadFile|Create|Remove|OpenFile)|ioutil\.ReadFile|http\.ServeFile|send_file|File\.(?:read|open|delete|write)|IO\.read|new\s{1,5}(?:File|FileInputStream|FileReader)|Paths\.get)[\s(][^;#]{0,100}${asked}(?<!basename\([^;]{0,60})`,
    ),
    extensions: ['.go', ...ruby, ...java],
    message: 'A path comes from the request, so it can lead outside the intended folder.',
    suggestion: 'Resolve it, and check that the result is still below that folder.',
  },
  {
    name: 'code-from-value',
    cwe: 'CWE-95',
    type: 'injection',
    severity: 'high',
    pattern:
      /(?<![\w.])(?:\w{1,40}\.)?(?:eval|instance_eval|class_eval|module_eval)[\s(]\s{0,5}params\b|\.(?:public_)?send\(\s{0,5}params\b|\bparams\[[^\]]{1,40}\](?:\.\w{1,20}){0,2}\.(?:safe_)?constantize\b|\bSpelExpressionParser\(\)\.parseExpression\(\s{0,5}[a-z]\w{0,60}\s{0,5}\)|\bnew\s{1,5}GroovyShell\([^)]{0,60}\)\.(?:evaluate|parse)\(\s{0,5}[a-z]/,
    extensions: [...ruby, ...java],
    message: 'A value decides which code runs.',
    suggestion: 'Look it up in a table of what is allowed.',
  },
  {
    name: 'html-from-value-in-line',
    cwe: 'CWE-79',
    type: 'injection',
    severity: 'medium',
    pattern:
      /"[^"#]{0,300}#\{(?!\s{0,5}(?:h|sanitize|escape\w{0,20}|ERB::Util\.\w{1,20})[\s(])[^"]{0,300}"\.html_safe\b|\btemplate\.(?:HTML|JS|HTMLAttr)\(\s{0,5}(?:[a-z]\w{0,60}\s{0,5}[+)]|fmt\.Sprintf\(|"[^"]{0,300}"\s{0,5}\+)/,
    extensions: ['.go', ...ruby],
    message: 'A value is written as HTML, so it can inject a script.',
    suggestion: 'Let the template escape it, or sanitise it first.',
  },
  {
    name: 'csharp-sql-built',
    cwe: 'CWE-89',
    type: 'injection',
    severity: 'high',
    pattern:
      /\b(?:new\s{1,5}\w{0,20}Command\(|CommandText\s{0,5}=|(?:FromSqlRaw|ExecuteSqlRaw(?:Async)?|SqlQuery|ExecuteSqlCommand)\()\s{0,5}(?:\$@?"[^"{]{0,20}(?:SELECT|INSERT|UPDATE|DELETE|EXEC)\b[^"{]{0,300}\{|@?"[^"]{0,20}(?:SELECT|INSERT|UPDATE|DELETE|EXEC)\b[^"]{0,300}"\s{0,5}\+\s{0,5}[a-z])/i,
    extensions: ['.cs'],
    message: 'SQL is built from strings, so a value can change the statement.',
    suggestion: 'Pass values as parameters of the command.',
  },
  {
    name: 'objects-from-data',
    cwe: 'CWE-502',
    type: 'injection',
    severity: 'high',
    pattern:
      /\b(?:YAML|Psych)\.unsafe_load(?:_file)?\b|\bMarshal\.(?:load|restore)\(\s{0,5}(?!File\.)\w|\bnew\s{1,5}(?:ObjectInputStream|XMLDecoder)\(|\bnew\s{1,5}(?:BinaryFormatter|NetDataContractSerializer|LosFormatter|SoapFormatter)\(/,
    extensions: [...ruby, ...java, '.cs'],
    message: 'Reading this data can run code that its sender wrote.',
    suggestion: 'Use JSON, or YAML.safe_load.',
  },
  {
    name: 'xml-parser-with-entities',
    cwe: 'CWE-611',
    type: 'configuration',
    severity: 'high',
    pattern:
      /\b(?:DocumentBuilderFactory\.newInstance\(\)\.newDocumentBuilder|SAXParserFactory\.newInstance\(\)\.newSAXParser|XMLInputFactory\.new(?:Instance|Factory)\(\)\.createXML\w{5,15}|new\s{1,5}(?:SAXReader|SAXBuilder)\(\)\.(?:read|build))\b|disallow-doctype-decl"\s{0,5},\s{0,5}false|external-(?:general|parameter)-entities"\s{0,5},\s{0,5}true|XmlResolver\s{0,5}=\s{0,5}new\s{1,5}XmlUrlResolver|DtdProcessing\.Parse\b/,
    extensions: [...java, '.cs'],
    message: 'This reads files and addresses that an XML document names.',
    suggestion: 'Set the feature disallow-doctype-decl before the parser is made.',
  },
];
