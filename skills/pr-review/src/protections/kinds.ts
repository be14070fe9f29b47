import { posix } from 'node:path';
import type { Severity } from '../rules/rule.js';

/** Code that keeps a weakness out: a change that takes it away brings the weakness in. */
export interface Protection {
  name: string;
  cwe: string;
  severity: Severity;
  /** The code that protects. Every quantifier is bounded: a diff comes from a stranger. */
  pattern: RegExp;
  /** Only in files with these endings; everywhere when absent. */
  extensions?: string[];
  message: string;
  suggestion: string;
}

const keep = 'Keep it, or show in the change what does the same now.';

/** The first kind that a piece of code belongs to counts, so the special ones come first. */
const protections: Protection[] = [
  {
    name: 'sign-in-check-removed',
    cwe: 'CWE-862',
    severity: 'high',
    pattern:
      /\bauth\s{0,2}=\s{0,2}["']user["']|\bgroups\s{0,2}=\s{0,2}["']|\b\w{0,12}(?:LoginRequired|PermissionRequired|UserPassesTest)\w{0,12}|@require_\w{3,20}|@\w{0,30}(?:login|auth|permission|role|admin|staff|superuser|csrf|secured|preauthorize|rolesallowed)\w{0,30}|#\[(?:IsGranted|Security)|\b(?:before_action|before_filter)\s{1,3}:?\w{0,20}(?:auth|require|check|verify|login|admin|ensure|can)\w{0,30}|\bprotect_from_forgery|\b(?:authori[sz]e|require|ensure|check|has|deny|is|can|assert|verify|validate|enforce)_?(?:\w{0,20}_?)(?:login|logged_?in|auth\w{0,14}|permissions?|privileges?|access\w{0,10}|role|granted|admin|owner\w{0,6}|csrf\w{0,10}|can|rights?|unless_?granted|member|session)[!?]?\s{0,2}\(|\bauthorize[!?]?\s{0,2}[(:@]|\bpermission_classes\b|\bmiddleware\(\s{0,3}["'\[][^)]{0,60}(?:auth|can:|throttle|csrf)|\.(?:hasRole|hasPermission|hasAuthority|isGranted|authenticated|isAdmin|can|cannot|isAllowed|isAuthenticated)\(|\bPerm\.\w{1,20}|\b(?:current_?user|req\.user|request\.user|user)[.?>-]{1,3}(?:is_?\w{1,20}|has_?\w{1,20}|can_?\w{1,20}|role\w{0,3}|admin)\b|\b(?:req|require|reqSign\w{0,4})[A-Z]?\w{0,10}(?:Token|Admin|SignIn|Owner|Writer|Auth\w{0,12})\(|\bcsrf_?(?:token|protect\w{0,5}|field)\b|\bcsrf\b[^;]{0,30}\(|\bif\b[^\n]{0,80}\b(?:not|!)\s{0,2}[\w.]{0,30}(?:admin|logged_?in|authenticated|authori[sz]ed)\b/gi,
    message: 'The change removes a check of who may do this.',
    suggestion: keep,
  },
  {
    name: 'constant-time-comparison-removed',
    cwe: 'CWE-208',
    severity: 'high',
    pattern:
      /\b(?:compare_digest|timingSafeEqual|hash_equals|ConstantTimeCompare|constant_time_compare|secure_compare|fixed_length_secure_compare|safe_str_cmp|MessageDigest\.isEqual|tsscmp|safeCompare|constantTimeEquals?|constant_time_\w{2,10})\b/gi,
    message: 'The change compares a secret in a time that tells how much of it was guessed.',
    suggestion: 'Keep the comparison in constant time.',
  },
  {
    name: 'signature-check-removed',
    cwe: 'CWE-347',
    severity: 'high',
    pattern:
      /\balgorithms?\b["']?\s{0,3}[:=)\].]|\bverify_?(?:signature|token|hash|hmac|sig)\w{0,10}\b|\bjwt\.verify\(|\bverify_signature\b|\bverify["']?\s{0,3}[:=]\s{0,3}(?:true|1)\b|\brejectUnauthorized["']?\s{0,3}:\s{0,3}true\b|\bSigningMethod\w{0,8}\b|\bCERT_REQUIRED\b|\bVERIFY_PEER\b|\bcheck_hostname\s{0,3}=\s{0,3}True\b|\bSSL_VERIFY(?:PEER|HOST)\b|\bssl_?verify\w{0,4}\b|\b[hH]ostnameVerifier\b|\bhmac\b|\bHMAC\b/g,
    message: 'The change removes a check of a signature or certificate.',
    suggestion: keep,
  },
  {
    name: 'strong-random-removed',
    cwe: 'CWE-330',
    severity: 'high',
    pattern:
      /\b(?:SecureRandom|random_bytes|random_int|randomBytes|randomUUID|getRandomValues|secrets\.\w{3,20}|SystemRandom|crypto\/rand|rand\.Reader|openssl_random_pseudo_bytes|token_(?:hex|urlsafe|bytes)|bcrypt|scrypt|argon2\w{0,3}|password_hash|PBKDF2\w{0,20}|session_regenerate_id|regenerate)\b/gi,
    message: 'The change removes what made a value impossible to guess.',
    suggestion: keep,
  },
  {
    name: 'safe-deserialisation-removed',
    cwe: 'CWE-502',
    severity: 'high',
    pattern:
      /\b(?:safe_load(?:_all)?|safeLoad|SafeLoader|CSafeLoader|SafeConstructor|allowed_classes|weights_only\s{0,3}=\s{0,3}True|ValidateObjectInputStream|ValidatingObjectInputStream|ObjectInputFilter|permitted_classes|literal_eval|Safe(?:Un)?pickl\w{1,5}|RestrictedUnpickler|allowTypes\w{0,12}|denyTypes\w{0,12}|setupDefaultSecurity|activateDefaultTyping|safe_yaml|addPermission|resolveClass|acceptClasses|acceptMatchers|is_phar\w{0,4})\b|["'`]phar:/gi,
    message: 'The change removes what limited which objects data can create.',
    suggestion: keep,
  },
  {
    name: 'xml-entities-allowed',
    cwe: 'CWE-611',
    severity: 'high',
    pattern:
      /\bresolve_entities["']?\s{0,3}[=,]\s{0,3}False\b|\bno_network\b|disallow-doctype-decl|\bFEATURE_SECURE_PROCESSING\b|\bexternal-(?:general|parameter)-entities|\bload-external-dtd|\bsetExpandEntityReferences\b|\bsetXIncludeAware\b|\bdefusedxml\b|\bSUPPORT_DTD\b|\bIS_SUPPORTING_EXTERNAL_ENTITIES\b|\bACCESS_EXTERNAL_\w{3,12}|\blibxml_disable_entity_loader|\bLIBXML_NONET\b|\bXmlSafe\w{2,12}|\bSafeXML\w{0,10}|\bDtdProcessing\b|\bforbid_(?:dtd|entities|external)\b|\bsetEntityResolver\b|\bprocessEntities\b/gi,
    message: 'The change lets an XML document name files and addresses that are read.',
    suggestion: keep,
  },
  {
    name: 'prototype-guard-removed',
    cwe: 'CWE-1321',
    severity: 'high',
    pattern:
      /__proto__|\bObject\.create\(\s{0,2}null\b|\bisPrototypePoll?ut\w{0,4}|\bisUnsafe(?:Key|Prop)\w{0,6}|\bhasOwn(?:Property)?\b(?=[.(])|["'`]constructor["'`]|["'`]prototype["'`]|\bpropertyIsEnumerable\b|\ballowPrototypes\s{0,3}:\s{0,3}false/gi,
    message: 'The change lets a key such as __proto__ reach the prototype of all objects.',
    suggestion: keep,
  },
  {
    name: 'shell-quoting-removed',
    cwe: 'CWE-88',
    severity: 'high',
    pattern:
      /\b(?:escapeshellarg|escapeshellcmd|shlex\.quote|pipes\.quote|Shellwords\.\w{4,10}|shellescape|shell_?quote|escapeShell\w{0,4}|shellEscape|execFile(?:Sync)?)\b|--end-of-options|(?<=[\[(,]\s{0,3})["']--["'](?=\s{0,3}[,\])])|(?:HasPrefix|startsWith|startswith|start_with\?|starts_with)\([^()]{0,60}["']-{1,2}["']|\bshell\s{0,3}=\s{0,3}False\b|\bshell\s{0,3}:\s{0,3}false\b/gi,
    message: 'The change lets a value become an option or another command.',
    suggestion: keep,
  },
  {
    name: 'sql-quoting-removed',
    cwe: 'CWE-89',
    severity: 'high',
    pattern:
      /\b(?:\w{0,8}real_escape_string|quote_ident|quote_literal|quoteIdentifier|quote_name|quoteName|quoteInto|escape_?(?:like|string|sql|identifier|literal)\w{0,8}|sqlEscape\w{0,8}|AsIs|bind_?(?:param|value)s?|prepareStatement|PreparedStatement|setParameter|bindParam|bindValue|pexecute|executeParams|sanitize_sql\w{0,10}|wpdb->prepare|esc_sql)\b|\breplace(?:All)?\(\s{0,2}(?:\/'\/g|["']'["'])\s{0,2},\s{0,2}["'](?:''|\\\\?')["']\s{0,2}\)/gi,
    message: 'The change removes what kept a value apart from the SQL statement.',
    suggestion: 'Pass the value as a parameter of the query.',
  },
  {
    name: 'ldap-escape-removed',
    cwe: 'CWE-90',
    severity: 'high',
    pattern:
      /\b(?:escape_filter_chars|ldap_escape|EscapeFilter|encodeForLDAP|filter_format|escape_rdn|escapeLdap\w{0,12})\b/gi,
    message: 'The change lets a value change a filter of the directory.',
    suggestion: keep,
  },
  {
    name: 'redirect-check-removed',
    cwe: 'CWE-601',
    severity: 'high',
    pattern:
      /\b(?:url_has_allowed_host_and_scheme|is_safe_url|is_?safe_?redirect\w{0,6}|isValidRedirect\w{0,6}|validate_?redirect\w{0,6}|LocalRedirect|IsLocalUrl|is_?local_?url|isSameSite|allow_other_host|wp_safe_redirect|wp_validate_redirect|is_?same_?origin|sameOrigin|safe_?redirect\w{0,6}|validatedRedirect\w{0,4})\b|(?:startsWith|startswith|HasPrefix|start_with\?|starts_with)\([^()]{0,60}["'](?:\/\/|\/)["']|\bnetloc\b|(?:startsWith|startswith|HasPrefix|starts_with)\([^()]{0,40}["']https?:/gi,
    message: 'The change removes a check of where a link or redirect leads to.',
    suggestion: keep,
  },
  {
    name: 'address-check-removed',
    cwe: 'CWE-918',
    severity: 'high',
    pattern:
      /\b(?:is_?private\w{0,10}|is_?loopback\w{0,10}|is_?link_?local\w{0,10}|is_?internal\w{0,10}|is_?local_?(?:address|host|network|ip)\w{0,4}|isReserved\w{0,6}|isSiteLocal\w{0,8}|isAnyLocal\w{0,8}|is_?global|is_?public_?(?:ip|address|host)\w{0,4}|IsUnspecified|validate_?(?:url|host|ip|webhook)\w{0,10}|blockPrivate\w{0,8}|CheckRedirect|ErrUseLastResponse|max_?redirects|follow_?redirects?|allow_redirects|followlocation|ssrf\w{0,20}|filter_var)\b|\b(?:169\.254|100\.64|10\.0\.0\.0|127\.0\.0\.[0-9]|192\.168|172\.16)\b|["']fc00|["']fe80|["']file(?:["']|:\/\/)|\bstartsWith\(\s{0,2}["']file/gi,
    message: 'The change removes a check of which addresses this may call.',
    suggestion: keep,
  },
  {
    name: 'path-check-removed',
    cwe: 'CWE-22',
    severity: 'high',
    pattern:
      /\b(?:\w{0,6}path\.(?:Clean|Base|IsLocal|Rel|IsAbs|Abs|EvalSymlinks)|path\.(?:Clean|normalize|basename|resolve|relative|isAbsolute|Base)|basename|secure_filename|realpath|getCanonical(?:Path|File)|toRealPath|isPathInside|safe_join|safeJoin|SecureJoin|pathutil\.\w{3,12}|resolve_?[pP]ath|relative_to|is_relative_to|commonpath|commonprefix|normpath|expand_path|clean_path\w{0,8}|check_?(?:path|directory|dir|zip|traversal)\w{0,16}|\w{0,14}traversal\w{0,14}|sanitize_?(?:path|file_?name|entry)\w{0,6}|canonical\w{0,6}|cleanpath|make_?secure_?path|validate_?(?:path|file|filename|entry)\w{0,8}|is_?symlink|symlink\?|O_NOFOLLOW|lstat|FollowSymlinks?|IsSymlink|ReplaceFileName|toNamespacedPath|OpenRoot|OpenInRoot|normalize\(\)\.startsWith)\b|["'`\/(]\.\.(?:[\\/]{1,4})?["'`\/)]|\\\.\\\.|["']\\(?:0|x00|u0000)["']|["']\\\\["']|\bos\.(?:path\.)?sep\b|\bFile::SEPARATOR|\bPathSeparator\b|\bpath\.sep\b|\bFile\.separator\b|\bDIRECTORY_SEPARATOR\b/gi,
    message: 'The change removes a check of where a path leads to.',
    suggestion: 'Keep it, or check that the resolved path is below the intended folder.',
  },
  {
    name: 'escaping-removed',
    cwe: 'CWE-79',
    severity: 'high',
    pattern:
      /\b(?:htmlspecialchars|htmlentities|html_?escape\w{0,6}|HTMLEscapeString|escape_?html\w{0,8}|escapeXML|escapeAttr\w{0,8}|escape_?(?:js|javascript|markup|attr\w{0,6}|xml|uri)\w{0,6}|encode_?(?:html|uri(?:component)?|for_?html)\w{0,8}|htmlEncode|DOMPurify|sanitize\w{0,20}|sanitise\w{0,20}|bleach\.\w{3,8}|strip_?tags|stripHtml|rcube::(?:Q|JQ|SQ)|html::quote|\w{0,12}xss\w{0,12}|StringEscapeUtils|Encode\.for\w{3,20}|format_html|conditional_escape|Markup\.escape|escapejs|url_?encode|rawurlencode|Strings::\w{0,3}escape\w{0,4}|PathEscape|QueryEscape|encode_www_form\w{0,12}|ENT_QUOTES|nh3\.clean|Jsoup\.clean|html\/template|vbscript|escapeString|escapeRegExp|purify\w{0,8}|purifier\w{0,6}|clean_?html\w{0,4}|allowed_tags|ALLOWED_ATTR\w{0,8}|safe_url|allowed_uri\w{0,3})\b|(?<![\w$>])(?<![\w\])]\.)(?:e|h|esc|esc_\w{3,8}|_e|escape)\(|\.escape\(|\|\s{0,2}(?:e|escape|escapejs|striptags|sanitize\w{0,8}|h|forceescape|force_escape)\b(?=[\s|}(])|\bdata:image\/|svg\+xml|&lt;|&quot;|&#x?\w{2,4};|\bsandbox\w{0,16}\b|\b\w{0,16}_?unsafe_?\w{0,16}["']?\s{0,3}[:=]\s{0,3}(?:true|false)\b|\bautoescape\s{0,3}=\s{0,3}True\b|\{%-?\s{0,3}autoescape\s{1,3}(?:on|true)|\bjavascript:|\^javascript|\)\.text\([^()\n]{1,80}\)\.html\(\)|\bfilter_input\b|\bcontent[-_]?security[-_]?policy\b|\bnosniff\b|\bX-Frame-Options\b/gi,
    message: 'The change removes what kept a value from becoming a script in a page.',
    suggestion: keep,
  },
  {
    name: 'header-check-removed',
    cwe: 'CWE-113',
    severity: 'high',
    pattern:
      /["'`\[(\/](?:\\r(?:\\n)?|\\r\|\\n|\\n\\r|\\u000[ad])["'`\])\/]|\b(?:\w{0,8}safe_header|strip_?(?:crlf|newlines?)|remove_?newlines?|secureHeader|CR_OR_LF\w{0,4}|ValidHeader\w{0,8})\b/gi,
    message: 'The change lets a line break in a value begin another header or line.',
    suggestion: keep,
  },
  {
    name: 'cookie-protection-removed',
    cwe: 'CWE-614',
    severity: 'high',
    pattern:
      /\bhttp_?only["']?\s{0,3}[:=(]\s{0,3}["']?(?:true|1)\b|\bsecure["']?\s{0,3}[:=]\s{0,3}["']?(?:true|1)\b|\bsame_?site\b|\bHttpOnly\b|Strict-Transport-Security|\bSESSION_COOKIE_\w{4,10}|\bsetHttpOnly\(true|\bsetSecure\(true/gi,
    message: 'The change removes what kept a cookie from scripts, other sites or readers on the way.',
    suggestion: keep,
  },
  {
    name: 'limit-removed',
    cwe: 'CWE-770',
    severity: 'medium',
    pattern:
      /\b(?:MaxBytesReader|LimitReader|LimitedReader|io\.CopyN|max_?(?:length|size|bytes|depth|body\w{0,6}|content_?length|entries|parts|fields|entity_size|attempts)|rate_?limit\w{0,10}|RateLimiter|throttle\w{0,8}|MAX_\w{3,30}|recursion_?limit|parameterLimit|arrayLimit|DATA_UPLOAD_MAX\w{0,20})\b/gi,
    message: 'The change removes a limit on what a caller can make this do.',
    suggestion: keep,
  },
  {
    name: 'owner-filter-removed',
    cwe: 'CWE-639',
    severity: 'medium',
    pattern:
      /\b(?:filter|filter_by|where|find_?by|andWhere|scope)\(\s{0,3}[^()]{0,40}\b(?:user|owner|account|tenant|company|author|team|member|creator)\w{0,14}\b/gi,
    message: 'The change no longer limits the records to those of one user.',
    suggestion: keep,
  },
  {
    name: 'allow-list-removed',
    cwe: 'CWE-20',
    severity: 'medium',
    pattern:
      /\b\w{0,24}(?:white_?list|allow_?list|allow_?ed_?|accepted_?|permitted_?|supported_?|black_?list|deny_?list|block_?list|forbidden_?|disallowed_?|safe_?list|dangerous)\w{0,24}\b(?!\s[a-z]+\s)|\bin_array\(|\bin\s{1,2}[(\[{]\s?["']|["']\s?\]\.(?:includes|indexOf|contains|include\?)\(|\[\^[A-Za-z0-9\\]{3}[^\]]{0,30}\]|\b(?:is|check|validate|verify|assert|ensure|enforce)_?(?:valid|safe|secure|trusted|allowed|permitted|legal)\w{0,24}\s{0,2}\(|\b\w{0,16}(?:[vV]alidat(?:e|or)|[sS]aniti[sz]e|[vV]erif(?:y|ied))\w{0,20}\s{0,2}\(|\b\w{0,8}\.?Replace(?:All)?\([^,()\n]{1,40},\s{0,3}["'](?:<|>|\.\.|\\)|\.(?:replace|replaceAll|gsub|tr)\(\s{0,3}(?:\/\[|["']<|["']\\?["']["'])|\bstr_replace\(\s{0,3}\[?\s{0,3}["'](?:\.\.|<|>|;|\*\/|\\\\|\/)|\bpreg_(?:replace|match)\(\s{0,3}["'].{0,3}\[|\bctype_\w{4,7}\(|\bparse(?:Int|Float)\(|\bintval\(|\(int\)|\.permit\(|\battr_(?:accessible|protected)\b|\bisinstance\(|\btypeof\s{1,3}[\w.\[\]]{1,40}\s{0,3}[!=]==?\s{0,3}["'](?:string|number)/gi,
    message: 'The change removes a check of a value that comes from elsewhere.',
    suggestion: keep,
  },
];

/** What limits containers, clouds and workflows, in their own files. */
const settings: Protection[] = [
  {
    name: 'container-limit-removed',
    cwe: 'CWE-250',
    severity: 'medium',
    pattern:
      /\brunAsNonRoot\s{0,3}:\s{0,3}true|\ballowPrivilegeEscalation\s{0,3}:\s{0,3}false|\breadOnlyRootFilesystem\s{0,3}:\s{0,3}true|\bno-new-privileges|\bseccompProfile\b|^\s{0,5}USER\s{1,3}(?!root|0)\w{1,40}/g,
    message: 'The change gives the program in a container more rights.',
    suggestion: keep,
  },
  {
    name: 'cloud-limit-removed',
    cwe: 'CWE-284',
    severity: 'medium',
    pattern:
      /\b(?:block_public_acls|block_public_policy|ignore_public_acls|restrict_public_buckets|storage_encrypted|encrypted|enable_key_rotation|deletion_protection|enforce_ssl|require_ssl|https_only)\s{0,3}=\s{0,3}true\b/g,
    message: 'The change removes what kept data of the cloud from others.',
    suggestion: keep,
  },
  {
    name: 'workflow-limit-removed',
    cwe: 'CWE-829',
    severity: 'medium',
    pattern:
      /\bpersist-credentials\s{0,3}:\s{0,3}["']?false|^\s{0,20}permissions\s{0,3}:|\buses\s{0,3}:\s{0,3}\S{1,100}@[0-9a-f]{40}\b|^\s{0,30}[A-Z][A-Z0-9_]{1,40}\s{0,3}:\s{0,3}["']?\$\{\{\s{0,3}(?:inputs|github\.(?:event|head_ref))[^}]{0,100}\}\}/g,
    message: 'The change lets the workflow, or what it is given, do more.',
    suggestion: keep,
  },
];
const settingsFile = /\.ya?ml$|\.tf$|(?:^|\/)(?:Dockerfile|Containerfile)[\w.-]{0,30}$/;

const code =
  /\.(?:[cm]?[jt]sx?|vue|svelte|pyi?|phtml|php\d?|inc|module|go|java|kt|kts|scala|groovy|rb|erb|rake|cs|rs|html?|twig|tpl|ejs|hbs|j2|jinja2?|jsp|xml|volt|latte|blade|sh)$/i;
const notCode =
  /(?:^|\/)(?:tests?|specs?|__tests__|testing|testdata|fixtures?|examples?_test|docs?|changelogs?|i18n|locales?|lang|languages|benchmarks?|stories|mocks?|e2e|cypress)\/|[._-](?:test|tests|spec|stories|bench|mock)\.|(?:_test\.go|_spec\.rb|Tests?\.(?:java|kt|cs|php)|IT\.java)$|(?:^|\/)(?:test_|conftest)|pom\.xml$|(?:^|\/)phpunit/i;

/** The protections that the code of a file can have; none in tests, and in files that hold no code. */
export function protectionsFor(path: string): Protection[] {
  if (notCode.test(path)) return [];
  if (settingsFile.test(path)) return settings;
  if (!code.test(path)) return [];
  const ending = posix.extname(path).toLowerCase();
  return protections.filter(({ extensions }) => extensions?.includes(ending) ?? true);
}
