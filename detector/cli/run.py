"""``detector run``: watch the live feature topics and publish drift events."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from detector import config, logs
from detector.cli import Subparsers
from detector.stream.service import Service
from detector.web.server import WebServer


def add(subparsers: Subparsers) -> None:
    """Register ``run``."""
    parser = subparsers.add_parser(
        "run",
        help="watch the live feature topics and publish drift events",
        description="Reads the topics of all models, publishes drift events to the alert topic, "
        "and ends cleanly on SIGTERM or SIGINT.",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Serves until a signal asks for the end; 0 then."""
    settings = config.load(args.config)
    logs.configure()
    service = Service(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with WebServer(settings.web, service.health, service.metrics):
        service.run(stop)
    if not service.has_left_group:
        # The client hangs, and the interpreter would wait for it; what was done is committed.
        sys.stderr.flush()
        os._exit(0)
    return 0
