"""Gather the packages of the lock for other machines than this one: the very files whose checksums it lists."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pooch
from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ..files import keep, require_course_folder
from ..installers import InstallerError, call_installer, read_lock

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


def gather_wheels(
    folder: Path, platforms: list[str], pythons: list[str], lock: Path | None = None, installer: Path | None = None
) -> None:
    """Download the packages of the lock, and the installer, for other machines than this one.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror. They go into ``wheels``, with a list of them in ``requirements.txt``. Who sets up the course takes
        the checksums from the course's own lock.
    platforms : list of str
        Of ``PLATFORMS``.
    pythons : list of str
        Versions of Python, such as ``"3.12"``.
    lock : pathlib.Path, optional
        The packages, with the checksums of their files. Unset, the course's own lock.
    installer : pathlib.Path, optional
        The installer, in the same way. Unset, the course's own.

    Raises
    ------
    RuntimeError
        If a package can't be had, or is none of the files that the lock lists. What was downloaded stays for the next
        try.
    """
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    pins = _read_pins(lock)
    tools = _read_pins(installer or require_course_folder() / "tools" / "installer.txt")
    _drop_damaged(wheels, pins | tools)
    try:
        for platform in platforms:
            for python in pythons:
                print(f"Packages for {platform}, Python {python} ...", flush=True)
                for release in (f"{python}.0", f"{python}.99"):  # some are for later releases of a version only
                    packages = {pin: hashes for pin, hashes in pins.items() if _is_for(pin, platform, release)}
                    _download(wheels, packages | tools, platform, release)
    finally:
        _write_lists(wheels, pins)


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
    held, pins = set(_read_pins(listed) if listed.is_file() else ()), set(_read_pins(lock))
    return {pin for pin in pins if " ; " not in pin} <= held <= pins  # the others are for some machines only


def _read_pins(lock: Path | None) -> dict[str, list[str]]:
    return read_lock((lock or require_course_folder() / "requirements.txt").read_text(encoding="utf-8"))


def _key(pin: str) -> str:
    """A package's name, as wheels spell it, and its version."""
    name, _, version = pin.partition(" ; ")[0].partition("==")
    return f"{canonicalize_name(name)}=={version}"


def _packages_in(wheels: Path) -> dict[Path, str]:
    """The wheels in a folder, and the package that each is of."""
    packages = {}
    for path in sorted(wheels.glob("*.whl")):
        try:
            name, version, *_ = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            print(f"{path.name} is not named as packages are, and is not offered.")
            continue
        packages[path] = f"{name}=={version}"
    return packages


def _drop_damaged(wheels: Path, pins: dict[str, list[str]]) -> None:
    """Remove wheels that are not the files whose checksums the lock lists."""
    known = {_key(pin): hashes for pin, hashes in pins.items()}
    for path, package in _packages_in(wheels).items():
        if package in known and f"sha256:{pooch.file_hash(str(path))}" not in known[package]:
            print(f"{path.name} is damaged. It is downloaded again.")
            path.unlink()


def _write_lists(wheels: Path, pins: Iterable[str]) -> None:
    """Write which packages of the lock are there, and a page that links to all files."""
    held = _packages_in(wheels)
    links = [f'<a href="{quote(path.name)}">{path.name}</a><br>' for path in held]
    files = {"requirements.txt": [pin for pin in pins if _key(pin) in held.values()], "index.html": links}
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


def _download(wheels: Path, packages: dict[str, list[str]], platform: str, release: str) -> None:
    tags = [word for tag in PLATFORMS[platform].tags for word in ("--platform", tag)]
    abi = "cp" + "".join(release.split(".")[:2])
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", *tags]
    command += ["--python-version", release, "--implementation", "cp", "--abi", abi, "--abi", "abi3", "--abi", "none"]
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "packages.txt")  # without markers, which pip would read as for this machine
        lines = [" --hash=".join([pin.partition(" ; ")[0], *hashes]) for pin, hashes in packages.items()]
        listed.write_text("\n".join(lines), encoding="utf-8")
        command += ["--require-hashes", "--requirement", str(listed)]
        try:
            call_installer([*command, "--dest", str(wheels)], say=lambda line: None)
        except InstallerError as error:
            raise RuntimeError(
                f"The packages for {platform}, Python {release} can't be had. What has arrived is kept.\n"
                f"{error.said}\n{error}"
            ) from error
