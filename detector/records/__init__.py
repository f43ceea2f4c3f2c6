"""Bytes and files to columns: what is missing, invalid, undecodable."""

from detector.records.decoded import Decoded
from detector.records.messages import RecordDecoder
from detector.records.times import TimeField, TimeUnit

__all__ = ["Decoded", "RecordDecoder", "TimeField", "TimeUnit"]
