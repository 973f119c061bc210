"""The model card: what a classifier is, how it was judged, and what it does not know, in ten lines (notebook 12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..learning.evaluation import Results
from ..network.engines import Network
from ..network.looks import SQUARE, SQUEEZED
from ..network.weights import Layer

ABOUT, CARD = "classifier.json", "model-card.md"  # in a classifier's file
# by what all weights of the cut network hash to
ORIGINS = {
    "cd9eb4178b4638a52e5459f71f0a7593981d76b1277c047edc146783e2208505": "published",
    "e2b7b5476a6ef43a3a9744bce7d8e043fb3c1d264de87fdf4be87c953d478469": "practice",
}
GOOGLE = "MobileNet v1 0.25 224 of Google, trained on ImageNet: Apache License 2.0"
WEIGHTS = {
    "published": GOOGLE,
    "practice": "the practice weights, which the course trained itself, with MobileNet as teacher: CC BY 4.0",
    "other": f"fine-tuned, or from elsewhere. The course's own are {GOOGLE}",
}
UNKNOWN = "not known"
TEXT = """\
# Model card: {names}

- What it is: a classifier of pictures, from a course on transfer learning, of {date}. It tells {count} classes apart.
- Learned from: {pictures}.
- How: a MobileNet that was trained before looks at a picture; {head} weighs what it sees.
- Pictures are prepared so: {prepared}.
- Judged: {judged}
- Near-copies, such as frames of a video: {grouped}.
- Other tools look once: {clients}
- What it does not know: anything else. {unknown}
- What that number does not say: how it does on other cameras, places and days than those of its pictures.
- Weights: {weights}.
"""
HEADS = {True: "a linear head, for two looks at each picture,", False: "a head of {} for one look at each picture"}
ALWAYS = "It always answers with one of its classes, whatever a picture shows."
REFUSES = (
    "Of a picture unlike all that it learned from, it says *none of these*: where the mean cosine to the three nearest "
    "of {examples} examples is below {threshold}.{lost} What merely resembles its classes passes for one of them."
)
LOST = " It said so, wrongly, of {lost} of {count} pictures held back."
GROUPED = {
    True: "kept on one side, so that none that was judged by has its like among those learned from",
    False: "not looked for; where there are any, the accuracy is too high",
    None: UNKNOWN,
}
JUDGED = (
    "{right} of {count} pictures that it did not learn from were right ({share}). "
    "The true accuracy may be {low} to {high}, with 95 % confidence{near}."
)
NEAR = " ({count} pictures in groups of near-copies are worth {worth})"
NOT_JUDGED = f"{UNKNOWN}. No pictures were held back to judge it by, or it was not written down."
NO_CLIENTS = "it has no heads of their own for them."
CLIENT_NAMES = {SQUEEZED: "for the whole photo, squeezed", SQUARE: "for the middle square"}


def judgment_of(results: Results, probabilities: np.ndarray | None = None) -> dict[str, Any] | None:
    """How a head was judged, in plain numbers for a file; None, where nothing was held back.

    Parameters
    ----------
    results : Results
        What training gave.
    probabilities : numpy.ndarray, optional
        What another head says of the same pictures.
    """
    if probabilities is not None:
        results = results._replace(probabilities=probabilities)
    if results.interval is None:
        return None
    low, high = results.interval
    counts = {"right": results.right, "of": len(results.predicted), "worth": results.tries}
    return counts | {"low": round(low, 4), "high": round(high, 4)}


def account_of(results: Results, learned: Sequence[str], grouped: bool) -> dict[str, Any]:
    """What training knows that a classifier's file shall keep, as ``make_classifier`` takes it.

    Parameters
    ----------
    results : Results
        What training gave.
    learned : sequence of str
        The labels of the pictures that were learned from.
    grouped : bool
        Whether near-copies were kept on one side.
    """
    counts = Counter(learned)
    pictures = {name: counts[name] for name in results.classes}
    about = {"pictures": pictures, "judged": judgment_of(results), "grouped": grouped}
    return about | ({"lost": [len(results.refused), results.of_classes]} if results.known else {})


def origin_of(layers: list[Layer]) -> str:
    """Where weights come from: ``published``, ``practice`` or ``other``."""
    return ORIGINS.get(Network(layers).fingerprint, "other")


def in_words(judged: Mapping[str, Any] | None) -> str:
    """How many were right, and what that is worth, as a sentence."""
    if not judged:
        return NOT_JUDGED
    right, count, worth = judged["right"], judged["of"], judged["worth"]
    near = NEAR.format(count=count, worth=worth) if worth < count else ""
    low, high = (f"{judged[end]:.0%}" for end in ("low", "high"))
    return JUDGED.format(right=right, count=count, share=f"{right / count:.0%}", low=low, high=high, near=near)


def words_for_pages(weights: str) -> dict[str, Any]:
    """The words of a card, for a page that fills them in as :func:`write_card` does.

    Parameters
    ----------
    weights : str
        Those that the page carries: ``published`` or ``practice``.
    """
    return {
        "text": TEXT,
        "heads": {2: HEADS[True], 1: HEADS[False]},
        "judged": JUDGED,
        "near": NEAR,
        "notJudged": NOT_JUDGED,
        "grouped": [GROUPED[False], GROUPED[True]],
        "clients": NO_CLIENTS,
        "always": ALWAYS,
        "refuses": REFUSES,
        "lost": LOST,
        "weights": WEIGHTS[weights],
    }


def write_card(about: Mapping[str, Any]) -> str:
    """Write the card.

    Parameters
    ----------
    about : mapping
        What ``classifier.json`` holds. What is not there is said to be unknown.

    Returns
    -------
    str
        Markdown.
    """
    classes, counts = about["classes"], about.get("pictures") or {}
    pictures = [f"{name} ({counts[name]} pictures)" if name in counts else name for name in classes]
    layers = len(about.get("head", ["", ""]))
    head = HEADS[about.get("looks") == 2].format("one dense layer" if layers == 1 else f"{layers} dense layers")
    return TEXT.format(
        names=", ".join(classes),
        count=len(classes),
        date=about.get("made") or "a date that is not known",
        pictures=", ".join(pictures) + ("" if counts else "; how many of each is not known"),
        head=head,
        prepared=about.get("preprocessing") or UNKNOWN,
        judged=in_words(about.get("judged")),
        grouped=GROUPED[about.get("grouped")],
        unknown=_tell_known(about.get("known")),
        clients=_tell_clients(about.get("clients") or {}),
        weights=WEIGHTS.get(about.get("weights", ""), UNKNOWN),
    )


def _tell_known(known: Mapping[str, Any] | None) -> str:
    """When it says that a picture is none of its classes."""
    if not known:
        return ALWAYS
    lost = LOST.format(lost=known["lost"][0], count=known["lost"][1]) if known.get("lost") else ""
    return REFUSES.format(examples=sum(known["examples"]), threshold=f"{known['threshold']:.2f}", lost=lost)


def _tell_clients(clients: Mapping[str, Any]) -> str:
    """How the heads for other tools were judged."""
    if not clients:
        return NO_CLIENTS
    told = []
    for name, client in clients.items():
        judged = client.get("judged")
        words = f"{judged['right']} of {judged['of']} right" if judged else UNKNOWN
        told.append(f"{CLIENT_NAMES.get(name, name)}, {words}")
    return f"it has a head for each way, {'; '.join(told)}."
