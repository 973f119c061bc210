"""Run the tests on the real weights and photos, or, where these can't be had, on the practice set.

On the practice set notebooks must run to the end; their outputs are not compared, since they are those of the real
files. ``COURSE_ASSETS=real`` stops instead, ``COURSE_ASSETS=practice`` takes the practice set anyway.
"""

import os

import pytest

from course_utils import AssetError, drum_path, find_weights, load_mobilenet
from course_utils.assets import find_drum, find_pexels


def why_practice() -> str | None:
    """Why the practice set is used, or None. All files are fetched here, so that no notebook shows a progress bar."""
    wish = os.environ.get("COURSE_ASSETS")
    if wish == "practice":
        return "COURSE_ASSETS=practice"
    try:
        find_weights(), find_drum(), find_pexels()
    except AssetError as error:
        if wish == "real":
            raise pytest.UsageError(str(error)) from None
        return str(error).split(" It was looked for here:")[0]
    return None


PRACTICE = pytest.StashKey[str | None]()


def pytest_configure(config):
    os.environ.pop("COURSE_PROGRESS", None)  # checks would say that they note something
    config.stash[PRACTICE] = why_practice()
    if config.stash[PRACTICE] and config.option.nbval:
        config.option.nbval, config.option.nbval_lax = False, True


def pytest_report_header(config):
    reason = config.stash[PRACTICE]
    return f"files: the practice set ({reason})" if reason else "files: the real ones"


@pytest.fixture(scope="session")
def real_files(request):
    """Skip a test of the real files where they can't be had."""
    if request.config.stash[PRACTICE]:
        pytest.skip(f"needs the real files: {request.config.stash[PRACTICE]}")


@pytest.fixture(scope="session")
def mobilenet():
    return load_mobilenet()


@pytest.fixture(scope="session")
def drum():
    return drum_path()
