"""Offer the class mirror on the local network: its own files, to many laptops, and to clients that mean no good."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
import time
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from ..files import log_error
from ..settings import printable
from .mirror import fingerprint_of, line_for, list_offer, require_mirror
from .regular import leads_out, open_regular

if TYPE_CHECKING:
    from socket import socket

MOST_CONNECTIONS, MOST_OF_ONE = 1024, 256  # thirty laptops come with up to 50 each, and some rooms share an address
REQUEST_SECONDS = 20  # to send a request, or to stay connected without one
REQUEST_BYTES = 1 << 16
PIECE, PIECE_SECONDS = 1 << 16, 60  # who takes less than a kilobyte a second is not waited for
MOST_LINES = 1000  # in the instructor's terminal
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".py": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".zip": "application/zip",
}


def addresses() -> list[str]:
    """List this machine's addresses in networks that are up.

    Returns
    -------
    list of str
        IPv4 addresses. Those that no other machine reaches, and those that nobody gave, come last.
    """
    import socket

    import psutil

    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [
        address.address
        for name, of in psutil.net_if_addrs().items()
        for address in of
        if name in up and address.family == socket.AF_INET
    ]
    return sorted(found, key=lambda address: (address.startswith("127."), address.startswith("169.254.")))


def part_of(wish: str, size: int) -> range | None:
    """Read which bytes of a file a ``Range`` header asks for.

    Parameters
    ----------
    wish : str
        Such as ``bytes=100-199``, ``bytes=100-`` or ``bytes=-100``, the last hundred.
    size : int
        Of the file.

    Returns
    -------
    range or None
        The bytes; empty, if the file has none of them. None, if the header asks for nothing that is understood: the
        whole file is the answer then.
    """
    found = re.fullmatch(r"bytes=([0-9]{0,30})-([0-9]{0,30})", wish.strip().lower())
    first, last = found.groups() if found else ("", "")
    if not first:
        return range(max(size - int(last), 0), size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


class _Reader(io.RawIOBase):
    """What a client sends, as long as it takes no more time and bytes than it was given."""

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        self._end, self._left = 0.0, 0

    def readable(self) -> bool:
        return True

    def give(self, seconds: float, size: int) -> None:
        self._end, self._left = time.monotonic() + seconds, size

    # the types of Python 3.11 have no name yet for what can be written to
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("no request came")
        self._connection.settimeout(seconds)
        count = self._connection.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise ConnectionAbortedError("a request is too long")
        return count


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    reader: _Reader
    rfile: io.BufferedReader
    close_connection: bool
    path = ""  # of a request that is none

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.reader = _Reader(self.connection)
        self.rfile = io.BufferedReader(self.reader)

    def handle_one_request(self) -> None:
        self.reader.give(REQUEST_SECONDS, REQUEST_BYTES)
        super().handle_one_request()

    def do_GET(self) -> None:
        self.connection.settimeout(PIECE_SECONDS)
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # what comes with a request is not read, and is no request
        file = self.server.find(unquote(re.split("[?#]", self.path)[0]))
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with file:
            part = self._begin(os.fstat(file.fileno()))
            if self.command == "GET":
                self._send(file, part)

    do_HEAD = do_GET

    def _begin(self, found: os.stat_result) -> range:
        """Send the headers; which bytes are to follow them."""
        size, tag = found.st_size, f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
        known = self.headers.get("If-None-Match") == tag
        wish = self.headers.get("Range", "") if self.headers.get("If-Range", tag) == tag else ""
        part = part_of(wish, size) if self.command == "GET" and not known else None
        status = HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT
        if part is not None and not part:
            status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        self.send_response(HTTPStatus.NOT_MODIFIED if known else status)
        if part:
            self.send_header("Content-Range", f"bytes {part.start}-{part.stop - 1}/{size}")
        elif part is not None:
            self.send_header("Content-Range", f"bytes */{size}")
        part = range(size) if part is None else part
        if not known:
            self.send_header("Content-Length", str(len(part)))
            self.send_header("Content-Type", self._type())
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", tag)
        self.end_headers()
        return range(0) if known else part

    def _type(self) -> str:
        name = re.split("[?#]", self.path)[0]
        return TYPES[".html"] if name.endswith("/") else TYPES.get(Path(name).suffix, "application/octet-stream")

    def _send(self, file: BinaryIO, part: range) -> None:
        file.seek(part.start)
        left = len(part)
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:  # the file has become shorter, and what was promised can't be sent
                self.close_connection = True
                return
            self.wfile.write(piece)
            left -= len(piece)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if self.path == "/course.zip":
            self.server.tell(f"{self.address_string()} gets the course.")
        elif code == HTTPStatus.NOT_FOUND and self.path != "/favicon.ico":
            asked = printable(self.path, 200)
            self.server.tell(f"{self.address_string()} asks for {asked}, which is not in this mirror.")

    def log_error(self, format: str, *args: object) -> None:
        pass  # log_request says it


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # thirty laptops come at once, each with many connections

    def __init__(self, address: tuple[str, int], folder: Path) -> None:
        self._folder, self._offer = folder, list_offer(folder)
        self._most = _allow_connections()
        self._inside: dict[object, str] = {}  # the connections, with the client's address
        self._lock = threading.Lock()
        self._told: set[str] = set()
        super().__init__(address, _Handler)

    def find(self, name: str) -> BinaryIO | None:
        """Open a file that the mirror offers, if there is one of this name."""
        path = self._offer.get(name)
        if path is None or leads_out(path, self._folder):
            return None
        try:
            return open_regular(path)
        except OSError:  # it is gone, or something else by now
            return None

    def tell(self, words: str) -> None:
        """Say something in the instructor's terminal, once."""
        with self._lock:
            if words in self._told or len(self._told) > MOST_LINES:
                return
            self._told.add(words)
            last = len(self._told) > MOST_LINES
        print("That was much. What else comes is not shown." if last else words, flush=True)

    def verify_request(self, request: socket | tuple[bytes, socket], client_address: tuple[str, int]) -> bool:
        """Let a client in, unless there are too many, or too many of one machine."""
        address = client_address[0]
        with self._lock:
            if len(self._inside) >= self._most:
                return False
            if Counter(self._inside.values())[address] >= min(MOST_OF_ONE, self._most // 2):
                return False
            self._inside[request] = address
            return True

    def shutdown_request(self, request: socket | tuple[bytes, socket]) -> None:
        with self._lock:
            self._inside.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: tuple[str, int]) -> None:
        error = sys.exception()
        if error and not isinstance(
            error, ConnectionError | TimeoutError
        ):  # that a laptop breaks off is nothing to say
            self.tell(printable(f"{client_address[0]}: {type(error).__name__}: {error}. {log_error(error)}"))


def _allow_connections() -> int:
    """Let this process have as many connections as it wants, with a file for each; how many it can have."""
    try:
        import resource
    except ImportError:  # Windows counts neither
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS + 100
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted:
        soft = wanted if hard == unlimited else min(wanted, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        except (OSError, ValueError):  # macOS has a limit of its own
            soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST_CONNECTIONS if soft == unlimited else max(2, min(MOST_CONNECTIONS, (soft - 100) // 2))


def serve(folder: Path, host: str, port: int) -> None:
    """Offer a mirror's own files on the network until Ctrl-C, and print the line that students type.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror. What else lies in it is not offered.
    host : str
        The address to listen at; empty for all of this machine's.
    port : int
        0 takes one that is free.

    Raises
    ------
    ValueError
        If the folder is no mirror.
    OSError
        If it can't listen there.
    """
    require_mirror(folder)
    try:
        server = _Server((host, port), folder)
    except (OSError, OverflowError) as error:
        raise OSError(
            f"Can't listen at {host or 'this machine'}, port {port}: {error}. Choose another --port."
        ) from error
    with server:
        port = server.server_address[1]
        hosts = [host] if host else addresses()
        fingerprint = fingerprint_of(folder)
        print(f"Serving {folder}. End it with Ctrl-C. Students type this line in a terminal:\n")
        print(f"  {line_for(f'http://{hosts[0]}:{port}', fingerprint)}\n")
        print(
            "(`python3` or `py` where Python is called so.) To copy it, they open the address in a browser, and compare"
        )
        print(f"what they paste with this screen before they press Enter. Its fingerprint is {fingerprint}.")
        if len(hosts) > 1:
            print(f"This machine has other addresses, for other networks: {', '.join(hosts[1:])}")
        print("If no laptop gets through: let Python through the firewall. Guest networks may keep laptops apart.")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Ended.")
