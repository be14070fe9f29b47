import type { DocumentRule, Finding } from './documents.js';

const slip: DocumentRule = {
  name: 'archive-writes-anywhere',
  cwe: 'CWE-22',
  type: 'configuration',
  severity: 'high',
  message: 'Names in the archive can lead outside the folder that it is unpacked into.',
  suggestion: 'Check for each entry that the resolved path is below that folder.',
};
const entities: DocumentRule = {
  name: 'xml-parser-with-entities',
  cwe: 'CWE-611',
  type: 'configuration',
  severity: 'high',
  message: 'This reads files and addresses that an XML document names.',
  suggestion: 'Set the feature disallow-doctype-decl before the parser is made.',
};

/** Paths that are made of the name of an entry: in Go, in Java and Kotlin, in Ruby, in Python. */
const entryPaths =
  /\bfilepath\.Join\([^()\n]{1,80},\s{0,3}(?:f|file|hdr|header|h|entry|zf|zipFile|th|tarHeader)\.(?:Name|Linkname)\s{0,3}\)|\bnew\s{1,5}File\([^()\n]{1,80},\s{0,3}\w{0,20}(?:[eE]ntry|\bze|header)\w{0,10}\.getName\(\)\s{0,3}\)|\.resolve\(\s{0,3}\w{0,20}(?:[eE]ntry|\bze|header)\w{0,10}\.getName\(\)\s{0,3}\)|\bFile\.join\([^()\n]{1,80},\s{0,3}(?:entry|file|f|e)\.(?:name|full_name)\s{0,3}\)|\bos\.path\.join\([^()\n]{1,80},\s{0,3}(?:member|info|entry|zinfo|zipinfo|tarinfo)\.(?:filename|name)\s{0,3}\)/g;
const guard =
  /HasPrefix|filepath\.(?:Rel|IsLocal|Clean)|Contains\([^)]{0,60}"\.\."|startsWith|start_with|startswith|normalize\(|getCanonical|SecureJoin|securejoin|\bfilter\s{0,3}=|expand_path|realpath|commonpath|is_relative_to|\bbasename|contains\("\.\."|sanitize|safe|valid|check/i;

/** As far as the check of an entry stands from its path. */
const near = 500;

/** Entries of archives that are written where their names lead. */
export function archiveFindings(text: string): Finding[] {
  return [...text.matchAll(entryPaths)].flatMap(({ 0: { length }, index }) => {
    const around = text.slice(Math.max(0, index - near / 2), index + near);
    return guard.test(around) ? [] : [{ rule: slip, from: index, to: index + length }];
  });
}

const factories =
  /\b(?:DocumentBuilderFactory|SAXParserFactory|XMLInputFactory|TransformerFactory|SchemaFactory)\.new(?:Instance|Factory|DefaultInstance)\(|\bXMLReaderFactory\.createXMLReader\(|\bnew\s{1,5}(?:SAXReader|SAXBuilder)\(/g;
const restricted =
  /disallow-doctype-decl|FEATURE_SECURE_PROCESSING|external-(?:general|parameter)-entities|setExpandEntityReferences|ACCESS_EXTERNAL|SUPPORT_DTD|IS_SUPPORTING_EXTERNAL|setEntityResolver|XmlSafe|secure/i;

/** Parsers of XML in Java that are used as they come: then they resolve entities. */
export function javaFindings(text: string): Finding[] {
  const parsers = [...text.matchAll(factories)].flatMap(({ 0: { length }, index }) => {
    const around = text.slice(Math.max(0, index - near), index + 2 * near);
    return restricted.test(around) ? [] : [{ rule: entities, from: index, to: index + length }];
  });
  return [...archiveFindings(text), ...parsers];
}
