"""Messages at a steady pace."""

import threading
import time
from collections.abc import Callable, Iterable

# Below this the clock of a busy machine is no longer kept; messages go in bursts of so many.
TICK_S = 0.02


def send_steadily(
    values: Iterable[bytes],
    send: Callable[[bytes], None],
    *,
    rate: float,
    stop: threading.Event,
) -> int:
    """Hands each of *values* to *send*, *rate* a second, until *stop* is set; how many it sent.

    After a pause of the machine it catches up, so the whole takes ``len(values) / rate`` seconds.
    """
    began = time.monotonic()
    sent = 0
    for value in values:
        early_s = sent / rate - (time.monotonic() - began)
        if early_s > TICK_S:
            stop.wait(early_s)
        if stop.is_set():
            break
        send(value)
        sent += 1
    return sent
