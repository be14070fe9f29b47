"""Offers an Odoo that speaks JSON-RPC over XML-RPC, marshalled by the library that Odoo itself uses, as its controller does.

Usage: xml-rpc-bridge.fixture.py <URL of /jsonrpc>. Prints its port.
"""

import json
import sys
import urllib.request
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, HTTPServer

CODES = {"UserError": 2, "MissingError": 2, "ValidationError": 2, "AccessDenied": 3, "AccessError": 4}


def fault(name, message):
    code = CODES.get(name.split(".")[-1], 1)
    if code > 1:
        return xmlrpc.client.Fault(code, message)
    trace = f'Traceback (most recent call last):\n  File "/odoo/http.py", line 1, in secret\n    raise it\n{name}: {message}\n'
    return xmlrpc.client.Fault(1, trace)


class Bridge(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = self.dispatch(self.path.rsplit("/", 1)[1], body).encode()
        self.send_response(200)
        self.send_header("content-type", "text/xml")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def dispatch(self, service, body):
        args, method = xmlrpc.client.loads(body)
        call = {"jsonrpc": "2.0", "id": 1, "params": {"service": service, "method": method, "args": args}}
        request = urllib.request.Request(sys.argv[1], json.dumps(call).encode())
        with urllib.request.urlopen(request, timeout=10) as response:
            answer = json.load(response)
        if "error" in answer:
            data = answer["error"]["data"]
            return xmlrpc.client.dumps(fault(data["name"], data["message"]), allow_none=None)
        try:
            return xmlrpc.client.dumps((answer["result"],), methodresponse=True, allow_none=False)
        except TypeError as error:
            return xmlrpc.client.dumps(fault("TypeError", str(error)), allow_none=None)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Bridge)
print(server.server_port, flush=True)
server.serve_forever()
