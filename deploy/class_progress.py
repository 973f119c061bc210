"""Show the class: one row per student, from the instructor's own computer or from a terminal on the hub.

    python deploy/class_progress.py https://hub.example.org [FOLDER]

Needs an administrator's token (the hub's page Token makes one) in JUPYTERHUB_API_TOKEN. What each running server
knows is kept in FOLDER (class-progress), so students who have left stay in the table.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import requests

from course_utils.files import keep

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
                print(f"{student['name']}: {error}", file=sys.stderr)  # the others are asked all the same


def main() -> None:
    if not 2 <= len(sys.argv) <= 3 or not os.environ.get("JUPYTERHUB_API_TOKEN"):
        sys.exit(__doc__)
    folder = Path(sys.argv[2] if len(sys.argv) == 3 else "class-progress")
    try:
        collect(sys.argv[1].rstrip("/"), os.environ["JUPYTERHUB_API_TOKEN"], folder)
    except requests.RequestException as error:
        sys.exit(f"The hub does not answer as it should: {error}")
    sys.exit(subprocess.run([sys.executable, "-m", "course_utils", "progress", str(folder)]).returncode)


if __name__ == "__main__":
    main()
