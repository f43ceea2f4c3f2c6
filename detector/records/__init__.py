"""Bytes and files to columns: what is missing, invalid, undecodable."""

from detector.records.chunk import FORMATS, Chunk, Format, Selection
from detector.records.columns import Columns, read_columns
from detector.records.decoded import Decoded
from detector.records.files import STANDARD_INPUT, check_input, place_of, read_chunks, size_of
from detector.records.messages import RecordDecoder
from detector.records.timeline import with_times
from detector.records.times import PER_SECOND, TimeField, TimeUnit, unit_of

__all__ = [
    "FORMATS",
    "PER_SECOND",
    "STANDARD_INPUT",
    "Chunk",
    "Columns",
    "Decoded",
    "Format",
    "RecordDecoder",
    "Selection",
    "TimeField",
    "TimeUnit",
    "check_input",
    "place_of",
    "read_chunks",
    "read_columns",
    "size_of",
    "unit_of",
    "with_times",
]
