interface Reason {
  /** The code of an error: from Node, from OpenSSL as Node passes it on, or from undici. */
  code: RegExp;
  why: string;
  advice: string;
}

const checkName = 'Check the name of the registry, and the network';
const tryAgain = 'Check the network, and deploy again';
const trust =
  'If its certificate is right, set NODE_EXTRA_CA_CERTS to the file of its authority; else check the network';

const reasons: readonly Reason[] = [
  { code: /^(ENOTFOUND|EAI_AGAIN)$/, why: 'has no address', advice: checkName },
  { code: /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/, why: 'refuses the connection', advice: checkName },
  { code: /CERT|^(UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO$)/, why: 'is not trusted', advice: trust },
  { code: /TIMEOUT|^ETIMEDOUT$/, why: 'does not answer in time', advice: tryAgain },
];

const brokenOff = { why: 'closed the connection', advice: tryAgain };

/** Why a registry gave no reply, and what to do. @param code of the error, such as `ENOTFOUND`; not every error has one */
export function whyUnreachable({ origin }: URL, code: string | undefined, message: string): string {
  const { why, advice } = reasons.find((reason) => reason.code.test(code ?? '')) ?? brokenOff;
  return `${origin} ${why} (${code ?? message}). ${advice}`;
}
