"""Part pictures into those to learn from and those to judge by, near-copies on one side (notebook 07)."""

from __future__ import annotations

from ..faults.copies import Copies
from ..pictures.camera import only_session
from ..pictures.groups import all_sounds, count_in_words, noun_for
from ..pictures.sets import PictureSet
from ..report import Finding, Report


def part(training: PictureSet, validation: PictureSet, copies: Copies, seed: int) -> tuple[PictureSet, PictureSet]:
    """Return training and validation pictures; the report of the first tells of near-copies and groups (notebook 07).

    Parameters
    ----------
    training, validation : PictureSet
        What was brought. Without validation pictures, some are held back: whole groups, where there are any.
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
        findings += _known_groups(learned, judged)
    else:
        learned, judged = training.hold_back(seed=seed, groups=copies.together, in_order=copies.alike)
        by_groups = _held_by_groups(learned, judged)
        findings += by_groups
        for name in training.classes:
            if training.labels.count(name) > 1 and name not in judged.labels:
                kind = "one group, or of too few to hold one back" if by_groups else "one group of near-copies"
                problem = f"all {noun_for(training.paths)} of {name!r} are {'of ' if by_groups else ''}{kind}"
                remedy = "None was held back, so that this class was not judged. Take some on another day."
                findings.append(Finding("warning", problem, (), remedy))
            elif folder := only_session([path for path, label in training.pairs() if label == name], name):
                problem = f"all {noun_for(training.paths)} of {name!r} lie in one folder, {folder}"
                remedy = "If they were taken together, the accuracy may be too high: take some on another day."
                findings.append(Finding("note", problem, (), remedy))
    return learned._replace(report=learned.report + copies.report + Report(findings)), judged


def _known_groups(learned: PictureSet, judged: PictureSet) -> list[Finding]:
    """Warn of what is judged by, and belongs to somebody who is in training."""
    known = set(learned.groups) & set(judged.groups)
    if not known:
        return []
    shared = tuple(path.name for path, group in zip(judged.paths, judged.groups, strict=True) if group in known)
    whose = "recordings of speakers who" if all_sounds(judged.paths) else "pictures of groups that"
    problem = f"validation {whose} are in training: {len(shared)} of {len(judged.paths)}, {count_in_words(known)}"
    remedy = "They are judged by all the same. The accuracy tells nothing of others: bring some."
    return [Finding("warning", problem, shared, remedy)]


def _held_by_groups(learned: PictureSet, judged: PictureSet) -> list[Finding]:
    """Say which groups were held back, if whole ones were."""
    held = set(judged.groups)
    alone = {str(path): path.name for path in judged.paths}
    if len(held) == len(judged.groups) or held & set(learned.groups):
        return []
    count = len(held | set(learned.groups))
    problem = f"held back by groups, of {count}: {count_in_words(alone.get(group, group) for group in held)}"
    remedy = "None of them was learned from, so that the accuracy tells of others. Its interval counts each"
    remedy += f" {noun_for(judged.paths)[:-1]} by itself; with other groups, the accuracy may lie outside of it."
    return [Finding("note", problem, (), remedy)]
