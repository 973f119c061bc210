"""What training gave, in words for a terminal or as JSON for a program."""

from __future__ import annotations

import json
from pathlib import Path

from ..export.formats import megabytes
from ..learning.curves import LearningCurve
from ..learning.evaluation import Mistake, Results
from ..learning.known import NONE_OF_THESE
from ..pictures.groups import noun_for
from ..pictures.shown import shown
from ..report import Report, some
from .fitting import ARTICLE, LINEAR, TUNED
from .program import in_a_terminal

MANY_CLASSES, WORST = 30, 15  # as plot_confusion has it: of so many classes, so many confusions are told
NAMED = 3  # of many classes
HEADS = {LINEAR: "A linear head", ARTICLE: "The article's head", TUNED: "MobileNet fine-tuned, with a linear head"}


def as_text(
    results: Results,
    report: Report,
    saved: Path | None,
    curve: LearningCurve | str | None = None,
    explained: str = "",
) -> str:
    """Write how many were right, the confusion matrix, each class's share, each mistake, and what was noticed.

    Of 30 classes or more, whose matrix can't be read, the 15 most frequent confusions and the 15 lowest shares.

    Parameters
    ----------
    results : Results
        From ``Session.train``.
    report : Report
        What was noticed about the pictures.
    saved : pathlib.Path, optional
        Where the classifier was saved.
    curve : LearningCurve or str, optional
        What ``Session.learning_curve`` gave, or why there is none.
    explained : str
        What the tool does differently that opens the file, if that is not the course.
    """
    classes = some(results.classes, NAMED if len(results.classes) >= MANY_CLASSES else len(results.classes))
    parts = [f"Classes: {classes}. {HEADS[results.head]}, {results.seconds:.1f} s.", f"{results}"]
    if results.validation.paths:
        parts += ["", *_table(results), *_refused(results)]
    if results.mistakes:
        parts += ["", "Mistakes:", *(f"  {_in_words(mistake)}" for mistake in results.mistakes)]
    if curve:
        parts += ["", "Would more pictures help?", *(f"  {line}" for line in str(curve).splitlines())]
    if report:
        parts += ["", "Noticed:", *(f"  {line}" for line in str(report).splitlines())]
    if saved:
        size, line = f"Saved to {saved}, {megabytes(saved):.1f} MB.", in_a_terminal(saved)
        shell = " (in PowerShell with & and a blank before it)" if line.startswith('"') else ""
        command = [f"{size} This says what is on a picture{shell}:", "", f"  {line}"]
        parts += ["", *([f"{size} {explained}"] if explained else command)]
    return "\n".join(parts)


def as_json(results: Results, report: Report, saved: Path | None, curve: LearningCurve | str | None = None) -> str:
    """Write the same as JSON. Paths and numbers are plain; what is not known is null."""
    return json.dumps(
        {
            "classes": list(results.classes),
            "head": results.head,
            "validation": len(results.validation.paths),
            "right": results.right,
            "accuracy": results.accuracy,
            "interval": results.interval,
            "commonest": results.commonest,
            "baseline": results.baseline,
            "by_class": {name: {"right": right, "of": of} for name, (right, of) in results.by_class.items()},
            "groups": [[str(path) for path in group] for group in results.groups],
            "tries": results.tries,
            "shared": results.shared,
            "others": dict(results.others),
            "none_of_these": [str(path) for path in results.refused] if results.known else None,
            "confusion": results.confusion.tolist(),
            "mistakes": [mistake._asdict() | {"path": str(mistake.path)} for mistake in results.mistakes],
            "noticed": [finding._asdict() | {"paths": list(map(str, finding.paths))} for finding in report],
            "seconds": round(results.seconds, 2),
            "saved": str(saved) if saved else None,
        }
        | ({"curve": _curve(curve)} if curve else {}),
        indent=1,
        ensure_ascii=False,
    )


def _curve(curve: LearningCurve | str) -> dict[str, object]:
    if isinstance(curve, str):
        return {"words": curve}
    means = [round(float(mean), 4) for mean in curve.mean]
    told = {"counts": curve.counts, "accuracies": means, "gain": curve.gain, "twice": curve.twice}
    return told | {"tries": curve.tries, "left_out": curve.left_out, "words": f"{curve}"}


def _in_words(mistake: Mistake) -> str:
    most = sorted(mistake.probabilities.items(), key=lambda pair: pair[1], reverse=True)[:3]
    words = ", ".join(f"{name} {probability:.2f}" for name, probability in most)
    return f"{shown(mistake.path)} is {mistake.expected}, taken for {mistake.predicted} ({words})"


def _refused(results: Results) -> list[str]:
    """How many would be called none of these, and which."""
    if not results.known:
        return []
    count = results.of_classes
    if not results.refused:
        words = f"All {count} {noun_for(results.validation.paths)} of its classes are like what it learned from"
        return ["", f"{words}: none would be called {NONE_OF_THESE!r}."]
    names = ", ".join(map(shown, results.refused))
    return ["", f"{len(results.refused)} of {count} would be called {NONE_OF_THESE!r}, as unlike all of them: {names}."]


def _worst(results: Results) -> list[str]:
    """The most frequent confusions, and the classes with the lowest shares."""
    rows = enumerate(results.confusion.tolist())
    wrong = [(count, one, other) for one, row in rows for other, count in enumerate(row) if count and one != other]
    worst = sorted(wrong, key=lambda found: -found[0])[:WORST]
    names = [(count, results.classes[one], results.classes[other]) for count, one, other in worst]
    lines = [f"{count:>5} of {results.by_class[one][1]} {one}, taken for {other}" for count, one, other in names]
    shares = sorted((right / of, name) for name, (right, of) in results.by_class.items() if of)[:WORST]
    lowest = ", ".join(f"{name} {share:.0%}" for share, name in shares)
    title = f"The {len(worst)} most frequent of {len(wrong)} confusions:" if wrong else "No confusions."
    return [title, *lines, "", f"Right of each class, the {len(shares)} lowest of {len(results.classes)}: {lowest}."]


def _table(results: Results) -> list[str]:
    """The confusion matrix: a row for each class, how often it was taken for each; then what share was right."""
    if len(results.classes) >= MANY_CLASSES:
        return _worst(results)
    numbered = [f"{number} {name}" for number, name in enumerate(results.classes, 1)]
    wide = max(map(len, numbered))
    heads = [str(number) for number in range(1, len(numbered) + 1)]
    cell = max(len(str(results.confusion.max())), len(heads[-1])) + 2
    first = f"{'is, and is taken for':{max(wide, 20)}}" + "".join(f"{head:>{cell}}" for head in heads)
    rows = zip(numbered, results.confusion.tolist(), strict=True)
    table = [f"{name:{max(wide, 20)}}" + "".join(f"{count:>{cell}}" for count in row) for name, row in rows]
    shares = [f"{name} {right / of:.0%}" for name, (right, of) in results.by_class.items() if of]
    return [first, *table, "", f"Right of each class: {', '.join(shares)}."]
