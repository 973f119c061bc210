"""The trainer: bring pictures, train, judge, try, keep (notebook 07).

A ``Session`` holds the state and calls what the notebooks teach. The view shows a session as a widget of five steps.
``Trainer`` is both, and the only one who knows both. ``Occluder`` is a widget of its own (notebook 08).
"""
