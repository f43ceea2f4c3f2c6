"""One message value by value: the slow path, for messages that do not fit the typed form."""

import msgspec

from detector.errors import RecordError
from detector.records.decoded import INVALID
from detector.records.layout import Moment, Number

Members = dict[str, msgspec.Raw]

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # all that msgspec raises
_KINDS = {b'"': "text", b"t": "boolean", b"f": "boolean", b"[": "list", b"{": "object"}

_members = msgspec.json.Decoder(Members).decode
_anything = msgspec.json.Decoder(msgspec.Raw).decode
_number = msgspec.json.Decoder(Number).decode
_moment = msgspec.json.Decoder(Moment).decode


def members_of(value: bytes) -> Members:
    """The members of an object, undecoded; RecordError where it is none, or no JSON."""
    try:
        return _members(value)
    except msgspec.ValidationError as error:
        try:
            _anything(value)
        except UNREADABLE as worse:
            raise _malformed(worse) from worse
        raise RecordError("object", "not a JSON object") from error
    except UNREADABLE as error:
        raise _malformed(error) from error


def find(members: Members, field: str) -> msgspec.Raw | None:
    """What stands at *field*: the literal key, else the dotted path; None where nothing does."""
    if field in members:
        return members[field]
    first, *rest = field.split(".")
    raw = members.get(first) if rest else None
    for key in rest:
        if raw is None:
            return None
        try:
            raw = _members(raw).get(key)
        except msgspec.ValidationError:  # a list or a scalar: the path leads nowhere
            return None
    return raw


def number(raw: msgspec.Raw) -> tuple[float | None, str | None]:
    """The number of a value (None: null), and the kind of what is invalid about it."""
    try:
        return _number(raw), None
    except msgspec.ValidationError:
        return INVALID, _KINDS.get(bytes(raw)[:1], "number")


def moment(raw: msgspec.Raw) -> object:
    """What may be a time, number or text; None for all else."""
    try:
        return _moment(raw)
    except msgspec.ValidationError:
        return None


def _malformed(error: Exception) -> RecordError:
    if isinstance(error, RecursionError):
        return RecordError("depth", "nested too deeply")
    return RecordError("json", f"not JSON: {error}")
