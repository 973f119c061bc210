"""Helper package of the course: each module is named after one idea.

``__init__.pyi`` lists the names. Each is imported when it is first used, so ``import course_utils`` is quick
and never imports TensorFlow.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
