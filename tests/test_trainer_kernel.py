"""The trainer and its kernel: interrupted while it trains, and what the page says when it is gone."""

import subprocess
import sys
import urllib.request

import nbformat
import pytest
from helpers import (
    CHROMIUM,
    LATE_WIDGETS,
    NO_BROWSER,
    PATIENCE,
    free_ports,
    make_pictures,
    says,
    wait_for_answer,
    wait_until,
)
from jupyter_client import KernelManager
from nbformat.v4 import new_code_cell, new_notebook

BEGIN = """
import course_utils as cu
from course_utils.trainer.view import TrainerView
trainer = cu.Trainer()
trainer.add({folder!r})
view = TrainerView(trainer)
view.training.head.value = "as in the article"
view.training.epochs.text.value = "10000"
view.training.train()
"""
LOOK = """
import asyncio, signal
seen = []
asyncio.get_running_loop().call_soon(lambda: seen.append(signal.getsignal(signal.SIGINT)))
"""


@pytest.fixture
def kernel():
    manager = KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def ask(client, expression, code=""):
    """What an expression is worth in the kernel, after some code."""
    # the kernel hears interrupts in the way of a message until it says that it is idle, after its reply
    reply = client.execute_interactive(
        code, user_expressions={"answer": expression}, timeout=PATIENCE, output_hook=lambda message: None
    )
    assert reply["content"]["status"] == "ok", reply["content"]
    return reply["content"]["user_expressions"]["answer"]["data"]["text/plain"]


def handler(client):
    """What the kernel does about an interrupt while it is idle."""
    ask(client, "0", LOOK)
    wait_for_answer("1", lambda: ask(client, "len(seen)"))
    return ask(client, "seen[0]")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal reaches no process of its own there")
def test_an_interrupt_stops_training_beside_the_notebook(kernel, tmp_path):
    manager, client = kernel
    before = handler(client)
    ask(client, "0", BEGIN.format(folder=str(make_pictures(tmp_path / "pets", red=6, blue=6))))
    wait_until(lambda: ask(client, "'epochs, ' in view.training.meter.says.value") == "True")
    assert handler(client) != before
    manager.interrupt_kernel()
    wait_until(lambda: ask(client, "bool(trainer.results and trainer.results.stopped)") == "True")
    ask(client, "0", "view.jobs.wait()")
    assert "Stopped; the best of" in ask(client, "view.training.says.value")
    wait_for_answer(before, lambda: handler(client))  # all is as it was
    manager.interrupt_kernel()
    assert ask(client, "1 + 1") == "2", "and harmless"


# in JupyterLab


def answers(address):
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        return answer.status == 200


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a notebook with a trainer."""
    cells = [new_code_cell("from course_utils import Trainer\ntrainer = Trainer()\ntrainer")]
    kind = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kind}), tmp_path / "trainer.ipynb")
    (port,) = free_ports()
    words = ["--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token="]
    words += [f"--ServerApp.root_dir={tmp_path}", "--LabApp.news_url=None", f"--LabApp.workspaces_dir={tmp_path}/w"]
    log = tmp_path / "lab.log"
    with open(log, "w") as file:
        server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *words], stdout=file, stderr=file)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/api"), server, log)
        yield f"http://127.0.0.1:{port}/lab/tree/trainer.ipynb"
    finally:
        server.terminate()
        server.wait(PATIENCE)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
def test_the_page_says_that_the_kernel_is_gone(browser, lab):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE * 1000)
    page.add_init_script(LATE_WIDGETS)
    page.goto(lab)
    for menu, item, words in [
        ("Kernel", "Restart Kernel…", "The kernel was restarted, and with it this trainer"),
        ("Kernel", "Shut Down Kernel", "The kernel was shut down"),
    ]:
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.click('text="Run" >> nth=0')
        page.click('text="Run All Cells"')
        page.locator(".trainer-gone:not(.trainer-error)").wait_for(state="attached")
        page.locator(".trainer .dropzone-target").first.wait_for()
        page.click(f'text="{menu}" >> nth=0')
        page.click(f'.lm-Menu-itemLabel:text-is("{item}")')
        if item.startswith("Restart"):
            page.click(".jp-Dialog .jp-mod-accept")
        gone = page.locator(".trainer-gone.trainer-error")
        says(gone, words, "Run its cell again", "my-pictures beside the notebook")
        page.locator('.trainer button[title="Save"]').click()
        page.wait_for_function(
            "() => { const box = document.querySelector('.trainer-gone').getBoundingClientRect();"
            " return box.top >= 0 && box.bottom <= innerHeight; }"
        )
    page.close()
