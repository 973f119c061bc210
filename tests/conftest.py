import re

import pytest

from course_utils import AssetError, drum_path, find_weights, load_mobilenet, pexels_folder

NEEDS_FILES = re.compile("load_mobilenet|build_pretrained_model|drum_path|pexels_folder")


@pytest.fixture(scope="session")
def mobilenet():
    """MobileNet, or a skip that says why not."""
    try:
        return load_mobilenet()
    except AssetError as error:
        pytest.skip(f"no source of weights: {str(error).splitlines()[0]}")


def pytest_collection_modifyitems(items):
    """Skip the notebooks that need weights and photos, where those can't be had."""
    notebooks = {item.path for item in items if item.path.suffix == ".ipynb"}
    needing = {path for path in notebooks if NEEDS_FILES.search(path.read_text(encoding="utf-8"))}
    if not needing:
        return
    try:
        find_weights(), drum_path(), pexels_folder()
    except AssetError as error:
        for item in items:
            if item.path in needing:
                item.add_marker(pytest.mark.skip(reason=str(error).splitlines()[0]))
