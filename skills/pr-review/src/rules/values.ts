import { js, python, type Rule } from './rule.js';

const ruby = ['.rb', '.erb', '.rake'];
const java = ['.java', '.kt', '.kts', '.groovy', '.scala'];
const php = ['.php', '.phtml', '.inc'];
const all = [...js, ...python, ...ruby, ...java, ...php, '.go', '.cs', '.rs'];

/** Values that decide more than they should, where one line shows it in any language. */
export const valueRules: Rule[] = [
  {
    name: 'sql-value-in-quotes',
    cwe: 'CWE-89',
    type: 'injection',
    severity: 'high',
    pattern:
      /\b(?:SELECT|WHERE|AND|OR|LIKE|SET|VALUES|HAVING|FROM|select|where|like|values)\b[^\n]{0,120}(?:=|\b[Ll][Ii][Kk][Ee]|<>|\bIN\s?\(|\bin\s?\()\s{0,3}\\?'%?(?:\$\{|%s|%v|\\?'?"\s{0,3}(?:\+|\.)\s{0,3}[\w$(]|#\{|\{\w{0,30}\}|\{\$)/,
    extensions: all,
    message:
      'A value is put between quotes of an SQL statement, so it can end them and change the statement.',
    suggestion: 'Pass it as a parameter of the query.',
  },
  {
    name: 'ldap-filter-built',
    cwe: 'CWE-90',
    type: 'injection',
    severity: 'high',
    pattern:
      /["'`f][^"'`\n]{0,80}\((?:uid|cn|sn|mail|ou|dn|member|memberOf|memberUid|sAMAccountName|userPrincipalName|givenName|objectClass|objectCategory|distinguishedName|entryUUID|name|login)\s{0,2}[~<>]?=\*?(?:["'`]\s{0,3}(?:\+|\.)\s{0,3}[\w$]|\$\{|%s|#\{|\{(?:[a-zA-Z_]\w{0,30})?\}|\{\$|\$\w)(?![^\n]{0,100}(?:escape|EscapeFilter|filter_chars|encodeForLDAP))/i,
    extensions: all,
    message: 'A filter of the directory is built from strings, so a value can match other entries.',
    suggestion: 'Escape the value for filters, or pass it as an argument of the search.',
  },
  {
    name: 'path-prefix-without-separator',
    cwe: 'CWE-22',
    type: 'injection',
    severity: 'medium',
    pattern:
      /\b(?:\w{0,30}(?:path|file|dest|target|resolved|absolute|canonical|full|real|expand|entry)\w{0,30}(?:\([^()]{0,60}(?:\([^()]{0,60}\))?[^()]{0,40}\))?(?:\.\w{1,20}\(\)){0,2}\.(?:startsWith|startswith|start_with\?|starts_with\?|StartsWith)|strings\.HasPrefix|str_starts_with)\(\s{0,3}(?:[\w.$>()-]{0,60}(?:path|file|dest|target|abs)\w{0,30}\s{0,3},\s{0,3})?(?:this\.|self\.|@|\$)?[\w.]{0,30}(?:root|base|dir|directory|folder|outputDir|destination|uploads?|public|prefix)(?:_?(?:path|dir|folder))?(?:\.\w{1,20}\(\))?\s{0,3}\)(?!\.)/i,
    extensions: all,
    message:
      'A folder whose name only begins like the intended one passes this check: /data-other for /data.',
    suggestion: 'Compare with the folder and a separator at its end, or take the relative path.',
  },
  {
    name: 'query-operators-from-request',
    cwe: 'CWE-943',
    type: 'injection',
    severity: 'high',
    pattern:
      /\.(?:find|findOne|findOneAnd\w{4,8}|updateOne|updateMany|deleteOne|deleteMany|remove|count|countDocuments|exists|distinct)\(\s{0,3}(?:\{[^}]{0,200}:\s{0,3})?(?:req|request|ctx\.request|ctx)\.(?:body|query)(?:\.\w{1,40}|\[[^\]]{1,40}\])?\s{0,3}[,)}]/,
    extensions: js,
    message: 'A request can send an object instead of a text, such as {"$ne": ""}, and so match any record.',
    suggestion: 'Make it a text with String(), or use $eq.',
  },
  {
    name: 'option-from-value',
    cwe: 'CWE-88',
    type: 'injection',
    severity: 'medium',
    pattern:
      /["'`](?:git|hg|svn)["'`]\s{0,3},\s{0,3}(?:\[\s{0,3})?["'`](?:clone|fetch|checkout|ls-remote|pull|push|log|diff|rebase|merge|archive|blame|grep|clean|update|identify|cat)["'`](?![^\n]{0,300}["'`](?:--|--end-of-options)["'`])[^\n]{0,200},\s{0,3}[a-zA-Z_$][\w.$]{0,60}\s{0,3}(?:[,)\]]|\.\.\.)/,
    extensions: all,
    message: 'A value that begins with a dash is read as an option, and some options run a command.',
    suggestion: 'Put "--" or "--end-of-options" before it, or refuse values that begin with a dash.',
  },
  {
    name: 'weak-cipher',
    cwe: 'CWE-327',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /\bcreate(?:Cipher|Decipher)\(|\bcreate(?:Cipher|Decipher)iv\(\s{0,3}["'`](?:des|rc4|aes-\d{3}-ecb|bf)|\bCipher\.getInstance\(\s{0,3}"(?:DES|DESede|RC4|ARCFOUR|Blowfish|AES(?:\/ECB[^"]{0,30})?)"|\b(?:DES3?|ARC4|ARC2|Blowfish)\.new\(|\bMODE_ECB\b|\bmodes\.ECB\(|\b(?:des|rc4)\.New\w{0,12}Cipher\(|\bmcrypt_encrypt\(|openssl_encrypt\([^;]{0,100}["'][^"']{0,20}-?ecb["']|\bssl\.PROTOCOL_(?:SSLv[23]|TLSv1(?:_1)?)\b|\bMinVersion\s{0,3}:\s{0,3}tls\.Version(?:SSL30|TLS10|TLS11)\b/i,
    message: 'This cipher or protocol is broken, or shows which blocks are equal.',
    suggestion: 'Use AES-GCM or ChaCha20-Poly1305 with a fresh nonce, and TLS 1.2 or newer.',
  },
  {
    name: 'objects-of-any-class',
    cwe: 'CWE-502',
    type: 'injection',
    severity: 'high',
    pattern:
      /\bnew\s{1,5}Yaml\(\s{0,3}(?:new\s{1,5}Constructor\([^)]{0,60}\)\s{0,3})?\)|\.enableDefaultTyping\(|\bactivateDefaultTyping\([^)]{0,80}(?:LaissezFaire|EVERYTHING)|\bsetAutoTypeSupport\(\s{0,3}true|\bnew\s{1,5}Hessian2?Input\(|\bNoTypePermission\b|\bAnyTypePermission\.ANY\b|\bTypeNameHandling\.(?:All|Auto|Objects)\b|\bjsonpickle\.decode\(|\bOj\.load\([^)]{0,60}mode:\s{0,3}:object/,
    extensions: [...java, ...ruby, ...python, '.cs'],
    message: 'The data decides which class is created, and reading it can run code.',
    suggestion: 'Name the classes that are allowed.',
  },
  {
    name: 'ruby-eval',
    cwe: 'CWE-95',
    type: 'injection',
    severity: 'high',
    pattern:
      /(?<![\w.])(?:eval|instance_eval|class_eval|module_eval)[\s(]\s{0,5}(?:(?!do\b)[a-z_]\w{0,60}\s{0,5}(?:\)|$|,)|["'][^"'#\n]{0,200}#\{)|(?<!\w)(?:public_)?send\(\s{0,3}["'][^"'#]{0,60}#\{\s{0,3}params\b/,
    extensions: ruby,
    message: 'Text is run as code.',
    suggestion: 'Look the behaviour up in a table, or use public_send with names that you list.',
  },
];
