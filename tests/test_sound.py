"""Sounds are read as pictures: files of every kind, the picture's steps, and all that takes pictures."""

import hashlib
import json
import warnings
import zipfile

import numpy as np
import pytest
from scipy.io import wavfile
from scipy.signal import ShortTimeFFT

import course_utils as cu
from course_utils.assets.fetch import registry, sizes
from course_utils.assets.made import SOUNDS, WORDS
from course_utils.assets.trails import TRAILS
from course_utils.export.checked import ABOUT
from course_utils.pictures.formats import is_sound
from course_utils.pictures.sound import SOUND, sound_endings
from course_utils.trainer.session import Session
from course_utils.trainer.view import TrainerView

TONE = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
KINDS = {
    "8 bits": lambda x: (x * 127 + 128).astype(np.uint8),
    "16 bits": lambda x: (x * 32767).astype(np.int16),
    "32 bits": lambda x: (x * (2**31 - 1)).astype(np.int32),
    "floats": lambda x: x.astype(np.float32),
    "long floats": lambda x: x,
}


@pytest.fixture
def network(practice):
    return cu.load_network()


def write(path, sound=TONE, rate=8000, kind="16 bits"):
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate, KINDS[kind](sound))
    return path


def with_24_bits(path):
    """As studios record; SciPy reads this and does not write it."""
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1), file.setsampwidth(3), file.setframerate(8000)
        file.writeframes(b"".join(int(x * (2**23 - 1)).to_bytes(3, "little", signed=True) for x in TONE))
    return path


# files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_all_bits_give_the_same_sound(tmp_path, kind):
    sound = cu.load_sound(write(tmp_path / "a.wav", kind=kind))
    assert sound.shape == (8000,) and sound.dtype == np.float32
    assert np.abs(sound - TONE).max() < (0.02 if kind == "8 bits" else 1e-4)


def test_24_bits(tmp_path):
    assert np.abs(cu.load_sound(with_24_bits(tmp_path / "a.wav")) - TONE).max() < 1e-5


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_all_rates_are_resampled(tmp_path, rate):
    sound = np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    again = cu.load_sound(write(tmp_path / "a.wav", sound, rate))
    assert len(again) == 8000 and np.abs(again - TONE)[500:-500].max() < 0.01


def test_what_is_too_high_for_the_rate_is_taken_out(tmp_path):
    high = np.sin(2 * np.pi * 6000 * np.arange(44100) / 44100)
    assert np.abs(cu.load_sound(write(tmp_path / "a.wav", high, 44100)))[100:-100].max() < 0.01


def test_channels_are_averaged(tmp_path):
    both = np.stack([TONE, np.zeros(8000)], axis=1)
    assert np.abs(cu.load_sound(write(tmp_path / "a.wav", both)) - TONE / 2).max() < 1e-3


def test_content_counts_and_not_the_ending(tmp_path):
    path = write(tmp_path / "a.wav").rename(tmp_path / "a.jpg")
    assert is_sound(path) and cu.load_image(path).shape == (224, 224, 3)


BAD = {
    "empty": (lambda good: b"", "it is empty"),
    "cut": (lambda good: good[:-1000], "cut short"),
    "no samples": (lambda good: good[:40] + bytes(4), "holds no samples|cut short|No data|damaged"),
    "text": (lambda good: b"hello\n", "it is text"),
    "another kind": (lambda good: b"fLaC" + bytes(100), "save it as WAV|Error|format|damaged"),
    "no rate": (lambda good: good[:24] + bytes(4) + good[28:], "has 0 samples|header is invalid"),
    "compressed": (lambda good: good[:20] + b"\x00\x20" + good[22:], "unusual kind.*save it as WAV|cut|format"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_read_is_named(tmp_path, kind):
    damage, said = BAD[kind]
    path = tmp_path / "bad.wav"
    path.write_bytes(damage(write(tmp_path / "good.wav").read_bytes()))
    with pytest.raises(cu.UnreadableSoundError, match=rf"(?s)bad\.wav: .*({said})"):
        cu.load_sound(path)


def test_missing_too_long_and_not_finite(tmp_path):
    with pytest.raises(cu.UnreadableSoundError, match="there is no file"):
        cu.load_sound(tmp_path / "none.wav")
    with pytest.raises(cu.UnreadableSoundError, match="lasts 61 seconds; at most 60"):
        cu.load_sound(write(tmp_path / "long.wav", np.zeros(61 * 8000)))
    with pytest.raises(cu.UnreadableSoundError, match="not finite"):
        cu.load_sound(write(tmp_path / "nan.wav", np.full(100, np.nan), kind="floats"))


# the picture ---------------------------------------------------------------------------------------------------------


def test_spectrogram_is_scipys():
    window = np.hanning(257)[:-1]
    assert np.allclose(cu.spectrogram(TONE), ShortTimeFFT(window, hop=64, fs=8000).spectrogram(TONE, p0=0, p1=126))


def test_bands_are_triangles_that_touch():
    filters = cu.mel_filters()
    assert filters.shape == (40, 129) and filters.min() == 0 and 0 < filters.max() <= 1
    peaks = filters.argmax(axis=1)
    assert (np.diff(peaks) >= 0).all() and (np.diff(peaks)[-10:] > np.diff(peaks)[:10]).all()


def test_a_high_tone_is_above_a_low_one():
    rows = []
    for pitch in (200, 1000, 3500):
        image = cu.sound_to_image(np.sin(2 * np.pi * pitch * np.arange(8000) / 8000))
        rows.append(image[:, 112, 0].argmax())
    assert rows[0] > rows[1] > rows[2]


@pytest.mark.parametrize("loud", [1, 1e-3])
def test_loudness_does_not_matter_and_silence_is_black(loud):
    assert np.array_equal(cu.sound_to_image(TONE), cu.sound_to_image(TONE * loud))
    assert cu.sound_to_image(np.zeros(8000)).max() == 0


@pytest.mark.parametrize("length", [1, 100, 7999, 8000, 8001, 16000])
def test_every_length_gives_a_square(length):
    assert cu.sound_to_image(np.ones(length) * 0.5).shape == (224, 224, 3)
    assert len(cu.fit_length(np.ones(length))) == 8000


@pytest.mark.parametrize("bad", [np.zeros((10, 2)), np.zeros(0), np.array([np.inf])])
def test_no_row_of_samples_is_refused(bad):
    with pytest.raises(ValueError, match="expected"):
        cu.sound_to_image(bad)


def test_who_changes_the_picture_changes_its_name():
    image = cu.sound_to_image(TONE).astype(int)
    assert (SOUND[:12], image.shape) == ("40 mel bands", (224, 224, 3))
    assert abs(image.mean() - 16.97) < 0.1 and image.max() == 255, "choose another SOUND: kept features depend on it"


# what the course makes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SOUNDS)
def test_made_sounds_are_the_same_each_time(kind):
    sound = cu.make_sound(kind, 3)
    assert sound.shape == (16000,) and sound.dtype == np.float32 and 0.05 < np.abs(sound).max() <= 1
    assert np.array_equal(sound, cu.make_sound(kind, 3)) and not np.array_equal(sound, cu.make_sound(kind, 4))


def test_made_voices_and_trails():
    for word in WORDS:
        spoken = cu.say(word, speaker=2, take=1)
        assert 0.15 < len(spoken) / 8000 < 1 and np.isfinite(spoken).all() and np.abs(spoken).max() <= 1
    for kind in TRAILS:
        trail = cu.make_trail(kind, 5)
        assert trail.ndim == 2 and trail.shape[1] == 2 and np.isfinite(trail).all()
    for function, words in [(cu.make_sound, ("cat", 1)), (cu.say, ("cat", 1, 1)), (cu.make_trail, ("cat", 1))]:
        with pytest.raises(ValueError, match="got the .* 'cat'; expected one of"):
            function(*words)


def test_spoken_digits_are_listed_with_their_home_and_size():
    names = list(registry("digits"))
    assert len(names) == 300 and not set(names) & set(registry())
    assert sum(sizes()[name] for name in names) < 2_500_000


def test_made_voices_stand_in(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_ASSETS", "practice")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr("course_utils.assets.made.TAKES", 1)
    voices = cu.read_pictures(cu.digits_folder())
    assert voices.classes == tuple(sorted(WORDS)) and len(set(voices.groups)) == 6 and len(voices.paths) == 36


# all that takes pictures ---------------------------------------------------------------------------------------------


def test_few_recordings_are_told_as_such(tmp_path):
    for number, label in enumerate(["beep", "hum", "hum", "hum", "hum"]):
        write(tmp_path / label / f"{number}.wav", cu.make_sound("siren", number))
    problems = [found.problem for found in cu.check_pictures(cu.read_pictures(tmp_path))]
    assert problems[:2] == ["only 1 training recording of 'beep'", "only 4 training recordings of 'hum'"]
    assert problems[2] == "4 recordings of 'hum' and only 1 of 'beep'"


@pytest.fixture
def sounds(tmp_path):
    for kind in ("bird", "drum"):
        for number in range(6):
            write(tmp_path / "sounds" / kind / f"{number}.wav", cu.make_sound(kind, number))
    return tmp_path / "sounds"


def test_folders_of_sounds_are_read_as_pictures(sounds, network):
    found = cu.read_pictures(sounds)
    assert found.sounds and found.classes == ("bird", "drum") and len(found.paths) == 12
    numbers = cu.extract_features(found.paths, network, looks=2)
    assert numbers.shape == (12, 1280) and np.array_equal(numbers, cu.extract_features(found.paths, network, looks=2))


def test_sounds_among_pictures_are_left_out_and_the_other_way_round(sounds, tmp_path):
    from PIL import Image

    Image.new("RGB", (50, 50), "red").save(sounds / "drum" / "cover.png")
    found = cu.read_pictures(sounds)
    assert len(found.paths) == 12 and "[WARNING] pictures among sounds: cover.png" in str(found.report)
    for name in ("red", "blue"):
        for number in range(2):
            (tmp_path / "photos" / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (50, 50), name).save(tmp_path / "photos" / name / f"{number}.png")
    write(tmp_path / "photos" / "red" / "memo.wav")
    found = cu.read_pictures(tmp_path / "photos")
    assert len(found.paths) == 4 and not found.sounds and "sounds among pictures: memo.wav" in str(found.report)


def test_other_sounds_are_named_with_what_to_do(sounds):
    (sounds / "bird" / "x.mp3").write_bytes(b"ID3" + bytes(200))
    report = str(cu.read_pictures(sounds).report)
    assert (".mp3" in sound_endings()) or "sounds that can't be read (an MP3 sound): x.mp3" in report


@pytest.mark.parametrize("ending, near", [("flac", 1e-3), ("aiff", 1e-3), ("ogg", 0.1), ("mp3", 0.1)])
def test_other_sounds_are_read_with_the_extra(sounds, network, ending, near):
    soundfile = pytest.importorskip("soundfile", reason="the extra `sound` is not installed")
    both = np.stack([TONE, TONE], axis=1)
    soundfile.write(sounds / "bird" / f"x.{ending}", np.repeat(both, 2, axis=0), 16000)
    heard = cu.load_sound(sounds / "bird" / f"x.{ending}")
    plain = cu.load_sound(write(sounds.parent / "plain.wav", np.repeat(TONE, 2), 16000))
    assert abs(len(heard) - len(plain)) < 400  # coders may add silence
    apart = np.abs(cu.sound_to_image(heard).astype(float) - cu.sound_to_image(plain)).mean() / 255
    assert apart < near
    found = cu.read_pictures(sounds)
    assert len(found.paths) == 13 and found.sounds
    assert cu.extract_features(found.paths, network, looks=2).shape == (13, 1280)
    damaged = sounds / "bird" / f"x.{ending}"
    damaged.write_bytes(damaged.read_bytes()[:40])
    with pytest.raises(ValueError, match=rf"x\.{ending}: it is an? .*, damaged or cut short"):
        cu.load_sound(damaged)


def test_a_sound_with_another_ending_is_named_and_is_no_picture(sounds):
    write(sounds / "bird" / "memo.wav").rename(sounds / "bird" / "memo.dat")
    found = cu.read_pictures(sounds)
    assert len(found.paths) == 12
    words = "sounds whose ending does not say so (a WAV sound): memo.dat"
    assert words in str(found.report) and "give it the ending of its kind: .wav, " in str(found.report)


def test_check_pictures_looks_at_sounds(sounds):
    write(sounds / "drum" / "silent.wav", np.zeros(8000))
    (sounds / "drum" / "again.wav").write_bytes((sounds / "drum" / "0.wav").read_bytes())
    (sounds / "drum" / "bad.wav").write_bytes((sounds / "drum" / "1.wav").read_bytes()[:-50])
    report = str(cu.check_pictures(cu.read_pictures(sounds)))
    assert "sounds in which nothing is to be heard: training/drum/silent.wav" in report
    assert "the same recording more than once" in report and "again.wav" in report
    assert "a sound that can't be read: it is cut short" in report and "nearly the same" not in report


def test_a_classifier_of_sounds_keeps_that_it_is_one(sounds, network, tmp_path):
    found = cu.read_pictures(sounds)
    head = cu.fit_linear_head(cu.extract_features(found.paths, network, looks=2), cu.add_labels(found.labels), C=30)
    path = cu.save_classifier(tmp_path / "sounds.zip", network, head, found.classes, sounds=True)
    classifier = cu.load_classifier(path)
    new = write(tmp_path / "new.wav", cu.make_sound("bird", 50))
    assert classifier.sounds and classifier.predict(new).answer == "bird"
    assert classifier.predict(new.read_bytes()) == classifier.predict(new)
    assert classifier.predict(cu.load_image(new)).answer == "bird"
    with pytest.raises(cu.UnreadableImageError, match="it is no sound, and this classifier learned from sounds"):
        classifier.predict(next(path for path in (cu.stock_folder() / "validation").rglob("*") if path.is_file()))
    with pytest.raises(ValueError, match=r"page\.html can't be written.*learned from sounds"):
        classifier.save(tmp_path / "page.html")
    pictures = cu.make_classifier(network, head, found.classes)
    with pytest.raises(cu.UnreadableSoundError, match="it is a sound, and this classifier learned from pictures"):
        pictures.predict(new)


def test_sounds_that_were_made_otherwise_are_told(sounds, network, tmp_path):
    found = cu.read_pictures(sounds)
    head = cu.fit_linear_head(cu.extract_features(found.paths, network, looks=2), cu.add_labels(found.labels), C=30)
    path = cu.save_classifier(tmp_path / "sounds.zip", network, head, found.classes, sounds=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cu.load_classifier(path)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    about = json.loads(members[ABOUT])
    members[ABOUT] = json.dumps(about | {"preprocessing": about["preprocessing"].replace("30 dB", "80 dB")}).encode()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    with pytest.warns(UserWarning, match="of sounds as '40 mel.*80 dB"):
        assert cu.load_classifier(tmp_path / "other.zip").sounds


def test_a_session_trains_on_sounds_and_mixes_nothing(sounds, tmp_path, practice):
    session = Session()
    session.add(sounds)
    with pytest.raises(ValueError, match="these are pictures, and there are sounds already"):
        session.add(cu.colors_folder() / "training")
    with pytest.raises(ValueError, match="backwards"):
        session.train(head="fine-tuned", mirror=True)
    results = session.train()
    assert session.classifier.sounds and len(results.validation.paths) == 2
    assert session.predict(write(tmp_path / "b.wav", cu.make_sound("drum", 60))).answer in ("drum", "none of these")
    assert "sounds=True)" in session.code()
    view = TrainerView(session)
    assert "validation recordings are right" in view.judgement.says.value
    view.close()


def test_features_of_sounds_are_kept_under_their_own_name(sounds, network):
    from course_utils.network.features import _content_of, _key

    content, is_one = _content_of(sounds / "bird" / "0.wav")
    assert is_one and content == hashlib.sha256((sounds / "bird" / "0.wav").read_bytes()).hexdigest()
    assert SOUND in _key(content, "x", 2, is_one) and SOUND not in _key(content, "x", 2, False)
