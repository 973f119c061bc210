"""Bring one file from a server that may send anything: no more than the file's size, and within a limited time."""

from __future__ import annotations

import threading
import time
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

if TYPE_CHECKING:
    from tqdm.auto import tqdm

LEAST_RATE = 4_000  # bytes a second: a classroom of thirty that shares one Mbit per second
GRACE = 120  # seconds more for any file, however small: to find the server, and to be answered
MOST_REDIRECTS = 5
PIECE = 1 << 16  # bytes


class TooSlow(requests.Timeout):
    """A server sends, but too slowly to wait for it."""


def download(address: str, size: int, bar: tqdm | None = None) -> bytes:
    """Bring a file whose size is known.

    Parameters
    ----------
    address : str
        Of http or https. A redirect may not lead from https to http, nor to anything else.
    size : int
        How many bytes the file has.
    bar : tqdm.tqdm, optional
        Shows how many have arrived.

    Returns
    -------
    bytes
        As many as ``size``.

    Raises
    ------
    requests.RequestException
        If the server can't be reached, refuses, or sends something of another size; ``TooSlow``, if less than
        ``LEAST_RATE`` arrives. Nothing is written anywhere.
    """
    transfer = _Transfer(address, size)
    # a thread of its own can be left behind wherever it waits: for a name, a handshake, a header, a body
    thread = threading.Thread(target=transfer.run, daemon=True)
    limit = GRACE + size / LEAST_RATE
    end = time.monotonic() + limit
    thread.start()
    try:
        while thread.is_alive() and (left := end - time.monotonic()) > 0:
            thread.join(min(left, 0.1))
            if bar is not None:
                bar.update(len(transfer.arrived) - bar.n)
        if thread.is_alive():
            raise TooSlow(f"{len(transfer.arrived)} of {size} bytes came in {limit:.0f} seconds, and no more is waited")
    finally:
        transfer.given_up = True
    if transfer.error:
        raise transfer.error
    if len(transfer.arrived) != size:
        much = f"more than {size}" if len(transfer.arrived) > size else str(len(transfer.arrived))
        raise requests.RequestException(f"{much} bytes came; expected {size}")
    return bytes(transfer.arrived)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Let it follow none by itself: it would read all that comes with a redirect."""


class _Transfer:
    def __init__(self, address: str, size: int) -> None:
        self.address, self.size = address, size
        self.arrived = bytearray()
        self.error: Exception | None = None
        self.given_up = False

    def run(self) -> None:
        try:
            with _Session() as session:
                self._read(self._ask(session))
        except urllib3.exceptions.ReadTimeoutError as error:
            self.error = requests.ReadTimeout(error)
        except (OSError, ValueError, HTTPException, urllib3.exceptions.HTTPError) as error:
            own = isinstance(error, requests.RequestException)
            self.error = error if own else requests.RequestException(f"the transfer broke off ({error})")

    def _ask(self, session: requests.Session) -> requests.Response:
        """Ask for the file, and go where the answer leads."""
        address = self.address
        for _ in range(MOST_REDIRECTS + 1):
            # packed, a thousandth of what arrives would be enough to fill the memory
            plain = {"Accept-Encoding": "identity"}
            answer = session.get(address, headers=plain, stream=True, allow_redirects=False, timeout=(5, 60))
            if not answer.is_redirect:
                answer.raise_for_status()
                return answer
            answer.close()
            target = urljoin(address, answer.headers["Location"])
            before, behind = urlsplit(address).scheme.lower(), urlsplit(target).scheme.lower()
            if behind not in ("https", before):
                raise requests.RequestException(f"a redirect from {before} to {behind or 'nowhere'} is not followed")
            address = target
        raise requests.TooManyRedirects(f"more than {MOST_REDIRECTS} redirects")

    def _read(self, answer: requests.Response) -> None:
        """Take in as many bytes as there should be, and one more that tells of too many."""
        packed = answer.headers.get("Content-Encoding", "identity")
        if packed.lower() != "identity":
            raise requests.RequestException(f"it was sent packed ({packed}), which was not asked for")
        told = answer.headers.get("Content-Length", "")
        if told.isascii() and told.isdigit() and int(told) != self.size:
            raise requests.RequestException(f"it has {told} bytes there; expected {self.size}")
        while not self.given_up and len(self.arrived) <= self.size:
            # `iter_content` reads the lines between chunks whole, however long they are
            piece = answer.raw.read(min(PIECE, self.size + 1 - len(self.arrived)), decode_content=False)
            if not piece:
                break
            self.arrived += piece
