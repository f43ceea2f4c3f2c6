"""Tables kept between runs are exactly those that were computed."""

import os

import numpy as np

from detector.detection import Detector, DetectorSettings, FeatureSettings, ModelSettings, Tolerance
from detector.detection.departure.store import decode, key_of
from detector.events import encode
from detector.fit import Fitting, fit_scaler
from detector.tablestore import KEPT, DiskStore


def settings(**of_feature) -> DetectorSettings:
    rng = np.random.default_rng(7)
    columns = {"a": rng.normal(5, 2, 900), "b": np.round(rng.lognormal(0, 1, 900), 1)}
    scaler = fit_scaler(columns, Fitting(name="m", version="1", kind="standard")).scaler
    model = ModelSettings(
        name="m", topic="t", scaler=scaler, features={"a": FeatureSettings(**of_feature)}
    )
    return DetectorSettings(group="g", models={"m": model})


def stream() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    a = rng.normal(5, 2, 800)
    a[500:] *= 3
    return {"a": a, "b": np.round(rng.lognormal(0, 1, 800), 1)}


def test_a_second_start_judges_as_the_first_did(tmp_path):
    store = DiskStore(tmp_path)
    first = Detector(settings(), store).update("m", stream())
    kept = list(tmp_path.glob("*.npz"))

    second = Detector(settings(), store).update("m", stream())

    assert len(kept) == 1
    assert [encode(event) for event in second] == [encode(event) for event in first]
    assert [event.data.status for event in first][:1] == ["opened"]


def test_another_tolerance_has_another_key():
    plain = settings().models["m"]
    wider = settings(tolerance=Tolerance(shift=0.2)).models["m"]

    assert key_of(plain) == key_of(settings().models["m"])
    assert key_of(plain) != key_of(wider)


def test_broken_files_are_as_if_they_were_not_there(tmp_path):
    store = DiskStore(tmp_path)
    expected = Detector(settings(), store).update("m", stream())
    path = next(tmp_path.glob("*.npz"))
    path.write_bytes(path.read_bytes()[:-100])

    again = Detector(settings(), store).update("m", stream())

    assert [encode(event) for event in again] == [encode(event) for event in expected]
    assert decode(b"", 1) is None
    assert decode(b"no archive", 1) is None


def test_a_place_that_cannot_be_written_costs_time_and_nothing_else():
    store = DiskStore.of_user({"DETECTOR_CACHE_DIR": "/proc/nowhere"})

    store.put("key", b"data")

    assert store.get("key") is None


def test_the_file_longest_unused_is_forgotten(tmp_path):
    store = DiskStore(tmp_path)
    for i in range(KEPT + 1):
        store.put(f"k{i}", b"x")
        os.utime(next(tmp_path.glob(f"k{i}-*.npz")), (i, i))
    store.put("last", b"x")

    assert store.get("k0") is None
    assert store.get("last") == b"x"


def test_the_folder_follows_the_environment():
    given = DiskStore.of_user({"DETECTOR_CACHE_DIR": "/a"})
    cache = DiskStore.of_user({"XDG_CACHE_HOME": "/b"})

    assert given._folder.as_posix() == "/a"
    assert cache._folder.as_posix() == "/b/drift-detector/tables"


def test_another_release_computes_its_own(tmp_path, monkeypatch):
    DiskStore(tmp_path).put("key", b"old")
    monkeypatch.setattr("detector.tablestore.code_digest", lambda: "another")

    assert DiskStore(tmp_path).get("key") is None
