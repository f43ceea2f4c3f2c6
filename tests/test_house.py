"""The house: imports point downward, and each outside library has one home."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "detector"

FLOORS = (  # from the roof to the cellar; a floor may import itself and what lies below
    {"cli", "__main__"},
    {"demo"},
    {"stream", "replay", "fit", "web"},
    {"terminal"},
    {"config", "secrets", "logs", "tablestore"},
    {"records"},
    {"detection"},
    {"scaler", "events"},
    {"yamlfile", "errors"},
)
LEVEL = {name: level for level, floor in enumerate(FLOORS) for name in floor}

HOMES = {
    "river": "detection",
    "confluent_kafka": "stream",
    "yaml": "yamlfile",
    "numba": ("detection.kernels.compiled", "detection.kernel_cache"),
    "prometheus_client": "web",
    "pyarrow": "records",
    "rich": "terminal",
    "structlog": "logs",
    "argparse": "cli",
}
UPWARD = {("detection.engine", "config")}  # Detector.from_config, inside the function
PURE = {"socket", "time", "logging", "os", "random", "threading", "datetime"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield name.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "detector":
                yield from (f"detector.{alias.name}" for alias in node.names)


ALL = list(modules())


@pytest.mark.parametrize(("name", "tree"), ALL, ids=[name for name, _ in ALL])
def test_imports_point_downward(name: str, tree: ast.Module) -> None:
    own = LEVEL.get(name.split(".", maxsplit=1)[0], 0)
    for target in imported(tree):
        if not target.startswith("detector."):
            continue
        floor = target.split(".")[1]
        if floor in LEVEL and (name, floor) not in UPWARD and name != "__init__":
            assert LEVEL[floor] >= own, f"{name} imports {target}, which lies above it"


@pytest.mark.parametrize(("name", "tree"), ALL, ids=[name for name, _ in ALL])
def test_each_outside_library_has_one_home(name: str, tree: ast.Module) -> None:
    for target in imported(tree):
        home = HOMES.get(target.split(".")[0])
        if home is not None:
            homes = (home,) if isinstance(home, str) else home
            assert any(name == h or name.startswith(f"{h}.") for h in homes), (
                f"{name} imports {target}"
            )


@pytest.mark.parametrize(
    ("name", "tree"),
    [(n, t) for n, t in ALL if n.split(".")[0] in ("detection", "scaler", "events")],
    ids=[n for n, _ in ALL if n.split(".")[0] in ("detection", "scaler", "events")],
)
def test_the_core_knows_no_clock_no_log_no_environment(name: str, tree: ast.Module) -> None:
    allowed = {"datetime"} if name.startswith("events.") else set()
    for target in imported(tree):
        assert target.split(".")[0] not in PURE - allowed, f"{name} imports {target}"


def test_every_folder_of_the_package_has_a_floor() -> None:
    names = {name.split(".")[0] for name, _ in ALL} - {"__init__"}

    assert names - set(LEVEL) == set()
