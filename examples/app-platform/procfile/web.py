import os
from http.server import BaseHTTPRequestHandler, HTTPServer

last = "nothing"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"hello from procfile, edition 1, and {last}".encode())

    def do_POST(self):
        global last
        last = self.rfile.read(int(self.headers["content-length"])).decode()
        self.send_response(204)
        self.end_headers()


HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
