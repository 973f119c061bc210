"""Groups: the speaker, the session, the patient, of whom nothing is on both sides."""

import csv
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image
from scipy.io import wavfile

import course_utils as cu
from course_utils import Finding, PictureSet, Report, commands
from course_utils.faults.copies import Copies
from course_utils.pictures.flat import look_at_flat
from course_utils.pictures.groups import by_names, choose_groups, first_pieces, join_groups, piece_of, spare_groups
from course_utils.pictures.sets import make_set
from course_utils.trainer.parting import part
from course_utils.trainer.session import Session

WORDS, SPEAKERS = ("no", "yes"), ("anna", "ben", "carl", "dora", "emil")
A, B, C, D = (Path(f"{name}.png") for name in "abcd")
FOUR = PictureSet((A, B, C, D), ("cat", "dog", "cat", "dog"), ("cat", "dog"), Report(), ("x", "x", "y", "z"))
PITCH = {"no": 400, "yes": 1500}


def write_sound(path, word, seed):
    """A tone of the word's own pitch, with some noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    wave = np.sin(2 * np.pi * PITCH[word] * np.arange(4000) / 8000) + rng.normal(0, 0.1, 4000)
    wavfile.write(path, 8000, (wave * 9000).astype(np.int16))


@pytest.fixture
def sounds(tmp_path):
    """Two words, twice by each of five speakers, in one folder."""
    names = [(word, speaker, take) for word in WORDS for speaker in SPEAKERS for take in (1, 2)]
    for seed, (word, speaker, take) in enumerate(names):
        write_sound(tmp_path / "sounds" / f"{word}_{speaker}_{take}.wav", word, seed)
    return tmp_path / "sounds"


@pytest.fixture
def sorted_sounds(sounds, tmp_path):
    """The same, in a folder for each word."""
    for path in sounds.iterdir():
        target = tmp_path / "words" / path.name.split("_")[0] / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return tmp_path / "words"


def problems(report):
    return [finding.problem for finding in report]


def aligned(pictures):
    """The group of each picture, which is what the name says."""
    return all(group == path.stem.split("_")[1] for path, group in zip(pictures.paths, pictures.groups, strict=True))


# sets ----------------------------------------------------------------------------------------------------------------


def test_groups_stay_with_their_pictures():
    assert FOUR.only([D, A]).groups == ("x", "z") and FOUR.without([A]).groups == ("x", "y", "z")
    assert FOUR.relabel({A: "emu"}).groups == FOUR.groups
    assert FOUR.only([]).groups == () and FOUR._replace(groups=()).only([A]).groups == ()


def test_beside_a_set_without_groups_each_picture_is_one():
    other = PictureSet((Path("e.png"),), ("cat",), ("cat",))
    assert FOUR.with_those_of(other).groups == ("x", "x", "y", "z", "e.png")
    assert other.with_those_of(FOUR).groups == ("e.png", "x", "x", "y", "z")
    assert other.with_those_of(other).groups == ()


def test_groups_by_a_piece_of_the_name_or_by_a_function():
    paths = tuple(map(Path, ["7_George_5.wav", "8-jackson.old 1.wav"]))
    pictures = PictureSet(paths, ("7", "8"), ("7", "8"))
    assert pictures.grouped(2).groups == ("george", "jackson") and pictures.grouped(3).groups == ("5", "old")
    assert pictures.grouped(lambda path: path.suffix).groups == (".wav", ".wav")
    with pytest.raises(ValueError, match="7_George_5.wav has no piece 4; its pieces are 3: 7, george, 5"):
        pictures.grouped(4)
    with pytest.raises(ValueError, match="counted from 1"):
        pictures.grouped(0)
    with pytest.raises(ValueError, match="no name for the group of 7_George_5.wav"):
        pictures.grouped(lambda path: "")
    with pytest.raises(ValueError, match=r"the name -.wav has no piece 1; its pieces are none"):
        piece_of(Path("-.wav"), 1)


def test_a_set_is_made_with_groups():
    pairs = [(B, "dog"), (A, "cat"), (C, "cat")]
    assert make_set(pairs, [], groups={A: "x", B: "y"}).groups == ("x", str(C), "y")
    assert make_set(pairs, [], groups={D: "x"}).groups == () == make_set(pairs, []).groups


# holding back --------------------------------------------------------------------------------------------------------

SETS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("uvwxyz")), min_size=1, max_size=40)
COPIES = st.lists(st.sets(st.integers(0, 39), min_size=2, max_size=3), max_size=3)


def made(pairs):
    """Pictures with these labels and groups."""
    labels, groups = zip(*pairs, strict=True)
    paths = tuple(Path(f"{number:02}.png") for number in range(len(pairs)))
    return PictureSet(paths, labels, tuple(sorted(set(labels))), Report(), groups)


@given(SETS, st.floats(0, 1), st.integers(0, 99), COPIES, st.sets(st.sampled_from("abc")))
def test_no_group_is_on_both_sides(pairs, share, seed, copies, in_order):
    pictures = made(pairs)
    together = [[pictures.paths[place] for place in some if place < len(pairs)] for some in copies]
    learned, judged = pictures.hold_back(share, seed, together, in_order)
    assert sorted(learned.pairs() + judged.pairs()) == sorted(pictures.pairs())
    assert set(learned.labels) == set(pictures.labels), "each class has something to learn from"
    known = dict(zip(pictures.paths, pictures.groups, strict=True))
    for one in (learned, judged):
        assert [known[path] for path in one.paths] == list(one.groups)
    if len(set(pictures.groups)) == len(pairs):
        return
    if spare_groups(pictures.groups, pictures.labels):
        assert judged.paths and not set(learned.groups) & set(judged.groups) and not learned.report
    else:
        assert [finding.severity for finding in learned.report] == ["warning"]
        plain = pictures._replace(groups=()).hold_back(share, seed, together, in_order)
        assert plain == (learned._replace(groups=(), report=Report()), judged._replace(groups=()))


def test_speakers_are_held_back_in_all_classes():
    pictures = made([(word, speaker) for word in "abc" for speaker in "uvwxyz" for _ in range(5)])
    found = set()
    for seed in range(20):
        learned, judged = pictures.hold_back(seed=seed)
        assert len(set(judged.groups)) == 1 and len(set(learned.groups)) == 5, "one in six comes near a fifth"
        assert set(judged.labels) == set("abc")
        assert pictures.hold_back(seed=seed) == (learned, judged)
        found |= set(judged.groups)
    assert len(found) > 3, "the seed chooses"


def test_the_order_of_pictures_changes_nothing():
    pairs = [(word, speaker) for word in "ab" for speaker in "uvwxyz" for _ in range(3)]
    one, other = made(pairs), made(pairs[::-1])
    assert set(one.hold_back(seed=3)[1].groups) == set(other.hold_back(seed=3)[1].groups)


def test_a_class_that_would_not_be_judged_gets_its_smallest_group():
    pairs = [(name, f"{name}{number}") for name in "abc" for number in range(10) for _ in range(2)]
    for seed in range(20):
        learned, judged = made(pairs).hold_back(seed=seed)
        assert set(judged.labels) == set("abc") and 12 <= len(judged.paths) <= 30


def test_one_group_alone_is_told():
    learned, judged = made([("a", "george")] * 6 + [("b", "george")] * 6).hold_back()
    assert len(judged.paths) == 2 and problems(learned.report) == ["all pictures are of one group, 'george'"]
    learned, judged = made([("a", "george")] * 6 + [("b", "anna")] * 6).hold_back()
    assert len(judged.paths) == 2
    assert problems(learned.report) == [
        "no group of pictures could be held back: without any of them, a class has nothing to learn from"
    ]


def test_near_copies_join_groups_unless_nothing_is_left():
    group_of = dict(zip(FOUR.paths, FOUR.groups, strict=True))
    assert join_groups(group_of, [[B, C], [Path("other.png")]]) == {A: "x", B: "x", C: "x", D: "z"}
    assert join_groups(group_of, [[C, D], [D, A]]) == dict.fromkeys(FOUR.paths, "x")
    pictures = made([(name, speaker) for name in "ab" for speaker in "uvw" for _ in range(2)])
    every = [pictures.paths]
    learned, judged = pictures.hold_back(groups=every)
    assert judged.paths and not set(learned.groups) & set(judged.groups) and not learned.report
    pair = [path for path, group in zip(pictures.paths, pictures.groups, strict=True) if group in "uv"]
    for seed in range(9):
        assert set(pictures.hold_back(seed=seed, groups=[pair])[1].groups) in ({"w"}, {"u", "v"})


def test_nothing_to_choose_from():
    assert choose_groups([], [], 0.2, 7) == set() == choose_groups(["x"], ["a"], 0.2, 7)
    assert spare_groups(["x", "y"], ["a", "b"]) == [] and spare_groups(["x", "y", "x"], ["a", "a", "b"]) == ["y"]


# tables --------------------------------------------------------------------------------------------------------------


def table(folder, headings, rows, name="labels.csv"):
    folder.mkdir(exist_ok=True)
    with open(folder / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headings, *rows])
    for number, row in enumerate(rows):
        color = (20 * number % 256, 90, 40)
        Image.new("RGB", (20, 20), color).save(folder / row[0])
    return folder / name


ROWS = [(f"{number}.png", "cat" if number % 2 else "dog", f"p{number // 3}") for number in range(9)]


@pytest.mark.parametrize(
    "heading",
    ["speaker", "Patient", "SESSIONS", "group", "person", "participant", "subject", "patient_id", "Patient ID"]
    + ["PatientID", "speakerId", "subject-no", "lesion_id", "client_id", "fsID", "video id", "user_id", "src_file"],
)
def test_a_column_tells_groups(tmp_path, heading):
    path = table(tmp_path / "set", ["file", "what", heading], ROWS)
    for pictures in (cu.read_csv(path.parent, path), cu.read_pictures(path.parent)):
        assert pictures.classes == ("cat", "dog") and pictures.groups == tuple(row[2] for row in ROWS)
        assert any(f"kept together by '{heading}'" in problem for problem in problems(pictures.report))


def test_a_column_of_groups_may_be_that_of_labels(tmp_path):
    path = table(tmp_path / "set", ["file", "group"], [row[:2] for row in ROWS])
    pictures = cu.read_csv(path.parent, path)
    assert pictures.classes == ("cat", "dog") and pictures.groups == ()
    path = table(tmp_path / "two", ["file", "person", "remark"], [(*row[:2], f"words {row[0]}") for row in ROWS])
    assert cu.read_csv(path.parent, path).classes == ("cat", "dog"), "remarks are no labels"


@pytest.mark.parametrize(
    "heading", ["lesion", "source", "scene name", "class_id", "image_id", "patient age", "id", "bus"]
)
def test_a_column_that_may_be_anything_else_tells_no_groups(tmp_path, heading):
    path = table(tmp_path / "set", ["file", "label", heading], ROWS)
    pictures = cu.read_csv(path.parent, path, label="label")
    assert pictures.classes == ("cat", "dog") and pictures.groups == ()


def test_patients_count_before_lesions(tmp_path):
    path = table(tmp_path / "set", ["file", "label", "lesion_id", "patient_id"], [(*row, f"q{row[2]}") for row in ROWS])
    assert set(cu.read_csv(path.parent, path).groups) == {"qp0", "qp1", "qp2"}


def test_a_column_of_groups_that_all_differ_tells_nothing(tmp_path):
    path = table(tmp_path / "set", ["file", "label", "patient"], [(*row[:2], row[0]) for row in ROWS])
    assert cu.read_csv(path.parent, path).groups == ()


def test_ones_and_zeros_are_classes_whatever_they_are_called(tmp_path):
    rows = [(f"{number}.png", str(number % 2), str(1 - number % 2)) for number in range(8)]
    path = table(tmp_path / "set", ["file", "person", "car"], rows)
    pictures = cu.read_csv(path.parent, path)
    assert pictures.classes == ("car", "person") and pictures.groups == ()


def test_a_column_of_numbers_beside_speakers_is_that_of_labels(tmp_path):
    rows = [(f"{number}.png", SPEAKERS[number % 3], str(number % 4)) for number in range(24)]
    path = table(tmp_path / "set", ["file", "speaker", "digit"], rows)
    pictures = cu.read_csv(path.parent, path)
    assert pictures.classes == ("0", "1", "2", "3") and set(pictures.groups) == set(SPEAKERS[:3])


def test_a_column_of_groups_can_be_said(tmp_path):
    path = table(tmp_path / "set", ["file", "label", "lesion"], ROWS)
    assert cu.read_csv(path.parent, path).groups == ()
    for group in ("Lesion", 3):
        assert set(cu.read_csv(path.parent, path, group=group).groups) == {"p0", "p1", "p2"}
        assert set(cu.read_csv(path.parent, path, label="label", group=group).groups) == {"p0", "p1", "p2"}
    with pytest.raises(ValueError, match="has no column 'who'"):
        cu.read_csv(path.parent, path, group="who")


def test_an_empty_cell_is_a_group_by_itself(tmp_path):
    rows = [*ROWS[:-1], (*ROWS[-1][:2], "")]
    path = table(tmp_path / "set", ["file", "label", "patient"], rows)
    assert cu.read_csv(path.parent, path).groups[-1] == str(path.parent / "8.png")


def test_parts_of_a_table_keep_their_groups(tmp_path):
    rows = [(*row, "val" if row[2] == "p2" else "train") for row in ROWS]
    path = table(tmp_path / "set", ["file", "label", "patient", "split"], rows)
    learned, judged = cu.read_both(path.parent)
    assert set(learned.groups) == {"p0", "p1"} and set(judged.groups) == {"p2"}
    assert len(judged.groups) == len(judged.paths)


# names ---------------------------------------------------------------------------------------------------------------


def names_of(pattern, *others):
    pairs = [(word, speaker) for word in ("0", "1", "2") for speaker in ("anna", "ben")]
    return [pattern.format(word, speaker, take) for word, speaker in pairs for take in (1, 2)] + list(others)


@pytest.mark.parametrize("pattern", ["{0}_{1}_{2}.wav", "{0}-{1}-{2}.WAV", "{0} {1}.{2}.wav"])
def test_names_of_sounds_tell_class_and_group(pattern):
    names = names_of(pattern)
    assert first_pieces(names) == [name[0] for name in names]
    told = by_names([(Path(name), name[0]) for name in names])
    assert told.piece == 2 and set(told.groups.values()) == {"anna", "ben"}
    assert told.note.problem == "kept together by their names: 2 groups (anna, ben)"


@pytest.mark.parametrize(
    "names",
    [
        names_of("{0}_{1}_{2}.png"),
        names_of("{0}_{1}_{2}.wav", "0_anna.wav"),
        names_of("{0}_{1}_{2}.wav", "0_carl_1.wav"),
        names_of("{0}_{1}_{2}.wav", "0_carl_1.wav", "0_carl_2.wav"),
        [name.replace("anna", "7").replace("ben", "8") for name in names_of("{0}_{1}_{2}.wav")],
        names_of("{1}_{0}_{2}.wav"),
        ["dog_bark_1.wav", "dog_bark_2.wav", "cat_meow_1.wav", "cat_meow_2.wav"],
        ["dog.wav", "cat.wav"],
        [],
    ],
    ids=["pictures", "fewer pieces", "once", "of one class", "numbers", "label last", "classes", "one piece", "none"],
)
def test_names_that_tell_no_groups(names):
    assert first_pieces(names) is None


def test_of_several_pieces_the_one_without_digits_counts():
    pairs = [
        (Path(f"{word}_{who}_{how}_take{take}.wav"), word)
        for word in "ab"
        for who in ("anna", "ben", "carl")
        for how in ("loud", "soft")
        for take in range(9)
    ]
    assert by_names(pairs).piece == 2


def test_sounds_in_one_folder_are_read_by_their_names(sounds):
    pictures = cu.read_pictures(sounds)
    assert pictures.classes == WORDS and set(pictures.groups) == set(SPEAKERS) and aligned(pictures)
    note = next(finding for finding in pictures.report if finding.problem.startswith("kept together"))
    assert note.problem == "kept together by their names: 5 groups (anna, ben, carl, dora, emil)"
    assert "pictures.grouped(1)" in note.remedy and "groups=()" in note.remedy
    flat = look_at_flat(sounds)
    assert flat.clear and flat.by_names and flat.labels == WORDS
    assert not any("kept together" in problem for problem in problems(pictures.grouped(3).report))


def test_sounds_in_folders_of_classes_are_grouped_by_their_names(sorted_sounds):
    pictures = cu.read_pictures(sorted_sounds)
    assert pictures.classes == WORDS and set(pictures.groups) == set(SPEAKERS) and aligned(pictures)
    assert aligned(cu.read_folders(sorted_sounds))


def test_speakers_as_speech_commands_names_them(tmp_path):
    names = ["yes/0a7c2a8d_nohash_0.wav", "yes/0a7c2a8d_nohash_1.wav", "yes/1b4c9b89_nohash_0.wav"]
    names += ["no/0a7c2a8d_nohash_0.wav", "no/2c3d_x_nohash_0.wav", "noise/doing_the_dishes.wav", "noise/pink.wav"]
    told = by_names([(Path(name), Path(name).parent.name) for name in names])
    assert told.piece == 1 and set(told.groups.values()) == {"0a7c2a8d", "1b4c9b89", "2c3d_x"} and len(told.groups) == 5
    assert by_names([(Path(name), "yes") for name in names[2:3] + names[4:5]]) is None, "nobody speaks twice"
    assert by_names([(Path(name).with_suffix(".png"), "yes") for name in names]) is None
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        wavfile.write(tmp_path / name, 8000, np.zeros(800, np.int16))
    pictures = cu.read_pictures(tmp_path)
    alone = [str(path) for path in pictures.paths if path.parent.name == "noise"]
    assert set(pictures.groups) == {"0a7c2a8d", "1b4c9b89", "2c3d_x", *alone}
    session = Session()
    assert "kept together by their names" in str(session.add(tmp_path))
    assert session.training.groups == pictures.groups
    assert "kept together" not in str(session.add(tmp_path / "noise" / "pink.wav", label="more"))


def test_parts_of_sounds_are_grouped(sounds, tmp_path):
    for path in sounds.iterdir():
        word, speaker, _ = path.stem.split("_")
        target = tmp_path / "parts" / ("val" if speaker in ("dora", "emil") else "train") / word / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    learned, judged = cu.read_both(tmp_path / "parts")
    assert aligned(learned) and aligned(judged) and set(judged.groups) == {"dora", "emil"}
    whole = cu.read_pictures(tmp_path / "parts")
    assert aligned(whole) and len(whole.groups) == 20


def test_pictures_are_never_grouped_by_their_names(tmp_path):
    for name in names_of("{0}_{1}_{2}.png"):
        (tmp_path / name[0]).mkdir(exist_ok=True)
        Image.new("RGB", (20, 20)).save(tmp_path / name[0] / name)
    assert cu.read_pictures(tmp_path).groups == ()


# the trainer ---------------------------------------------------------------------------------------------------------


def test_a_session_keeps_groups(sounds):
    session = Session()
    session.add(sounds)
    assert aligned(session.training)
    session.rename("yes", "ja")
    session.move(sounds / "no_anna_1.wav", "ja")
    session.drop(sounds / "no_ben_1.wav")
    assert aligned(session.training) and len(session.training.groups) == 19
    assert session.group_of(session.training) == list(session.training.groups)
    learned, judged = session.split()
    assert not set(learned.groups) & set(judged.groups) and len(set(judged.groups)) == 1
    assert any(problem.startswith("held back by groups, of 5: 1 group (") for problem in problems(learned.report))
    assert session.groups() == [], "sounds have no near-copies"
    learned, judged = session.split(groups=False)
    assert learned.groups == judged.groups == ()
    session.start_over()
    assert session.training.groups == ()


def test_sounds_that_come_class_by_class_are_grouped(sorted_sounds):
    session = Session()
    session.add(sorted_sounds / "no", label="no")
    assert session.training.groups == ()
    report = session.add(sorted_sounds / "yes", label="yes")
    assert aligned(session.training) and "kept together by their names" in str(report)
    assert "kept together by their names" in str(session.training.report)


def test_a_piece_of_the_names_can_be_said(tmp_path):
    for number in range(8):
        name = f"{('red', 'blue')[number % 2]}-{number // 4}{number % 4}-s{number // 4}.png"
        Image.new("RGB", (20, 20), (9 * number, 0, 0)).save(tmp_path / name)
    session = Session()
    with pytest.raises(ValueError, match="has no piece 4"):
        session.add(tmp_path, level=0, together=4)
    assert not session.pictures
    report = session.add(tmp_path, label="red", together=3)
    assert "kept together by piece 3 of their names: 2 groups (s0, s1)" in str(report)
    assert set(session.training.groups) == {"s0", "s1"} and session.steps == [
        f"trainer.add({str(tmp_path)!r}, label='red', together=3)"
    ]


def test_validation_of_speakers_who_are_in_training_is_told():
    paths = tuple(Path(f"{number}.wav") for number in range(4))
    learned = PictureSet(paths[:2], ("a", "b"), ("a", "b"), Report(), ("anna", "ben"))
    judged = PictureSet(paths[2:], ("a", "b"), ("a", "b"), Report(), ("ben", "carl"))
    training, validation = part(learned, judged, Copies(), 7)
    (finding,) = training.report
    assert finding == Finding(
        "warning",
        "validation recordings of speakers who are in training: 1 of 2, 1 group (ben)",
        ("2.wav",),
        "They are judged by all the same. The accuracy tells nothing of others: bring some.",
    )
    assert validation == judged and training.paths == learned.paths
    alone = judged._replace(groups=tuple(map(str, judged.paths)))
    assert not part(learned, alone, Copies(), 7)[0].report


def test_a_class_of_which_no_group_is_held_back_is_told():
    pairs = [(word, speaker) for word in "ab" for speaker in "uvw" for _ in range(4)] + [("c", "u")] * 4
    learned, judged = part(made(pairs), PictureSet((), (), ("a", "b", "c")), Copies(), 7)
    assert "c" not in judged.labels and not set(learned.groups) & set(judged.groups)
    assert "all pictures of 'c' are of one group, or of too few to hold one back" in problems(learned.report)


def test_the_groups_of_a_set_come_before_near_copies():
    copies = Copies(groups=((C, D),))
    assert copies.group_of(FOUR) == ["x", "x", "y", "z"]
    single = FOUR._replace(groups=("x", "x", str(C), str(D)))
    assert copies.group_of(single) == ["x", "x", "0", "0"]
    assert copies.group_of(FOUR._replace(groups=("x",) * 4)) == [str(A), str(B), "0", "0"], "one group tells nothing"


def test_no_near_copies_are_looked_for_among_sounds(sounds):
    pictures = cu.read_pictures(sounds)
    assert cu.find_copies(pictures, np.ones((20, 1280), np.float32)) == Copies()
    with pytest.raises(ValueError, match="expected those of 20"):
        cu.find_copies(pictures, np.ones((3, 1280), np.float32))


def test_training_judges_by_another_speaker_and_its_program_too(sounds, tmp_path, capsys):
    trainer = cu.Trainer()
    trainer.add(sounds)
    results = trainer.train()
    assert len(set(results.validation.groups)) == 1 and aligned(results.validation)
    assert "held back by groups" in str(results.report)
    assert "Its interval counts each recording by itself" in str(results.report)
    exec(trainer.code(tmp_path / "by-code.zip"), {})
    assert f"{results.right} of {len(results.validation.paths)} right" in capsys.readouterr().out
    sound = sounds / "no_anna_1.wav"
    by_code = cu.load_classifier(tmp_path / "by-code.zip").predict(sound)
    assert by_code == pytest.approx(trainer.predict(sound), abs=1e-6)
    assert trainer.train(groups=False).validation.groups == ()


def test_in_a_terminal(sorted_sounds, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["course_utils", "train", str(sorted_sounds), "--together", "3", "--json"])
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which the command replaces
    commands.main()
    noticed = [finding["problem"] for finding in json.loads(capsys.readouterr().out)["noticed"]]
    assert "kept together by piece 3 of their names: 2 groups (1, 2)" in noticed
    assert any(problem.startswith("held back by groups, of 2: 1 group (") for problem in noticed)
