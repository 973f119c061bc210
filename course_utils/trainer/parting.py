"""Part pictures into those to learn from and those to judge by, near-copies on one side (notebook 07)."""

from __future__ import annotations

from ..faults.copies import Copies
from ..pictures.camera import only_session
from ..pictures.sets import PictureSet
from ..report import Finding, Report


def part(training: PictureSet, validation: PictureSet, copies: Copies, seed: int) -> tuple[PictureSet, PictureSet]:
    """Return training and validation pictures; the report of the first tells of near-copies (notebook 07).

    Parameters
    ----------
    training, validation : PictureSet
        What was brought. Without validation pictures, some are held back.
    copies : Copies
        Which of them belong on one side.
    seed : int
        Chooses which are held back.
    """
    findings = []
    if validation.paths:
        shared = copies.shared(training, validation)
        learned, judged = training, validation.without(shared)
        if shared:
            problem = f"validation pictures with near-copies in training: {len(shared)} of {len(validation.paths)}"
            remedy = "They were not judged by: what was learned proves nothing. Bring others in their place."
            findings.append(Finding("warning", problem, tuple(path.name for path in shared), remedy))
    else:
        learned, judged = training.hold_back(seed=seed, groups=copies.together, in_order=copies.alike)
        for name in training.classes:
            if training.labels.count(name) > 1 and name not in judged.labels:
                problem = f"all pictures of {name!r} are one group of near-copies"
                remedy = "None was held back, so that this class was not judged. Take some on another day."
                findings.append(Finding("warning", problem, (), remedy))
            elif folder := only_session([path for path, label in training.pairs() if label == name], name):
                problem = f"all pictures of {name!r} lie in one folder, {folder}"
                remedy = "If they were taken together, the accuracy may be too high: take some on another day."
                findings.append(Finding("note", problem, (), remedy))
    return learned._replace(report=learned.report + copies.report + Report(findings)), judged
