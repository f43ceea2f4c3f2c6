"""The departure tables of a model's features, from the store where it has them."""

from collections.abc import Sequence

from detector.detection.departure import Table, table_of
from detector.detection.departure.store import TableStore, decode, encode, key_of
from detector.detection.faults import Column
from detector.detection.learning import unknown
from detector.detection.settings import ModelSettings
from detector.detection.view import View


def tables_of(
    settings: ModelSettings, views: Sequence[View], store: TableStore | None
) -> list[Table]:
    """The table of each of *views*, in their order; what the store does not have is put there."""
    key = key_of(settings) if store is not None else ""
    data = store.get(key) if store is not None else None
    kept = decode(data, len(views)) if data is not None else None
    if kept is not None:
        return kept
    by_name = {view.name: view for view in views}
    tables = [
        unknown()
        if view.spread is None
        else table_of(
            Column(view=view, views=by_name, versions=settings.versions),
            settings.feature(view.name),
        )
        for view in views
    ]
    if store is not None:
        store.put(key, encode(tables))
    return tables
