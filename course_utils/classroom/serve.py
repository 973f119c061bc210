"""Offer the class mirror on the local network."""

from __future__ import annotations

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socket import socket


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


def line_for(address: str) -> str:
    """Write the one line that students type, in any terminal.

    Parameters
    ----------
    address : str
        The mirror's, as in ``http://192.168.1.5:8000``.

    Returns
    -------
    str
        A call of Python that runs the mirror's ``start.py``.
    """
    return f"python -c \"import urllib.request as u; mirror='{address}'; exec(u.urlopen(mirror+'/start.py').read())\""


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if self.path == "/course.zip":
            print(f"{self.address_string()} gets the course.", flush=True)
        elif code == 404 and self.path != "/favicon.ico":
            print(f"{self.address_string()} asks for {self.path}, which is not in this mirror.", flush=True)

    def log_error(self, format: str, *args: object) -> None:
        pass  # log_request says it


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # thirty laptops come at once, each with many connections

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a laptop that breaks off is nothing to say
            super().handle_error(request, client_address)


def serve(folder: Path, host: str, port: int) -> None:
    """Offer the folder on the network until Ctrl-C, and print the line that students type.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror.
    host : str
        The address to listen at; empty for all of this machine's.
    port : int
        0 takes one that is free.

    Raises
    ------
    OSError
        If it can't listen there.
    """
    try:
        server = _Server((host, port), partial(_Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        raise OSError(
            f"Can't listen at {host or 'this machine'}, port {port}: {error}. Choose another --port."
        ) from error
    with server:
        port = server.server_address[1]
        hosts = [host] if host else addresses()
        print(f"Serving {folder}. End it with Ctrl-C. Students type this line in a terminal:\n")
        print(f"  {line_for(f'http://{hosts[0]}:{port}')}\n")
        print("(`python3` or `py` where Python is called so.) To copy it, they open the address in a browser.")
        if len(hosts) > 1:
            print(f"This machine has other addresses, for other networks: {', '.join(hosts[1:])}")
        print("If no laptop gets through: let Python through the firewall. Guest networks may keep laptops apart.")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Ended.")
