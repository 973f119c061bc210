"""Gather the packages of the lock for other machines than this one, with checksums that the installer reads."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pooch
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from ..files import keep, require_course_folder
from ..installers import InstallerError, call_installer

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


def gather_wheels(folder: Path, platforms: list[str], pythons: list[str], lock: Path | None = None) -> None:
    """Download the packages of the lock, and the installer, for other machines than this one.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror. They go into ``wheels``, with their checksums in ``requirements.txt``, in
        ``requirements-small.txt`` for the small edition, and in ``installer.txt``.
    platforms : list of str
        Of ``PLATFORMS``.
    pythons : list of str
        Versions of Python, such as ``"3.12"``.
    lock : pathlib.Path, optional
        The packages: a line ``name==version ; marker`` for each. Unset, the course's own lock.

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
        _write_checksums(wheels, pins, _names_of_the_small(lock))


def has_packages(folder: Path, lock: Path | None = None) -> bool:
    """Say whether a mirror has packages, and those of the lock.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror.
    lock : pathlib.Path, optional
        The packages, as for :func:`gather_wheels`.

    Returns
    -------
    bool
        False, too, if its packages are those of an earlier lock.
    """
    listed = folder / "wheels" / "requirements.txt"
    held = {pin.partition(" --hash")[0] for pin in _read_pins(listed)} if listed.is_file() else set()
    pins = set(_read_pins(lock))
    return {pin for pin in pins if " ; " not in pin} <= held <= pins  # the others are for some machines only


def _names_of_the_small(lock: Path | None) -> set[str]:
    """The packages of the small edition, if the lock has one beside it; else all."""
    small = (lock or require_course_folder() / "requirements.txt").with_name("requirements-small.txt")
    return {pin.partition("==")[0] for pin in _read_pins(small if small.is_file() else lock)}


def _read_pins(lock: Path | None) -> list[str]:
    lock = lock or require_course_folder() / "requirements.txt"
    return [line for line in lock.read_text(encoding="utf-8").splitlines() if re.match(r"[a-zA-Z]", line)]


def _drop_damaged(wheels: Path) -> None:
    """Remove wheels that have changed since their checksums were written."""
    known = "".join(path.read_text(encoding="utf-8") for path in wheels.glob("*.txt"))
    for path in wheels.glob("*.whl") if known else []:
        if pooch.file_hash(str(path)) not in known:
            print(f"{path.name} is damaged. It is downloaded again.")
            path.unlink()


def _write_checksums(wheels: Path, pins: list[str], small: set[str]) -> None:
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
    files = {
        "requirements.txt": with_hashes(pins),
        "requirements-small.txt": with_hashes([pin for pin in pins if pin.partition("==")[0] in small]),
        "installer.txt": with_hashes([INSTALLER]),
        "index.html": links,
    }
    for file, lines in files.items():
        keep(wheels / file, partial(Path.write_text, data="\n".join([*lines, ""]), encoding="utf-8"))


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
    try:
        call_installer([*command, "--dest", str(wheels), *packages], say=lambda line: None)
    except InstallerError as error:
        raise RuntimeError(
            f"The packages for {platform}, Python {release} can't be had. What has arrived is kept.\n"
            f"{error.said}\n{error}"
        ) from error
