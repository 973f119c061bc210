"""The class mirror: one folder with all that a room of laptops needs, for a USB stick or the local network."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pooch
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from .assets import ROOT, AssetError, copy_all, keep
from .student import write_student_edition

INSTALLER = "uv==0.13.9"
LINUX = [f"manylinux_2_{minor}" for minor in range(28, 4, -1)] + ["manylinux2014", "manylinux2010", "manylinux1"]


class Platform(NamedTuple):
    """What markers see on a kind of machine, and the tags of wheels that run there."""

    sys_platform: str
    os_name: str
    platform_system: str
    platform_machine: str
    tags: list[str]


PLATFORMS = {
    "linux": Platform("linux", "posix", "Linux", "x86_64", [f"{tag}_x86_64" for tag in LINUX]),
    "linux-arm": Platform("linux", "posix", "Linux", "aarch64", [f"{tag}_aarch64" for tag in LINUX]),
    "mac": Platform("darwin", "posix", "Darwin", "arm64", ["macosx_14_0_arm64"]),
    "windows": Platform("win32", "nt", "Windows", "AMD64", ["win_amd64"]),
}


def gather(folder: Path) -> list[str]:
    """Put the files of others, the student edition and a start script into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Is made if it is not there. What is in it and right stays; the student edition is written anew.

    Returns
    -------
    list of str
        The files of others that could not be had.

    Raises
    ------
    AssetError
        If the folder can't be written.
    ValueError
        If it lies inside the course's own.
    """
    if folder.resolve().is_relative_to(ROOT):
        raise ValueError(f"{folder} lies inside the course's own folder. Choose one outside of it.")
    try:
        return _gather(folder)
    except OSError as error:
        raise AssetError(f"Can't write to {folder}: {error}. Make room, or choose another folder.") from error


def _gather(folder: Path) -> list[str]:
    missing = copy_all(folder)
    with tempfile.TemporaryDirectory() as desk:
        course = Path(desk, "transfer-learning-course")
        write_student_edition(course)
        keep(folder / "course.zip", partial(_zip, course))
    start = (ROOT / "tools" / "start.py").read_text(encoding="utf-8")
    checksum = pooch.file_hash(str(folder / "course.zip"))
    start = start.replace('CHECKSUM = ""', f'CHECKSUM = "{checksum}"')
    page = (ROOT / "tools" / "start.html").read_text(encoding="utf-8")
    for name, text in {"start.py": start, "index.html": page}.items():
        keep(folder / name, partial(Path.write_text, data=text, encoding="utf-8"))
    return missing


def _zip(course: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as file:
        for member in sorted(course.rglob("*")):
            file.write(member, member.relative_to(course.parent))


def gather_wheels(
    folder: Path, platforms: list[str], pythons: list[str], lock: Path = ROOT / "requirements.txt"
) -> None:
    """Download the packages of the lock, and the installer, for other machines than this one.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror. They go into ``wheels``, with their checksums in ``requirements.txt`` and ``installer.txt``.
    platforms : list of str
        Of ``PLATFORMS``.
    pythons : list of str
        Versions of Python, such as ``"3.12"``.
    lock : pathlib.Path
        The packages: a line ``name==version ; marker`` for each.

    Raises
    ------
    RuntimeError
        If a package can't be had. What was downloaded stays for the next try.
    """
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    _drop_damaged(wheels)
    pins = _read_pins(lock)
    try:
        for platform in platforms:
            for python in pythons:
                print(f"Packages for {platform}, Python {python} ...", flush=True)
                for release in (f"{python}.0", f"{python}.99"):  # some are for later releases of a version only
                    packages = [pin.partition(" ; ")[0] for pin in pins if _is_for(pin, platform, release)]
                    _download(wheels, [*packages, INSTALLER], platform, release)
    finally:
        _write_checksums(wheels, pins)


def has_packages(folder: Path, lock: Path = ROOT / "requirements.txt") -> bool:
    """Say whether a mirror has packages, and those of the lock.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror.
    lock : pathlib.Path
        The packages.

    Returns
    -------
    bool
        False, too, if its packages are those of an earlier lock.
    """
    listed = folder / "wheels" / "requirements.txt"
    held = {pin.partition(" --hash")[0] for pin in _read_pins(listed)} if listed.is_file() else set()
    pins = set(_read_pins(lock))
    return {pin for pin in pins if " ; " not in pin} <= held <= pins  # the others are for some machines only


def _read_pins(lock: Path) -> list[str]:
    return [line for line in lock.read_text(encoding="utf-8").splitlines() if re.match(r"[a-zA-Z]", line)]


def _drop_damaged(wheels: Path) -> None:
    """Remove wheels that have changed since their checksums were written."""
    known = "".join(path.read_text(encoding="utf-8") for path in wheels.glob("*.txt"))
    for path in wheels.glob("*.whl") if known else []:
        if pooch.file_hash(str(path)) not in known:
            print(f"{path.name} is damaged. It is downloaded again.")
            path.unlink()


def _write_checksums(wheels: Path, pins: list[str]) -> None:
    """Write what the installer reads: the packages with the checksums of their wheels, and a page that lists these."""
    hashes: dict[str, list[str]] = {}
    for path in sorted(wheels.glob("*.whl")):
        name, version, *_ = parse_wheel_filename(path.name)
        hashes.setdefault(f"{name}=={version}", []).append(f"--hash=sha256:{pooch.file_hash(str(path))}")

    def with_hashes(pins: list[str]) -> list[str]:
        packages = {pin: pin.partition(" ; ")[0].partition("==") for pin in pins}
        keys = {pin: f"{canonicalize_name(name)}=={version}" for pin, (name, _, version) in packages.items()}
        return [" ".join([pin, *hashes[key]]) for pin, key in keys.items() if key in hashes]

    links = sorted(f'<a href="{quote(path.name)}">{path.name}</a><br>' for path in wheels.glob("*.whl"))
    files = {"requirements.txt": with_hashes(pins), "installer.txt": with_hashes([INSTALLER]), "index.html": links}
    for name, lines in files.items():
        keep(wheels / name, partial(Path.write_text, data="\n".join([*lines, ""]), encoding="utf-8"))


def _is_for(pin: str, platform: str, release: str) -> bool:
    """Whether a line of the lock concerns machines of this kind."""
    environment = {
        **PLATFORMS[platform]._asdict(),
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "python_version": release.rpartition(".")[0],
        "python_full_version": release,
    }
    marker = Requirement(pin).marker
    return marker is None or marker.evaluate(environment)


def _download(wheels: Path, packages: list[str], platform: str, release: str) -> None:
    tags = [word for tag in PLATFORMS[platform].tags for word in ("--platform", tag)]
    abi = "cp" + "".join(release.split(".")[:2])
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", *tags]
    command += ["--python-version", release, "--implementation", "cp", "--abi", abi, "--abi", "abi3", "--abi", "none"]
    done = subprocess.run([*command, "--dest", str(wheels), *packages], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(
            f"The packages for {platform}, Python {release} can't be had:\n{done.stderr}"
            "Check that this machine reaches a Python package index. What has arrived is kept."
        )


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

    def log_request(self, code="-", size="-"):
        if self.path == "/course.zip":
            print(f"{self.address_string()} gets the course.", flush=True)
        elif code == 404 and self.path != "/favicon.ico":
            print(f"{self.address_string()} asks for {self.path}, which is not in this mirror.", flush=True)

    def log_error(self, format, *args):
        pass  # log_request says it


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # thirty laptops come at once, each with many connections

    def handle_error(self, request, client_address):
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
