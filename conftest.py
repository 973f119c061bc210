"""Skip what needs weights and photos that can't be had. With COURSE_REQUIRE_FILES set, as in CI, stop instead."""

import os

import pytest

from course_utils import AssetError, drum_path, find_weights, load_mobilenet, pexels_folder

NEEDS = {
    find_weights: ("load_mobilenet", "build_pretrained_model", "check_setup"),
    drum_path: ("drum_path", "check_setup"),
    pexels_folder: ("pexels_folder", "check_setup"),
}


def reason_to_skip(find):
    """Why a set of files can't be had, or None."""
    try:
        find()
    except AssetError as error:
        if os.environ.get("COURSE_REQUIRE_FILES"):
            raise pytest.UsageError(str(error)) from None
        return str(error).split(" It was looked for here:")[0]
    return None


@pytest.fixture(scope="session")
def mobilenet():
    """MobileNet, or a skip that says why not."""
    reason = reason_to_skip(find_weights)
    if reason:
        pytest.skip(reason)
    return load_mobilenet()


@pytest.fixture(scope="session")
def drum():
    """The path of the drum photo, or a skip that says why not."""
    reason = reason_to_skip(drum_path)
    if reason:
        pytest.skip(reason)
    return drum_path()


def pytest_collection_modifyitems(items):
    """Skip notebooks that need what is missing. All is fetched here, so that no notebook shows a progress bar."""
    texts = {item.path: item.path.read_text(encoding="utf-8") for item in items if item.path.suffix == ".ipynb"}
    for find, names in NEEDS.items():
        needing = {path for path, text in texts.items() if any(name in text for name in names)}
        reason = reason_to_skip(find) if needing else None
        if reason:
            for item in items:
                if item.path in needing:
                    item.add_marker(pytest.mark.skip(reason=reason))
