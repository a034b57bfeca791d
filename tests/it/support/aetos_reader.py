"""Aetos before a Prometheus, for a user with the reader role in one project.

Queries pass through the code that Aetos itself runs for such a user: `PromQLRbac.modify_query` of python-observabilityclient. The rest is a
fake: no Keystone, the paths of charts and discovery alone, GET alone. Arguments: the URL of Prometheus, the project. Prints its own URL.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from observabilityclient.rbac import PromQLRbac

UPSTREAM, PROJECT = sys.argv[1:]


class Client:
    """All metric names of all tenants, as modify_query wants them."""

    def label_values(self, label):
        with urllib.request.urlopen(f"{UPSTREAM}/api/v1/label/{label}/values") as answer:
            return json.load(answer)["data"]


RBAC = PromQLRbac(Client(), PROJECT)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        parameters = urllib.parse.parse_qsl(url.query)
        if url.path == "/api/v1/query":
            parameters = [(k, RBAC.modify_query(v) if k == "query" else v) for k, v in parameters]
        elif url.path == "/api/v1/series":
            parameters = [(k, RBAC.modify_query(v) if k == "match[]" else v) for k, v in parameters]
        elif url.path.startswith("/api/v1/label/"):
            parameters.append(("match[]", f"{{project='{PROJECT}'}}"))
        else:
            return self.answer(404, b"not found")
        try:
            with urllib.request.urlopen(f"{UPSTREAM}{url.path}?{urllib.parse.urlencode(parameters)}") as reply:
                self.answer(reply.status, reply.read())
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.read())

    def do_POST(self):
        self.answer(405, b"method not allowed")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
