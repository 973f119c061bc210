"""What tests of several files are given: a browser, and what the trainer shows of their session."""

import pytest
from helpers import BROWSER_OPTIONS, CHROMIUM, NO_BROWSER


@pytest.fixture(scope="module")
def browser():
    """Chromium. It ends with the tests of a file, since with Playwright an event loop runs, which others would meet."""
    if CHROMIUM is None:
        pytest.skip(NO_BROWSER)
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def view(session):
    """The widget of the session that a file gives."""
    from course_utils.trainer.view import TrainerView

    view = TrainerView(session)
    yield view
    view.close()


@pytest.fixture(scope="module")
def untraced():
    """Keras runs step by step. Tracing the network before takes three quarters of the time where few steps follow."""
    tensorflow = pytest.importorskip("tensorflow")
    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)
