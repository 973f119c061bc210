"""Measure what the course needs per student: memory and CPU of an idle server, and of each notebook.

    python deploy/measure.py [--students N] [NOTEBOOK ...]

Prints a table in Markdown. Memory is PSS: what a process has for itself, and its part of what it shares. With several
students, each has a kernel of their own, and all go through the notebook cell by cell: the numbers are of one of them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

from course_utils.files import notebooks

MB = 1_000_000


class Watch(threading.Thread):
    """Follow the memory and CPU of processes and all that they start, until ``stop``.

    Parameters
    ----------
    find : callable
        Returns the processes to follow, each time it is called.
    """

    def __init__(self, find, every: float = 0.25):
        super().__init__(daemon=True)
        self.find, self.every, self.ended = find, every, threading.Event()
        self.now = self.peak = 0
        self._seconds: dict[tuple, float] = {}

    def run(self) -> None:
        while not self.ended.wait(self.every):
            self.sample()

    def sample(self) -> None:
        """Look once."""
        self.now = sum(map(self._look, self.find()))
        self.peak = max(self.peak, self.now)

    def _look(self, process: psutil.Process) -> int:
        try:
            times, memory = process.cpu_times(), process.memory_full_info()
            self._seconds[process.pid, process.create_time()] = times.user + times.system
            return getattr(memory, "pss", memory.uss)  # only Linux knows the first
        except psutil.Error:  # it has ended
            return 0

    @property
    def cpu(self) -> float:
        """CPU seconds used so far."""
        return sum(self._seconds.values())

    def stop(self) -> None:
        self.ended.set()
        self.join()


def with_children(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def measure_server(seconds: float = 15) -> tuple[int, float]:
    """Start JupyterLab's server, leave it alone, and return its memory and the part of a core that it keeps busy."""
    with tempfile.TemporaryDirectory() as home:
        words = [
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            "--port=0",
            f"--notebook-dir={home}",
        ]
        server = subprocess.Popen(
            [sys.executable, *words],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "HOME": home},
        )
        try:
            time.sleep(15)
            watch = Watch(lambda: with_children(server.pid))
            watch.sample()
            before = watch.cpu
            time.sleep(seconds)
            watch.sample()
            return watch.now, (watch.cpu - before) / seconds
        finally:
            server.terminate()
            server.wait()


def measure_notebook(path: Path, students: int = 1) -> tuple[int, int, float, float]:
    """Run a notebook, and return its kernel's memory at the peak and at the end, CPU seconds, and seconds.

    With several students, these are of one of them: what all take, divided.
    """
    import nbformat
    from nbclient import NotebookClient

    watch = Watch(lambda: psutil.Process().children(recursive=True))
    start = time.monotonic()
    with ExitStack() as stack:
        clients = []
        for _ in range(students):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            notebook, where = nbformat.read(path, as_version=4), {"metadata": {"path": folder}}
            clients.append(NotebookClient(notebook, timeout=600, resources=where))
            stack.enter_context(clients[-1].setup_kernel(env={**os.environ, "COURSE_CACHE": folder}))
        watch.start()
        for number in range(len(clients[0].nb.cells)):
            for client in clients:
                client.execute_cell(client.nb.cells[number], number)
        seconds = time.monotonic() - start
        watch.stop()
        watch.sample()
    return watch.peak // students, watch.now // students, watch.cpu / students, seconds / students


def main() -> None:
    words = argparse.ArgumentParser(description="Measure what the course needs per student.")
    words.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    words.add_argument("--students", type=int, default=1, metavar="N", help="how many work at the same time")
    given = words.parse_args()
    print("| | MB at the peak | MB afterwards | CPU seconds | seconds |\n| --- | --- | --- | --- | --- |")
    if given.students == 1:
        memory, busy = measure_server()
        print(f"| server, idle | {memory / MB:.0f} | {memory / MB:.0f} | {busy:.3f} each second | |", flush=True)
    for path in given.notebooks or notebooks():
        peak, after, cpu, seconds = measure_notebook(path, given.students)
        name = f"kernel of {path.stem[:2]}" + (f", each of {given.students}" if given.students > 1 else "")
        print(f"| {name} | {peak / MB:.0f} | {after / MB:.0f} | {cpu:.0f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
