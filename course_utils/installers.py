"""Call pip and uv: what of this machine's settings reaches them, and what to do when they fail.

Kept are index, proxy, certificates, time limits and caches, from variables and from the files of both; what stands for
one of the two reaches the other. All else is left out: what is right for other projects breaks this one's set-up. Needs
the standard library only.
"""

from __future__ import annotations

import configparser
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from .files import PACKAGE, can_write, expand
from .settings import NOT_FOR_THE_COURSE, proxy_for, without_credentials

PROJECT = PACKAGE.parent
FOR_PIP = (
    "index-url extra-index-url find-links no-index proxy cert client-cert trusted-host timeout default-timeout retries "
    "cache-dir no-cache-dir keyring-provider"
).split()
FOR_UV = re.compile(
    "UV_(DEFAULT_INDEX|INDEX.*|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|INSECURE_HOST|KEYRING_PROVIDER|OFFLINE|CREDENTIALS_DIR|"
    "NATIVE_TLS|SYSTEM_CERTS|HTTP_.*|HTTPS_PROXY|NO_PROXY|REQUEST_TIMEOUT|UPLOAD_HTTP_TIMEOUT|CONCURRENT_.*|CACHE_DIR|"
    "NO_CACHE|LINK_MODE|LOCK_TIMEOUT|PYTHON_INSTALL_DIR|PYTHON_INSTALL_MIRROR|PYTHON_DOWNLOADS|"
    "PYTHON_DOWNLOADS_JSON_URL|PYTHON_CACHE_DIR|PYTHON_BIN_DIR)"
)
OTHERS = ("PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "SETUPTOOLS_USE_DISTUTILS", "DIST_EXTRA_CONFIG")
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def read_lock(text: str) -> dict[str, list[str]]:
    """Read a list of packages as ``uv pip compile`` writes it.

    Parameters
    ----------
    text : str
        The list.

    Returns
    -------
    dict
        For each package, such as ``"name==version ; marker"``, the checksums of its files, such as ``"sha256:..."``.
    """
    lines = re.sub(r"\s*\\\r?\n\s*", " ", text).splitlines()
    parts = [line.split(" --hash=") for line in lines if re.match("[a-zA-Z]", line)]
    return {pin.strip(): [word.strip() for word in hashes] for pin, *hashes in parts}


# settings ------------------------------------------------------------------------------------------------------------


def installer_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Choose the variables that pip and uv see.

    Parameters
    ----------
    environ : mapping
        The variables, such as ``os.environ``.

    Returns
    -------
    dict
        With what the files of pip and uv say of indexes, proxies and certificates, and without these files.
    """
    pip, uv = _settings_of_pip(environ), _settings_of_uv(environ)
    left = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith(("PIP_", "UV_")) and name not in (*NOT_FOR_THE_COURSE, *OTHERS)
    }
    _hand_over(pip, uv, left)
    for_pip = {"PIP_" + name.upper().replace("-", "_"): value for name, value in pip.items()}
    fixed = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    if not can_write(_cache_of_uv({**environ, **uv})):
        uv["UV_NO_CACHE"] = "1"
        uv.pop("UV_CACHE_DIR", None)
    if sys.platform != "win32" and not can_write(expand(environ.get("XDG_DATA_HOME") or "~/.local/share")):
        uv.setdefault("UV_PYTHON_INSTALL_DIR", str(PROJECT / ".venv-uv" / "python"))
    return {**left, **for_pip, **fixed, **uv, "UV_NO_CONFIG": "1"}


def _cache_of_uv(environ: Mapping[str, str]) -> Path:
    usual = environ.get("LOCALAPPDATA") or "~/AppData/Local" if sys.platform == "win32" else "~/.cache"
    return expand(environ.get("UV_CACHE_DIR") or environ.get("XDG_CACHE_HOME") or usual)


def _hand_over(pip: dict[str, str], uv: dict[str, str], left: dict[str, str]) -> None:
    """Give uv what only pip was told, and pip what only uv was told. What is said to one of them wins there."""
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(uv) and pip.get("index-url"):
        uv["UV_DEFAULT_INDEX"] = pip["index-url"]
    elif not pip.get("index-url") and (index := uv.get("UV_DEFAULT_INDEX") or uv.get("UV_INDEX_URL")):
        pip["index-url"] = _without_name(index)
    if not {"UV_INDEX", "UV_EXTRA_INDEX_URL"} & set(uv) and pip.get("extra-index-url"):
        uv["UV_INDEX"] = pip["extra-index-url"]
        uv.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # as pip does; else the first index that knows a name
    elif not pip.get("extra-index-url") and (more := uv.get("UV_INDEX") or uv.get("UV_EXTRA_INDEX_URL")):
        pip["extra-index-url"] = " ".join(map(_without_name, more.split()))
    if pip.get("find-links"):
        uv.setdefault("UV_FIND_LINKS", ",".join(pip["find-links"].split()))
    if pip.get("trusted-host"):
        uv.setdefault("UV_INSECURE_HOST", pip["trusted-host"])
    elif uv.get("UV_INSECURE_HOST"):
        pip["trusted-host"] = uv["UV_INSECURE_HOST"]
    if _is_on(pip.get("no-index")):
        uv.setdefault("UV_NO_INDEX", "1")
    if pip.get("keyring-provider") == "subprocess":
        uv.setdefault("UV_KEYRING_PROVIDER", "subprocess")
    certificates = pip.get("cert") or left.get("REQUESTS_CA_BUNDLE") or left.get("CURL_CA_BUNDLE") or ""
    if Path(certificates).is_file():  # pip's may be a folder
        left.setdefault("SSL_CERT_FILE", certificates)
    if pip.get("client-cert"):
        left.setdefault("SSL_CLIENT_CERT", pip["client-cert"])
    for name in ("http", "https"):
        proxy = pip.get("proxy") or uv.pop(f"UV_{name.upper()}_PROXY", "")
        if proxy and not {f"{name}_proxy", f"{name.upper()}_PROXY", "ALL_PROXY", "all_proxy"} & set(left):
            left[f"{name.upper()}_PROXY"] = proxy if "://" in proxy else f"http://{proxy}"
    if unproxied := uv.pop("UV_NO_PROXY", ""):
        left.setdefault("NO_PROXY", unproxied)


def _without_name(index: str) -> str:
    """An index's address, of ``name=address``."""
    return re.sub(r"^[\w.-]+=", "", index)


def _is_on(word: object) -> bool:
    return str(word).lower() in ("1", "true", "yes", "on", "y", "t")


def _files_of_pip(environ: Mapping[str, str]) -> list[Path]:
    """Where pip looks for its settings; what comes later counts more."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    user = [expand("~/pip" if sys.platform == "win32" else "~/.pip") / name]
    modern = expand(environ.get("XDG_CONFIG_HOME") or "~/.config") / "pip" / name
    if sys.platform == "win32":
        places = [Path(environ.get("PROGRAMDATA") or "C:/ProgramData") / "pip" / name]
        modern = expand(environ.get("APPDATA") or "~/AppData/Roaming") / "pip" / name
    elif sys.platform == "darwin":
        places = [Path("/Library/Application Support/pip", name)]
        own = expand("~/Library/Application Support/pip")
        modern = own / name if own.is_dir() else expand("~/.config/pip") / name
    else:
        folders = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
        places = [*(Path(folder, "pip", name) for folder in folders), Path("/etc", name)]
    if not (named and expand(named).exists()):
        places += [*user, modern]
    places.append(Path(sys.prefix, name))
    return [*places, expand(named)] if named else places


def _settings_of_pip(environ: Mapping[str, str]) -> dict[str, str]:
    """What pip's files and variables say of the things that are kept."""
    found: dict[str, str] = {}
    for section in ("global", "install", "download"):
        for path in _files_of_pip(environ):
            parser = configparser.RawConfigParser()
            try:
                parser.read_string(path.read_text(encoding="utf-8", errors="replace").lstrip("\ufeff"))
            except (OSError, configparser.Error):
                continue
            if section in parser:
                words = {name.replace("_", "-"): " ".join(value.split()) for name, value in parser[section].items()}
                found |= {name: value for name, value in words.items() if name in FOR_PIP}
    named = {name: environ.get("PIP_" + name.upper().replace("-", "_"), "") for name in FOR_PIP}
    found |= {name: value for name, value in named.items() if value}
    for name in ("cert", "client-cert", "cache-dir"):
        if found.get(name):
            found[name] = str(expand(found[name]))
    return found


def _files_of_uv(environ: Mapping[str, str]) -> list[Path]:
    """Where uv looks for its settings, apart from this project's own; what comes later counts more."""
    if environ.get("UV_CONFIG_FILE"):
        return [expand(environ["UV_CONFIG_FILE"])]
    if _is_on(environ.get("UV_NO_CONFIG")):
        return []
    if sys.platform == "win32":
        system = [Path(environ.get("PROGRAMDATA") or "C:/ProgramData", "uv")]
        user = expand(environ.get("APPDATA") or "~/AppData/Roaming") / "uv"
    else:
        folders = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
        system = [next((Path(one, "uv") for one in folders if Path(one, "uv", "uv.toml").is_file()), Path("/etc/uv"))]
        user = expand(environ.get("XDG_CONFIG_HOME") or "~/.config") / "uv"
    return [folder / "uv.toml" for folder in (*system, user, PROJECT)]


def _settings_of_uv(environ: Mapping[str, str]) -> dict[str, str]:
    """What uv's variables and files say of the things that are kept, as variables. Variables count more."""
    found: dict[str, str] = {}
    for path in _files_of_uv(environ):
        try:
            held = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError):
            continue
        pip = held.get("pip")
        found |= _as_variables({**held, **(pip if isinstance(pip, dict) else {})}, path.parent)
    here = {name.upper(): value for name, value in environ.items() if FOR_UV.fullmatch(name.upper()) and value}
    if {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(here):
        found = {name: value for name, value in found.items() if name not in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")}
    return found | here


def _as_variables(held: Mapping[str, object], folder: Path) -> dict[str, str]:
    """Turn the settings of a ``uv.toml`` into variables; what names a folder is meant from where the file lies."""

    def address(place: object) -> str:
        text = str(place)
        return text if "://" in text or not text else (folder / expand(text)).resolve().as_uri()

    def several(name: str) -> list[str]:
        value = held.get(name)
        return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []

    indexes = held.get("index")
    indexes = [one for one in indexes if isinstance(one, dict)] if isinstance(indexes, list) else []
    indexes = [one for one in indexes if one.get("url") and not one.get("explicit")]
    names = {id(one): f"{one['name']}=" if one.get("name") else "" for one in indexes}
    flat = [one for one in indexes if one.get("format") == "flat"]
    plain = [one for one in indexes if one not in flat]
    default = [names[id(one)] + address(one["url"]) for one in plain if one.get("default")]
    more = [names[id(one)] + address(one["url"]) for one in plain if not one.get("default")]
    found = {
        "UV_DEFAULT_INDEX": next(iter([*default, *map(address, several("index-url"))]), ""),
        "UV_INDEX": " ".join([*more, *map(address, several("extra-index-url"))]),
        "UV_FIND_LINKS": ",".join(map(address, [*several("find-links"), *(str(one["url"]) for one in flat)])),
        "UV_INSECURE_HOST": " ".join(several("allow-insecure-host")),
        "UV_CACHE_DIR": str(folder / expand(str(held["cache-dir"]))) if held.get("cache-dir") else "",
    }
    for name in ("index-strategy", "keyring-provider", "link-mode", "http-proxy", "https-proxy", "python-downloads"):
        found["UV_" + name.upper().replace("-", "_")] = str(held.get(name) or "")
    for name in ("python-install-mirror", "no-proxy"):
        found["UV_" + name.upper().replace("-", "_")] = ",".join(several(name))
    for name in ("no-index", "offline", "native-tls", "system-certs", "no-cache"):
        found["UV_" + name.upper().replace("-", "_")] = "1" if held.get(name) is True else ""
    return {name: value for name, value in found.items() if value}


# failures ------------------------------------------------------------------------------------------------------------


MACHINE = f"{platform.system()} on {platform.machine()} with Python {platform.python_version()}"
OWN = "copy the course's folder to a place of your own"
SMALL = "use Python 3.13, or take the small edition (`python tools/course.py setup small`)"
# what an installer says, in small letters, and what to do before trying again; the first that fits counts
REMEDIES = [
    (
        r"no space left|os error (28|112|122)\b|errno (28|122)|quota exceeded|not enough space|disk is full",
        "Make room on the disk (the course needs 5.5 GB, its small edition 1.5 GB)",
    ),
    (
        r"ensurepip|no module named '?(venv|pip)\b|install the python3(\.\d+)?-venv",
        "Install Python's module venv (on Debian and Ubuntu: sudo apt install python3-venv)",
    ),
    (
        r"hash mismatch|do not match the hashes|hashes? .*(required|mismatch)|require-hashes",
        "A package is not the one that was expected: tell whoever runs your package index if that stays so",
    ),
    (
        r"not yet valid|notvalidyet|certificate (has )?expired|certificate_expired|cert.*: expired",
        "Set this machine's date and time right, or have the package index's certificate renewed if that has expired",
    ),
    (
        r"certificate|unknownissuer|ssl ?error|tls (handshake|error)|ssl: |self.?signed",
        "The package index's certificate is not trusted here: set SSL_CERT_FILE to your company's file of certificates "
        "(.pem), or UV_SYSTEM_CERTS=true to use the system's",
    ),
    (
        r"\b407\b|proxy authentication",
        "The proxy wants a name and a password: write them into {proxy}, as http://NAME:PASSWORD@HOST:PORT",
    ),
    (
        r"proxyerror|proxy error|cannot connect to proxy|tunnel (error|connection)|unsuccessful tunnel|proxy connect|"
        r"(connect|connection|failed|error) (to|with|by|through|via) (the )?proxy|proxy server|invalid proxy|for socks",
        "The proxy can't be used: set {proxy} right, or remove it if this machine needs no proxy",
    ),
    (
        r"\b40[13]\b|unauthori[sz]ed|forbidden|authentication|credentials",
        "The package index refuses access: check the name and the password for it, in its address or in .netrc in your "
        "home",
    ),
    (
        r"network (connectivity )?(is|was) disabled|(is|was) offline|--offline",
        "UV_OFFLINE, or `offline` in uv.toml, forbids uv to use the network: remove it",
    ),
    (
        r"dns error|name resolution|name or service not known|getaddrinfo|lookup address|nodename nor servname|"
        r"no address associated|could not resolve|connection (refused|reset|aborted|closed|error|timed out)|"
        r"connect error|timed? ?out|unreachable|error sending request|newconnectionerror|max retries|"
        r"error (decoding|reading a body)|os error (101|104|110|111|113|1006[015])\b|"
        r"\b5\d\d (server error|bad|service|gateway|internal)",
        "{reach}",
    ),
    (r"read-only file system|os error 30\b|errno 30\b", f"The course's folder can only be read: {OWN}"),
    (
        r"cache.*(denied|not a directory|cannot be created|os error (5|13|20)\b)|failed to initialize cache",
        "Set UV_CACHE_DIR to a folder that you can write to",
    ),
    (
        r"os error (26|32)\b|being used by another process|text file busy",
        "Close JupyterLab and other programs that use the course's folder",
    ),
    (
        r"permission denied|access is denied|operation not permitted|os error (1|5|13)\b|errno 13\b|not permitted",
        f"See that you may write to the course's folder and run programs in it, or {OWN}",
    ),
    (r"os error (36|206)\b|name (is )?too long|path too long", "Move the course's folder to a shorter path"),
    (r"from versions: none", "{reach}; see that the index in your settings holds uv"),
    (
        r"no solution found|no matching distribution|could not find a version|unsatisfiable|no (matching )?wheels?\b|"
        r"wheel for the current platform|not found in the (package registry|provided package locations|cache)|"
        r"no version of|not a supported wheel|requires.python|\b404\b|not found:",
        f"The package index lacks a package for this machine ({MACHINE}): check the index in your settings, or {SMALL}",
    ),
    (
        r"failed to build|build backend|error: command .*(gcc|cc|cl\.exe)|microsoft visual c\+\+",
        f"A package has no build for this machine ({MACHINE}): {SMALL}",
    ),
    (
        r"no interpreter found|querying python|not find (a )?(system |virtual )?python|invalid python",
        "Install Python 3.13 from python.org or your system, and run this with it",
    ),
    (
        r"failed to (extract|unpack|unzip|read metadata)|corrupt|invalid zip|bad crc|unexpected end of file|badzipfile",
        "A package arrived damaged: see that the network is steady",
    ),
    (
        r"glibc|exec format error|bad cpu type|not a valid win32|cannot execute",
        f"The installer has no build for this machine ({MACHINE}): take another machine",
    ),
]
GENERAL = "Mend what the lines above name (`python tools/course.py doctor` looks for more)"


def what_to_do(said: str, environ: Mapping[str, str], code: int = 1) -> str:
    """Choose the one sentence that fits what an installer said when it failed.

    Parameters
    ----------
    said : str
        All that it said.
    environ : mapping
        The variables that it saw: a proxy that is set there is named.
    code : int
        Its exit code: below zero, a signal ended it.

    Returns
    -------
    str
        What to do.
    """
    if code in (-9, 137):
        remedy = "The system ended the installer, most likely for want of memory: close other programs"
    elif code in (-4, 132, 0xC000001D, 0xC000001D - 2**32):
        remedy = f"The installer has no build for this processor ({MACHINE}): take another machine"
    else:
        text = re.sub(r"https?://\S+", "", said.lower())
        remedy = next((remedy for pattern, remedy in REMEDIES if re.search(pattern, text)), GENERAL)
    name = next((name for name in PROXIES if environ.get(name)), "")
    system = proxy_for("https://example.org")
    proxy = f"{name} ({without_credentials(environ[name])})" if name else f"this system's proxy {system}".strip()
    reach = "Check that this machine reaches the internet or your package index (COURSE_MIRROR names a class mirror)"
    if name or system:
        reach = f"Check the network and the proxy, {proxy}: set it right, or remove it if this machine needs none"
    return f"{remedy.format(proxy=proxy, reach=reach)}, and try again."


class InstallerError(RuntimeError):
    """An installer has failed; the message is the one sentence of what to do."""

    def __init__(self, sentence: str, said: str, code: int) -> None:
        super().__init__(sentence)
        self.said, self.code = said, code


def call_installer(
    words: Iterable[object], cwd: Path | None = None, say: Callable[[str], object] | None = None
) -> None:
    """Run pip or uv, shielded from this machine's other settings.

    Parameters
    ----------
    words : iterable
        The command.
    cwd : pathlib.Path, optional
        Where.
    say : callable, optional
        Is given each line that it writes, without passwords. Unset, they go to this process's error stream.

    Raises
    ------
    InstallerError
        If it fails.
    """
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    environ = installer_environment(os.environ)
    command = [str(word) for word in words]
    if command[1:3] == ["pip", "install"] and environ.pop("UV_NO_INDEX", "") and "--no-index" not in command:
        command.append("--no-index")  # for which uv has no variable
    said: list[str] = []
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environ,
            stdout=subprocess.PIPE,  # venv says there why it fails
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise InstallerError(what_to_do(str(error), environ), str(error), 1) from error
    with process:
        for line in process.stdout or ():
            said.append(without_credentials(line.rstrip()))
            say(said[-1])
        code = process.wait()
    if code:
        raise InstallerError(what_to_do("\n".join(said), environ, code), "\n".join(said), code)
