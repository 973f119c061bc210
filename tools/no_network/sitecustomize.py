"""Cut this Python and all that it starts off from the network, this machine itself excepted.

Python imports this file by itself when its folder is on ``PYTHONPATH``.
"""

import ipaddress
import socket

_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def _is_here(host) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def _refuse(address) -> None:
    if isinstance(address, tuple) and not _is_here(address[0]):
        raise OSError(101, f"The network is cut: no way to {address[0]}")


def connect(self, address):
    _refuse(address)
    return _connect(self, address)


def connect_ex(self, address):
    _refuse(address)
    return _connect_ex(self, address)


def getaddrinfo(host, *rest, **options):
    if not _is_here(host):
        raise socket.gaierror(socket.EAI_NONAME, f"The network is cut: no way to {host}")
    return _getaddrinfo(host, *rest, **options)


socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, getaddrinfo
