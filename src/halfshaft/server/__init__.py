"""The workbench's first door: a finished study in the browser, on this machine only.

It serves the report and the document of one study folder, fresh at each request, and nothing else: no listing, no other file, no writing,
no other host. The pages are the report's own.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from halfshaft.quantities import InputError

__all__ = ["make_server", "serve_study"]

_FILES = {
    "/": ("report.html", "text/html; charset=utf-8"),
    "/report.html": ("report.html", "text/html; charset=utf-8"),
    "/study.json": ("study.json", "application/json; charset=utf-8"),
}


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server for one study folder on 127.0.0.1; port 0 takes a free one.

    Raises InputError when the folder holds no finished study or the port is taken.
    """
    if not (folder / "report.html").is_file() or not (folder / "study.json").is_file():
        raise InputError.of(folder, "no finished study here", "run `halfshaft study PROGRAMME --out FOLDER` first")

    class Handler(BaseHTTPRequestHandler):
        """Answers for the two files of the study."""

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, *, body: bool) -> None:
            # A page of another site that has its name point here must not read the study.
            host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
            if host not in ("127.0.0.1", "localhost"):
                self.send_error(403)
                return
            found = _FILES.get(self.path.split("?", 1)[0])
            if found is None:
                self.send_error(404)
                return
            name, kind = found
            data = (folder / name).read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a request is no news."""

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise InputError.of(
            "command line", f"port {port} cannot be used: {error}", "choose another", field="--port"
        ) from None


def serve_study(folder: Path, port: int) -> None:
    """Serve until interrupted, and say where."""
    with make_server(folder, port) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}/  (stop with Ctrl-C)", flush=True)
        server.serve_forever()
