"""Show the class: one row per student, from the instructor's own computer or from a terminal on the hub.

    python deploy/class_progress.py https://hub.example.org [FOLDER]

Needs an administrator's token, which the hub's page Token makes. It asks for it, unless JUPYTERHUB_API_TOKEN holds
it, and sends it by https only, or to this machine. What each running server knows is kept in FOLDER (class-progress),
so students who have left stay in the table.
"""

import os
import subprocess
import sys
from functools import partial
from getpass import getpass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from course_utils.files import keep
from course_utils.settings import printable

PAGE = 200  # users that the hub names at a time
PATIENCE = 120  # seconds
PROGRESS = "course-progress.jsonl"


def students(hub: str, session: requests.Session) -> list[dict]:
    """Ask the hub for all users, page by page."""
    found: list[dict] = []
    while True:
        answer = session.get(f"{hub}/hub/api/users", params={"offset": len(found), "limit": PAGE}, timeout=PATIENCE)
        answer.raise_for_status()
        found += answer.json()
        if len(answer.json()) < PAGE:
            return found


def read_progress(hub: str, session: requests.Session, student: dict) -> str | None:
    """Ask a student's server for its notes. None if there are none yet.

    A server belongs to its student, who could read what is sent to it: it gets a token that opens nothing else.
    """
    wish = {"expires_in": 60, "note": "progress", "scopes": [f"access:servers!user={student['name']}"]}
    made = session.post(f"{hub}/hub/api/users/{student['name']}/tokens", json=wish, timeout=PATIENCE)
    made.raise_for_status()
    answer = requests.get(
        f"{hub}{student['server']}api/contents/{PROGRESS}",
        params={"type": "file", "format": "text"},
        headers={"Authorization": f"token {made.json()['token']}"},
        timeout=PATIENCE,
    )
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    return str(answer.json()["content"])


def collect(hub: str, token: str, folder: Path) -> None:
    """Copy the progress of each student whose server runs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with requests.Session() as session:
        session.headers["Authorization"] = f"token {token}"
        for student in students(hub, session):
            if not student.get("server"):
                continue
            try:
                notes = read_progress(hub, session, student)
                if notes is not None:
                    keep(folder / f"{student['name']}.jsonl", partial(Path.write_text, data=notes, encoding="utf-8"))
            except (requests.RequestException, ValueError, KeyError, TypeError, OSError) as error:
                print(printable(f"{student['name']}: {error}"), file=sys.stderr)  # the others are asked all the same


def ask_token() -> str:
    """The token, from the environment or from the one who sits at the terminal."""
    try:
        return os.environ.get("JUPYTERHUB_API_TOKEN") or getpass("The token, from the hub's page Token: ")
    except EOFError:
        return ""


def main() -> None:
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    hub = sys.argv[1].rstrip("/")
    folder = Path(sys.argv[2] if len(sys.argv) == 3 else "class-progress")
    if not hub.startswith("https://") and urlsplit(hub).hostname not in ("127.0.0.1", "::1", "localhost"):
        sys.exit(f"{hub} is not an https address: on the way there anybody could read the token. Give the hub https.")
    token = ask_token()
    if not token:
        sys.exit("Without an administrator's token the hub tells nothing. Its page Token makes one.")
    try:
        collect(hub, token, folder)
    except requests.RequestException as error:
        sys.exit(f"The hub does not answer as it should: {error}")
    sys.exit(subprocess.run([sys.executable, "-m", "course_utils", "progress", str(folder)]).returncode)


if __name__ == "__main__":
    main()
