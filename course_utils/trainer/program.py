"""The program that does what a session did, with the functions that the notebooks teach (notebook 07)."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from .fitting import ARTICLE, LINEAR, TUNED, Settings

LINEAR_PROGRAM = """\
from course_utils import (
    Trainer, add_labels, fit_known, fit_linear_head, load_network, load_readable, middle_of, save_classifier,
)

trainer = Trainer()
{steps}training, validation = trainer.split(seed={seed}{groups})

network = load_network()
numbers, training = load_readable(training, network, looks=2)
head = fit_linear_head(numbers, add_labels(training.labels, training.classes), seed={seed})
{judge}{known}save_classifier({path!r}, network, head, training.classes{kept})
"""
LINEAR_JUDGE = """\
new_numbers, validation = load_readable(validation, network, looks=2)
right = head.predict(new_numbers).argmax(axis=1) == add_labels(validation.labels, training.classes).argmax(axis=1)
print(f"{right.sum()} of {len(right)} right")
"""
ARTICLE_PROGRAM = """\
from course_utils import (
    Trainer, add_labels, fit_known, load_network, load_readable, middle_of, save_classifier, start_article_head,
    train_article_head,
)

trainer = Trainer()
{steps}training, validation = trainer.split(seed={seed}{groups})

network = load_network()
features, training = load_readable(training, network)
rows = add_labels(training.labels, training.classes)
head = start_article_head(len(training.classes), units={units}, seed={seed})
{judge}train_article_head(head, features, rows, epochs={epochs}, learning_rate={learning_rate:g}{held}, seed={seed})
{known}save_classifier({path!r}, network, head, training.classes{kept})
"""
ARTICLE_JUDGE = """\
new_features, validation = load_readable(validation, network)
new = new_features, add_labels(validation.labels, training.classes)
"""
TUNED_PROGRAM = """\
from course_utils import (
    Trainer, add_labels, build_pretrained_model, fine_tune, fit_known, load_readable, middle_of, save_classifier,
)

trainer = Trainer()
{steps}training, validation = trainer.split(seed={seed}{groups})

pretrained_model = build_pretrained_model()
_, training = load_readable(training, pretrained_model)
rows = add_labels(training.labels, training.classes)
settings = {{"epochs": {epochs}, "learning_rate": {learning_rate:g}, "mirror": {mirror}, "seed": {seed}}}
{judge}tuned = fine_tune(pretrained_model, training.paths, rows{held}, **settings)
{known}save_classifier({path!r}, tuned.network, tuned.head, training.classes{kept})
"""
TUNED_JUDGE = """\
_, validation = load_readable(validation, pretrained_model)
new = validation.paths, add_labels(validation.labels, training.classes)
"""
KNOWN = "known = fit_known(middle_of({seen}), training.labels{groups})\n"
TUNED_KNOWN = "features, _ = load_readable(training, tuned.network)\n"
PROGRAMS = {  # of each head, and what judges it
    LINEAR: (LINEAR_PROGRAM, LINEAR_JUDGE),
    ARTICLE: (ARTICLE_PROGRAM, ARTICLE_JUDGE),
    TUNED: (TUNED_PROGRAM, TUNED_JUDGE),
}


def write_program(
    steps: Iterable[str], settings: Settings, judged: bool, known: bool, path: str, sounds: bool = False
) -> str:
    """Write the program (notebook 07).

    Parameters
    ----------
    steps : iterable of str
        The lines that bring the pictures.
    settings : Settings
        How the head was trained.
    judged : bool
        Whether there are validation pictures.
    known : bool
        Whether there is enough to learn from what is none of these.
    path : str
        Where the program shall save the classifier.
    sounds : bool
        Whether it learns from sounds.
    """
    program, judge = PROGRAMS[settings.head]
    if not known:
        program = program.replace(" fit_known,", "").replace(" middle_of,", "")
    seen, groups = "numbers" if settings.head == LINEAR else "features", settings.groups
    learn = TUNED_KNOWN if settings.head == TUNED else ""
    learn += KNOWN.format(seen=seen, groups=", trainer.group_of(training)" if groups else "")
    facts = {"groups": "" if groups else ", groups=False", "known": learn if known else ""}
    return program.format(
        steps="".join(f"{step}\n" for step in steps),
        judge=judge if judged else "",
        held=", validation=new" if judged else "",
        path=path,
        kept=(", known=known" if known else "") + (", sounds=True" if sounds else ""),
        **settings._asdict() | facts,
    )


def in_a_terminal(path: Path) -> str:
    """Write the command that classifies a picture, for any terminal of this machine (notebook 07).

    Outside of JupyterLab, ``python`` is another one, and the current folder is another, too.

    Parameters
    ----------
    path : pathlib.Path
        The file of the classifier.
    """
    words = [sys.executable or "python", "-m", "course_utils", "classify", os.path.abspath(path), "photo.jpg"]
    return " ".join(map(_quoted_on_windows, words)) if sys.platform == "win32" else shlex.join(words)


def _quoted_on_windows(word: str) -> str:
    """Quote for both of its shells, to which more than a blank means something: ``&``, ``(``, ``;`` and others."""
    return word if re.fullmatch(r"[\w:\\/.+-]+", word) else f'"{word}"'  # no name there holds a quote
