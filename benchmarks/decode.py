"""Messages a second from JSON to numpy columns: ours, and the loops that people write instead.

    python benchmarks/decode.py [messages]

Each message carries a time, an identifier and 5, 20 or 100 numbers. "json" and "msgspec" parse each
message to a dict and append its values to a list a feature; both trust their input: a text or a
missing key ends them. "ours, 1 % bad" has one text, one null or one broken message in a hundred.
Processor time, the best of several turns.
"""

import json
import random
import sys
import time
from collections.abc import Callable

import msgspec
import numpy as np

from detector.records import RecordDecoder, TimeField

FEATURES = (5, 20, 100)
RUNS = 5


def messages(features: int, count: int) -> list[bytes]:
    """Messages as a producer would write them."""
    rng = random.Random(1)
    names = [f"feature_{index}" for index in range(features)]
    return [
        json.dumps(
            {"ts": 1764000000 + i, "id": f"customer-{i}"}
            | {n: rng.gauss(50, 10) if k % 3 else rng.randint(0, 999) for k, n in enumerate(names)}
        ).encode()
        for i in range(count)
    ]


def spoilt(clean: list[bytes]) -> list[bytes]:
    """The same messages, one in a hundred of them bad in one of three ways."""
    bad = list(clean)
    for turn, index in enumerate(range(0, len(bad), 100)):
        head, _, tail = bad[index].partition(b'"feature_0": ')
        rest = tail.partition(b",")[2]
        bad[index] = (
            head + b'"feature_0": "n/a",' + rest,
            head + b'"feature_0": null,' + rest,
            head,
        )[turn % 3]
    return bad


def by_dict(parse: Callable[[bytes], dict[str, float]], names: list[str]) -> Callable[..., object]:
    """A loop over messages that makes a dict of each."""

    def decode(values: list[bytes]) -> list[np.ndarray]:
        columns: dict[str, list[float]] = {name: [] for name in names}
        times = []
        for value in values:
            message = parse(value)
            times.append(message["ts"])
            for name, column in columns.items():
                column.append(message[name])
        return [np.array(column, np.float64) for column in (*columns.values(), times)]

    return decode


def per_second(works: dict[str, Callable[[], object]], count: int) -> dict[str, float]:
    """Messages a second of processor time, the best of several turns that all take in order."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(RUNS):
        for name, work in works.items():
            start = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - start)
    return {name: count / seconds for name, seconds in best.items()}


def measure(features: int, count: int) -> dict[str, float]:
    """Every way over the same messages."""
    names = [f"feature_{index}" for index in range(features)]
    clean = messages(features, count)
    bad = spoilt(clean)
    decoder = RecordDecoder(names, time=TimeField("ts", "s"))
    defaults = np.zeros(count)
    stdlib = by_dict(json.loads, names)
    fast = by_dict(msgspec.json.Decoder().decode, names)
    works: dict[str, Callable[[], object]] = {
        "json": lambda: stdlib(clean),
        "msgspec": lambda: fast(clean),
        "ours": lambda: decoder.decode(clean, defaults),
        "ours, 1 % bad": lambda: decoder.decode(bad, defaults),
    }
    return per_second(works, count)


def main() -> None:
    """Print a row for each number of features."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8_000
    print("features       json    msgspec       ours  ours, 1 % bad  ours/json  ours/msgspec")
    for features in FEATURES:
        speed = measure(features, count)
        ours = speed["ours"]
        print(
            f"{features:>8} {speed['json']:>10,.0f} {speed['msgspec']:>10,.0f} {ours:>10,.0f} "
            f"{speed['ours, 1 % bad']:>14,.0f} {ours / speed['json']:>10.1f} "
            f"{ours / speed['msgspec']:>13.1f}"
        )


if __name__ == "__main__":
    main()
