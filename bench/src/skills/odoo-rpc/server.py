"""Stands in for Odoo: the routes that its clients call, with answers of the usual size and no work behind them.

Prints its port. Odoo itself is a Python program that uses the same two libraries for its protocols.
"""

import json
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INFO = [18, 0, 0, "final", 0, ""]
VERSION = {"server_version": "18.0", "server_version_info": INFO, "server_serie": "18.0", "protocol_version": 1}
LARGE = "A" * 10_000_000
FIELDS = {f"field_{i}": {"type": "char", "name": f"field_{i}"} for i in range(120)}


def run(model, method, args, kwargs):
    if method == "context_get":
        return {"lang": "en_US", "tz": "UTC", "uid": 2}
    if method == "search_read":
        return [{"id": i, "name": f"Partner {i}"} for i in range(1, kwargs.get("limit", 20) + 1)]
    if method == "read":
        return [{"id": 1, "datas": LARGE}]
    if method == "create":
        return [7] if isinstance(args[0], list) else 7
    if method == "fields_get":
        return FIELDS
    return True


def serve(service, method, args):
    if service == "common":
        return VERSION if method == "version" else 2
    if service == "db":
        return ["bench"]
    model, name, *rest = args[3:]
    if method == "execute":
        return run(model, name, rest, {})
    return run(model, name, rest[0] if rest else [], rest[1] if len(rest) > 1 else {})


def web(path, params):
    if "/call_kw" in path:
        return run(params["model"], params["method"], params["args"], params["kwargs"])
    if path.endswith("/version_info"):
        return VERSION
    if path.endswith("/database/list"):
        return ["bench"]
    return {"uid": 2, "user_context": {"lang": "en_US"}, "server_version": "18.0", "username": "admin", "db": "bench"}


class Odoo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise the answer waits for the acknowledgement of its head.
    wbufsize = -1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path.startswith("/xmlrpc/"):
            args, method = xmlrpc.client.loads(body)
            result = serve(self.path.rsplit("/", 1)[1], method, list(args))
            self.answer("text/xml", xmlrpc.client.dumps((result,), methodresponse=True).encode())
            return
        call = json.loads(body)
        params = call["params"]
        if self.path == "/jsonrpc":
            result = serve(params["service"], params["method"], params["args"])
        else:
            result = web(self.path, params)
        self.answer("application/json", json.dumps({"jsonrpc": "2.0", "id": call.get("id"), "result": result}).encode())

    def answer(self, content_type, body):
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        if self.path.endswith("/session/authenticate"):
            self.send_header("set-cookie", "session_id=bench; Path=/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Odoo)
print(server.server_port, flush=True)
server.serve_forever()
