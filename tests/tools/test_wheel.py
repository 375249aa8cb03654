"""What people install: one wheel with all packages and the pages, and nothing at the top level but oncue."""

import subprocess
import zipfile
from pathlib import Path

import found
import pytest
from pip_settings import uv_environment


@pytest.fixture
def clean_copy(tmp_path: Path) -> Path:
    """The checkout as a clone of it would be, with what is not committed yet."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=found.ROOT, check=True, capture_output=True, text=True).stdout.split(
        "\0"
    )
    for name in filter(None, names):
        copy = tmp_path / "clone" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (found.ROOT / name).exists():
            copy.write_bytes((found.ROOT / name).read_bytes())
    return tmp_path / "clone"


# Longer than other tests may take: npm installs what the pages are built with.
@pytest.mark.timeout(400)
def test_a_wheel_has_all_packages_and_the_pages(clean_copy: Path) -> None:
    node = found.node_folder()
    assert node, "no Node.js found: run `make setup`"
    env = {**uv_environment(), "PATH": found.node_environment(node)["PATH"]}
    subprocess.run(
        [found.VENV_BIN / "uv", "build", "--wheel", "--quiet"], cwd=clean_copy, env=env, check=True
    )
    (wheel,) = (clean_copy / "dist").glob("oncue-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"oncue"}
    sources = {
        f"oncue/{path.relative_to(clean_copy)}"
        for root in ("engine", "formats", "media", "api", "migrations")
        for path in (clean_copy / root).rglob("*.py")
    }
    assert sources <= names
    assert {f"oncue/{root}/py.typed" for root in ("engine", "formats", "media", "api", "migrations")} <= names
    templates = {
        f"oncue/{path.relative_to(clean_copy)}" for path in (clean_copy / "api" / "new").rglob("*.tmpl")
    }
    assert len(templates) > 5
    assert templates <= names
    assert "oncue/api/web/index.html" in names
    assert any(name.startswith("oncue/api/web/assets/") and name.endswith(".js") for name in names)
