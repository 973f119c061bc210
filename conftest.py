"""Run the tests on the real weights and photos, or, where these can't be had, on the practice set.

On the practice set notebooks must run to the end; their outputs are not compared, since they are those of the real
files. ``COURSE_ASSETS=real`` fails instead, ``COURSE_ASSETS=practice`` takes the practice set anyway. The files are
fetched when the first test needs them.
"""

import os
from functools import cache

import pytest

from course_utils import AssetError, drum_path, find_weights, load_mobilenet
from course_utils.assets.catalog import find_drum, find_pexels
from course_utils.assets.fetch import find_local, registry


@cache
def why_practice() -> str | None:
    """Fetch all files, so that no notebook shows a progress bar; say why the practice set is used, if it is."""
    wish = os.environ.get("COURSE_ASSETS")
    if wish == "practice":
        return "COURSE_ASSETS=practice"
    try:
        find_weights(), find_drum(), find_pexels()
    except AssetError as error:
        if wish == "real":
            pytest.fail(str(error), pytrace=False)
        return str(error).split(" It was looked for here:")[0]
    return None


def pytest_configure(config):
    os.environ.pop("COURSE_PROGRESS", None)  # checks would say that they note something


def is_cell(item):
    """Whether a test is a notebook's cell, run by nbval."""
    return item.path.suffix == ".ipynb"


def pytest_collection_modifyitems(items):
    for item in filter(is_cell, items):
        item.add_marker("notebooks")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if is_cell(item) and why_practice():
        item.options["check"] = False


def pytest_terminal_summary(terminalreporter):
    missing = [name for name in registry() if not find_local(name)]
    asked = os.environ.get("COURSE_ASSETS") == "practice"
    used = f"the practice set, for want of {len(missing)}" if missing else "the real ones"
    terminalreporter.write_line(f"files: {'the practice set, as asked' if asked else used}")


@pytest.fixture(scope="session")
def practice():
    """Why the practice set is used, or None."""
    return why_practice()


@pytest.fixture(scope="session")
def real_files(practice):
    """Skip a test of the real files where they can't be had."""
    if practice:
        pytest.skip(f"needs the real files: {practice}")


@pytest.fixture(scope="session")
def mobilenet(practice):
    return load_mobilenet()


@pytest.fixture(scope="session")
def drum(practice):
    return drum_path()
