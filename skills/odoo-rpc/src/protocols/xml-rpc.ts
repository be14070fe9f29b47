import { SkillError } from '@odoobo/skill-kit';
import type { Connection } from '../connection.js';
import { type Fault, faultError, unexpectedAnswer } from '../faults.js';
import { decodeResponse, type XmlRpcFault } from '../xml/decode.js';
import { encodeCall } from '../xml/encode.js';
import type { ServiceCall } from './rpc.js';

/** POST /xmlrpc/2/common and /xmlrpc/2/object: Odoo 8 to 21, deprecated since 19. */
export function xmlRpc(connection: Connection, key: string): ServiceCall {
  return async (service, method, args) => {
    const { url, status, text } = await connection.post(`/xmlrpc/2/${service}`, encodeCall(method, args), {
      'content-type': 'text/xml; charset=utf-8',
    });
    if (status !== 200) throw unexpectedAnswer(url, `answered ${status}`);
    const { fault, value } = decode(url, text);
    if (!fault) return value;
    if (fault.string.includes(none)) throw noneReturned();
    throw faultError(faultOf(fault), key);
  };
}

function decode(url: URL, text: string) {
  try {
    return decodeResponse(text);
  } catch (cause) {
    throw unexpectedAnswer(url, 'returned something that is not XML-RPC', cause);
  }
}

/** What Python says of a result that holds None. Odoo has run the method by then, and kept what it did. */
const none = 'cannot marshal None unless allow_none is enabled';

function noneReturned(): SkillError {
  const message =
    'The method has run, but its result contains None, which XML-RPC cannot transfer. Use jsonrpc or json2.';
  return new SkillError(422, 'result_not_marshallable', message);
}

/** Codes of xmlrpc_handle_exception_int in Odoo's RPC controller. Missing and invalid records are warnings there. */
const classes: Record<number, string> = {
  2: 'odoo.exceptions.UserError',
  3: 'odoo.exceptions.AccessDenied',
  4: 'odoo.exceptions.AccessError',
};

/** For any other code the message is a whole traceback, whose end names the class: `builtins` go without a module. */
function faultOf({ code, string }: XmlRpcFault): Fault {
  const name = classes[code];
  if (name) return { name, message: string };
  const lines = string.trim().split('\n');
  const lastFrame = lines.findLastIndex((line) => line.startsWith('  '));
  const last = lines.slice(lastFrame + 1).join('\n');
  const [, type = '', message = last] = /^([A-Za-z_][\w.]*)(?:: ([^]*))?$/.exec(last) ?? [];
  return { name: type, message };
}
