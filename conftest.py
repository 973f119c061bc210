"""Run the tests on the real weights and photos, or, where these can't be had, on the practice set.

On the practice set notebooks must run to the end; their outputs are not compared, since they are those of the real
files. ``COURSE_ASSETS=real`` fails instead, ``COURSE_ASSETS=practice`` takes the practice set anyway. The files are
fetched when the first test needs them.

``COURSE_TESTS_UNTIL``, in seconds since 1970, ends a run in good time: tests that would begin later are skipped, and
the summary says how many, and of which files. No test knows of it, so none passes or fails by the clock.
"""

import os
import time
from functools import cache

import pytest

# Before NumPy comes. The processes that share the tests share the cores, too: there, the threads of one matrix product
# wait for one another, busily, and a product of a millisecond was seen to take 60.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("COURSE_COMPILE", "no")  # environments that tests set up are used once (tools/setup_course.py)

from course_utils import AssetError, build_pretrained_model, drum_path, find_weights, load_mobilenet
from course_utils.assets.catalog import find_digits, find_drum, find_pexels

LATE = {  # files whose tests set up environments of their own, or start a hub or a browser: all else comes before them
    f"test_{name}.py"
    for name in (
        "deploy firefox hub known_browser mirror recorder_lab small trainer_browser trainer_kernel wheel"
    ).split()
}
ANYWHERE = {  # files whose tests need no network: .ci/run does them once, the workflow on the practice weights, too
    f"test_{name}.py"
    for name in (
        "architecture arrivals benchmarks by_hand calibration checks class_progress colors copies curves datasets "
        "escaping features files finetuning fonts formats groups hard_pictures heads heat_view inside instructor "
        "javascript known known_view labels learner_copy marks markup notebooks occluder parts plots progress "
        "recorder renders sanity sets setup site slides small_words sound sound_seeds special_files stranger "
        "student style surroundings tables trainer_bursts trainer_cards trainer_classes trainer_kernel "
        "trainer_messages trainer_view turns unlike"
    ).split()
}
SLOW = {  # files whose tests take more than some ten seconds together: who is in a hurry leaves them out
    f"test_{name}.py"
    for name in (
        "benchmarks check_pictures classifier copies features finetuning formats heat_view inside javascript "
        "known looks machine marks models practice progress recorder sanity site slides small_words "
        "sound_seeds stranger surroundings trainer trainer_messages turns unlike"
    ).split()
}
ALONE = "test_alone.py"  # its tests take minutes in all, and share little
USED = pytest.StashKey[set]()  # a line for each kind of files that this process, or one of its workers, has used
NO_TIME = "no time was left (COURSE_TESTS_UNTIL)"


@cache
def what_is_missing() -> str | None:
    """Fetch all files, so that no notebook shows a progress bar; say why they can't be had, if so."""
    try:
        find_weights(), find_drum(), find_pexels(), find_digits()
    except AssetError as error:
        return str(error)
    return None


def why_practice(config) -> str | None:
    """Say why the practice set is used, if it is."""
    wish = os.environ.get("COURSE_ASSETS")
    if wish == "practice":
        why = "COURSE_ASSETS=practice"
    elif (why := what_is_missing()) and wish == "real":
        config.stash[USED].add("the real ones, some of which can't be had")
        pytest.fail(why, pytrace=False)
    elif why:
        why = why.split(" It was looked for here:")[0]
    config.stash[USED].add(f"the practice set ({why})" if why else "the real ones")
    return why


def pytest_configure(config):
    config.stash[USED] = set()
    os.environ.pop("COURSE_PROGRESS", None)  # checks would say that they note something


def is_cell(item):
    """Whether a test is a notebook's cell, run by nbval."""
    return item.path.suffix == ".ipynb"


def pytest_collection_modifyitems(items):
    for item in items:
        if is_cell(item):
            item.add_marker("notebooks")
        if item.path.name in ANYWHERE:
            item.add_marker("anywhere")
        if item.path.name in SLOW:
            item.add_marker("slow")
    place = {path: number for number, path in enumerate(in_order({item.path for item in items}))}
    items.sort(key=lambda item: place[item.path])


def in_order(paths):
    """Spread the notebooks among the files of quick tests; what sets up environments or starts browsers comes last, and
    what takes longest first, so that no process waits for another in the end.

    Where there is no time for all (COURSE_TESTS_UNTIL), most kinds of tests have run by then, and every notebook's turn
    comes early.
    """
    books = sorted(path for path in paths if path.suffix == ".ipynb")
    quick = sorted(path for path in paths.difference(books) if path.name not in {ALONE, *LATE})
    late = sorted(path for path in paths if path.name in LATE)
    spread = [path for path in paths if path.name == ALONE]
    while books or quick:
        spread += quick[:3] + books[:1]
        del quick[:3], books[:1]
    return spread + late


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if time.time() > float(os.environ.get("COURSE_TESTS_UNTIL", "inf")):
        pytest.skip(NO_TIME)
    if is_cell(item) and why_practice(item.config):
        item.options["check"] = False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give the tests of a file to one process, as with ``--dist=loadfile``; but of ``ALONE``, each to any."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return nodeid if ALONE in nodeid else super()._split_scope(nodeid)

    return Scheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over what a worker of pytest-xdist has used."""
    node.config.stash[USED].update(getattr(node, "workeroutput", {}).get("files", ()))


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["files"] = sorted(session.config.stash[USED])


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.write_line(f"files: {'; '.join(sorted(config.stash[USED])) or 'none were needed'}")
    skipped = terminalreporter.stats.get("skipped", ())
    if left_out := [report for report in skipped if NO_TIME in str(report.longrepr)]:
        files = sorted({report.nodeid.split("::")[0] for report in left_out})
        terminalreporter.write_line(f"left out, since no time was left: {len(left_out)} tests, of {', '.join(files)}")


@pytest.fixture(scope="session")
def practice(pytestconfig):
    """Why the practice set is used, or None."""
    return why_practice(pytestconfig)


@pytest.fixture(scope="session")
def real_files(practice):
    """Skip a test of the real files where they can't be had."""
    if practice:
        pytest.skip(f"needs the real files: {practice}")


@pytest.fixture(scope="session")
def mobilenet(practice):
    return load_mobilenet()


@pytest.fixture(scope="session")
def pretrained_model(practice):
    """MobileNet without its head."""
    return build_pretrained_model()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the test's own."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def drum(practice):
    return drum_path()
