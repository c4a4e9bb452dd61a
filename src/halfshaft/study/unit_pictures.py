"""Pictures of a map as files: SVG, one HTML page, or PNG where a browser is at hand to draw it."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from halfshaft.drive_unit.chart import control_svg, efficiency_svg, unit_view
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.quantities import InputError
from halfshaft.study.store import write_whole
from halfshaft.study.unit_maps import UnitMaps

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_PIXELS = 2.0  # of a PNG for each of the SVG


def check_picture(file: Path) -> None:
    """Raises InputError for a picture that cannot be written: another suffix, no folder, or PNG without a browser."""
    if file.suffix not in (".svg", ".html", ".png"):
        raise InputError.of(
            file,
            f"{file.suffix or 'no suffix'} is no format to draw in",
            "name a .svg, .html or .png file",
            field="--plot",
        )
    if not file.absolute().parent.is_dir():
        raise InputError.of(file, "its folder does not exist", "choose another file, or make the folder first")
    if file.suffix == ".png":
        _browser(file)


def draw_unit_maps(found: UnitMaps, file: Path) -> list[Path]:
    """Efficiency map of the middle voltage with the limits of the others, and the control at it; the files written."""
    middle = found.maps[len(found.maps) // 2]
    others = [m for m in found.maps if m is not middle]
    table = found.field.table()
    motor_map = evaluate_motor(found.unit.motor, table, middle.dc_voltage_v)
    pictures = [efficiency_svg(unit_view(middle, others)), control_svg(motor_map, table)]
    return write_pictures(found.unit.name, pictures, file, beside="control")


def write_pictures(title: str, pictures: list[str], file: Path, *, beside: str) -> list[Path]:
    """Write two pictures: the first as FILE, the second as FILE_``beside``; of HTML one page holds both."""
    check_picture(file)
    if file.suffix == ".html":
        figures = "\n".join(f"<figure>{picture}</figure>" for picture in pictures)
        style = "body{margin:2rem;background:#fff}figure{margin:0 0 2rem}svg{max-width:100%;height:auto}"
        text = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f"<style>{style}</style></head><body>\n{figures}\n</body></html>\n"
        )
        write_whole(file, text.encode())
        return [file]
    files = [file, *(file.with_name(f"{file.stem}_{beside}{file.suffix}") for _ in pictures[1:])]
    for one, picture in zip(files, pictures, strict=True):
        write_whole(one, picture.encode() if file.suffix == ".svg" else _png(picture, file))
    return files


def _png(svg: str, file: Path) -> bytes:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser(file), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(device_scale_factor=_PIXELS)
        page.set_content(f"<style>body{{margin:0}}</style>{svg}")
        drawn = page.locator("svg").screenshot()
        browser.close()
    return bytes(drawn)


def _browser(file: Path) -> str:
    """A Chromium on this machine, driven by playwright."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        found = None
    if found is None:
        raise InputError.of(
            file,
            "PNG needs Chromium and the Python package playwright, which are not here",
            "name a .svg or .html file",
        )
    return found
