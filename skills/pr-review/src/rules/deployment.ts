import type { Rule } from './rule.js';

const yaml = ['.yml', '.yaml', '.tpl'];
const terraform = ['.tf', '.tfvars', '.hcl'];

/** What containers, clusters and clouds are allowed, in their own files. */
export const deploymentRules: Rule[] = [
  {
    name: 'container-owns-host',
    cwe: 'CWE-250',
    type: 'configuration',
    severity: 'high',
    pattern:
      /^\s{0,60}(?:-\s{1,3})?(?:privileged|allowPrivilegeEscalation|hostNetwork|hostPID|hostIPC)\s{0,3}:\s{0,3}true\b|^\s{0,60}(?:-\s{1,3})?["']?(?:SYS_ADMIN|SYS_PTRACE|NET_ADMIN|ALL)["']?\s{0,3}$|\/var\/run\/docker\.sock\b|\bprivileged\s{0,3}=\s{0,3}true\b|\b(?:network_mode|pid|ipc|network)\s{0,3}:\s{0,3}["']?host["']?\s{0,3}$/,
    extensions: [...yaml, ...terraform],
    message: 'A process that breaks out of this container has the machine.',
    suggestion: 'Remove it, and add the one capability that is needed.',
  },
  {
    name: 'container-runs-as-root',
    cwe: 'CWE-250',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /^\s{0,60}(?:runAsUser\s{0,3}:\s{0,3}0\b|runAsNonRoot\s{0,3}:\s{0,3}false\b|readOnlyRootFilesystem\s{0,3}:\s{0,3}false\b|user\s{0,3}:\s{0,3}["']?(?:root|0)(?::\w{1,10})?["']?\s{0,3}$)/,
    extensions: yaml,
    message: 'The program in this container runs as root.',
    suggestion: 'Run it as a user of its own: runAsNonRoot: true.',
  },
  {
    name: 'open-to-everyone',
    cwe: 'CWE-284',
    type: 'configuration',
    severity: 'high',
    pattern:
      /\b(?:cidr_blocks|source_ranges|source_addresses|source_address_prefix(?:es)?|ipv6_cidr_blocks|cidr_ipv[46]|CidrIp|public_access_cidrs|authorized_networks|loadBalancerSourceRanges)\b["']?\s{0,3}[=:]\s{0,3}\[?\s{0,3}["']?(?:0\.0\.0\.0\/0|::\/0|\*)|\bacl\s{0,3}=\s{0,3}"public-read(?:-write)?"|\b(?:AccessControl)\s{0,3}:\s{0,3}Public\w{4,10}|\b(?:block_public_acls|block_public_policy|ignore_public_acls|restrict_public_buckets)\s{0,3}=\s{0,3}false|\bpublicly_accessible\s{0,3}=\s{0,3}true|\bmember\s{0,3}=\s{0,3}"all(?:Users|AuthenticatedUsers)"|["']?(?:Principal|Action|Resource)["']?\s{0,3}[:=]\s{0,3}(?:\{\s{0,3}["']?AWS["']?\s{0,3}[:=]\s{0,3})?\[?\s{0,3}["']\*["']|\bpublic_network_access_enabled\s{0,3}=\s{0,3}true|\ballow_blob_public_access\s{0,3}=\s{0,3}true/,
    extensions: [...yaml, ...terraform, '.json'],
    notFiles: /^(?:package|composer|tsconfig|package-lock)[\w.-]{0,20}\.json$/,
    message: 'Everyone on the internet reaches this.',
    suggestion: 'Name the addresses, accounts or actions that need it.',
  },
  {
    name: 'storage-not-encrypted',
    cwe: 'CWE-311',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /\b(?:encrypted|storage_encrypted|encryption_at_rest_enabled|at_rest_encryption_enabled|transit_encryption_enabled|enable_https_traffic_only|https_traffic_only_enabled|StorageEncrypted)\s{0,3}[=:]\s{0,3}false\b/,
    extensions: [...yaml, ...terraform],
    message: 'Data is stored or sent without encryption.',
    suggestion: 'Turn it on.',
  },
  {
    name: 'image-built-as-root',
    cwe: 'CWE-250',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /^\s{0,5}USER\s{1,3}(?:root|0)\b|^\s{0,5}ADD\s{1,3}(?:--\w{1,20}=\S{1,60}\s{1,3}){0,3}https?:\/\/|\bchmod\s{1,3}(?:-R\s{1,3})?(?:0?777|a\+rwx)\b|\b(?:curl|wget)\b[^|\n]{0,200}http:\/\/[^|\n]{0,200}\|\s{0,3}(?:sudo\s{1,3})?(?:ba|z)?sh\b/,
    files: /^(?:Dockerfile|Containerfile)(?:\.\w{1,30})?$|\.[Dd]ockerfile$/,
    message: 'The image runs as root, or trusts files that others can change.',
    suggestion: 'Use a user of its own, and check what is downloaded by its hash.',
  },
];
