"""Helper package of the course: each folder is a step of its story, each module one idea (``docs/architecture.md``).

``__init__.pyi`` lists the names. Each is imported when it is first used, so ``import course_utils`` is quick
and never imports TensorFlow.
"""

try:
    import lazy_loader
except ModuleNotFoundError:  # outside the course's environment: `python -m course_utils doctor` says what to do

    def __getattr__(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ModuleNotFoundError(f"course_utils.{name} needs the course's packages, which this Python lacks")
else:
    __getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
