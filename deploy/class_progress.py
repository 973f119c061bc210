"""Show the class: one row per student, from the instructor's own computer or from a terminal on the hub.

    python deploy/class_progress.py https://hub.example.org [FOLDER]

Needs an administrator's token (the hub's page Token makes one) in JUPYTERHUB_API_TOKEN. What each running server
knows is kept in FOLDER (class-progress), so students who have left stay in the table.
"""

import os
import subprocess
import sys
from pathlib import Path

import requests

PAGE = 200  # users that the hub names at a time
PROGRESS = "course-progress.jsonl"


def students(hub: str, session: requests.Session) -> list[dict]:
    """Ask the hub for all users, page by page."""
    found: list[dict] = []
    while True:
        answer = session.get(f"{hub}/hub/api/users", params={"offset": len(found), "limit": PAGE}, timeout=30)
        answer.raise_for_status()
        found += answer.json()
        if len(answer.json()) < PAGE:
            return found


def collect(hub: str, token: str, folder: Path) -> None:
    """Copy the progress of each student whose server runs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with requests.Session() as session:
        session.headers["Authorization"] = f"token {token}"
        for student in students(hub, session):
            if not student["server"]:
                continue
            address = f"{hub}{student['server']}api/contents/{PROGRESS}"
            answer = session.get(address, params={"type": "file", "format": "text"}, timeout=30)
            if answer.ok:
                (folder / f"{student['name']}.jsonl").write_text(answer.json()["content"], encoding="utf-8")
            elif answer.status_code != 404:  # 404: no exercise tried yet
                print(f"{student['name']}: {answer.status_code} {answer.reason}", file=sys.stderr)


def main() -> None:
    if not 2 <= len(sys.argv) <= 3 or "JUPYTERHUB_API_TOKEN" not in os.environ:
        sys.exit(__doc__)
    folder = Path(sys.argv[2] if len(sys.argv) == 3 else "class-progress")
    try:
        collect(sys.argv[1].rstrip("/"), os.environ["JUPYTERHUB_API_TOKEN"], folder)
    except requests.RequestException as error:
        sys.exit(f"The hub does not answer as it should: {error}")
    sys.exit(subprocess.run([sys.executable, "-m", "course_utils", "progress", str(folder)]).returncode)


if __name__ == "__main__":
    main()
