import pytest

from course_utils import AssetError, drum_path, load_mobilenet, pexels_folder


@pytest.fixture(scope="session")
def mobilenet():
    """MobileNet, or a skip that says why not."""
    try:
        return load_mobilenet()
    except AssetError as error:
        pytest.skip(f"no source of weights: {str(error).splitlines()[0]}")


def pytest_collection_modifyitems(items):
    """Skip the notebooks where the weights and photos can't be had."""
    notebooks = [item for item in items if item.path.suffix == ".ipynb"]
    if not notebooks:
        return
    try:
        load_mobilenet(), drum_path(), pexels_folder()
    except AssetError as error:
        for item in notebooks:
            item.add_marker(pytest.mark.skip(reason=str(error).splitlines()[0]))
