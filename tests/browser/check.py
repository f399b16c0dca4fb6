"""Opens a report in headless Chromium and tries what a reader does.

    check.py PAGE [--screenshots FOLDER]

Prints every finding and ends with 1 where there is one: messages on the console, network requests, accessibility
violations (axe-core, serious or critical), content wider than the screen, tables that do not sort or filter, controls
the keyboard does not reach, a page that is slow to become interactive.
"""
import argparse
import os
import shutil
import sys
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
WIDTHS = (1280, 400)
SCHEMES = ("light", "dark")
# A page is interactive when a script of ours has run and the browser is idle; generous for a busy machine.
MOST_MS = 5_000


def chromium():
    found = os.environ.get("BAYPLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    return found or sys.exit("no chromium: run scripts/report-browser")


def open_page(browser, path, width, scheme, problems):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True)
    page = context.new_page()
    url = path.resolve().as_uri()
    page.on("console", lambda message: problems.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def request(request):
        if request.url != url and not request.url.startswith("data:"):
            problems.append(f"request: {request.url[:100]}")

    page.on("request", request)
    page.goto(url)
    return context, page


def speed(page, problems):
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    if ready > MOST_MS:
        problems.append(f"interactive only after {ready:.0f} ms")
    return ready


def axe(page, problems):
    results = Axe().run(page)
    for violation in results.response["violations"]:
        if violation["impact"] in ("serious", "critical"):
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            problems.append(f"axe: {violation['id']} ({violation['impact']}): {nodes}")


def width(page, problems):
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        problems.append(f"{wide} px wider than the screen")


def pictures(page, problems):
    wanted = {"cost bars": ".bars .fill", "amounts": ".scale .fill"}
    if page.locator("#fleet .legend").count():
        wanted["instance bars"] = ".bar .part"
    if page.locator("#tradeoffs").count():
        wanted["curves"] = "svg.chart polyline"
    for name, selector in wanted.items():
        boxes = page.locator(selector)
        if boxes.count() == 0 or not any((boxes.nth(i).bounding_box() or {"width": 0})["width"] > 0.5
                                         for i in range(min(10, boxes.count()))):
            problems.append(f"no {name}")


def cells(table, column):
    return table.locator(f"tbody tr:not([hidden]) td:nth-child({column})").all_inner_texts()


def tables(page, problems):
    services = page.locator("#table-services")
    table = services.locator("table.rows")
    for column in (1, 2):
        button = table.locator(f"thead th:nth-child({column}) button")
        for order, reverse in (("ascending", False), ("descending", True)):
            button.focus()
            page.keyboard.press("Enter")
            header = table.locator(f"thead th:nth-child({column})")
            if header.get_attribute("aria-sort") != order:
                problems.append(f"column {column} is not marked {order}")
            if column == 2:
                values = [float(text.replace(",", "")) for text in cells(table, column) if text]
                if values != sorted(values, reverse=reverse):
                    problems.append(f"column {column} is not sorted {order}: {values[:9]}")
    rows = table.locator("tbody tr")
    first = rows.first.locator("td").first.inner_text()
    services.locator("input").focus()
    page.keyboard.type("no such service anywhere")
    if cells(table, 1):
        problems.append("a filter that fits nothing leaves rows")
    if services.locator(".found").inner_text() != f"0 of {rows.count()} rows":
        problems.append("the filter does not say how many rows are left")
    services.locator("input").fill(first[:30])
    if first not in cells(table, 1):
        problems.append(f"the filter {first[:30]!r} loses its own row")
    services.locator("input").fill("")
    with page.expect_download() as download:
        services.locator("a.download").click()
    text = Path(download.value.path()).read_text()
    if not text.startswith("x_EcsServiceName,EffectiveCost,"):
        problems.append(f"the CSV begins with {text[:40]!r}")


def keyboard(page, problems):
    """Tab reaches every control that is on show, and each shows where the focus is."""
    controls = page.evaluate("""() => {
        const all = Array.from(document.querySelectorAll('a[href],button,input,summary,[tabindex="0"]'));
        return all.filter(e => e.checkVisibility()).length; }""")
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    reached, unseen = set(), 0
    for _ in range(controls + 5):
        page.keyboard.press("Tab")
        key, outlined = page.evaluate("""() => {
            const e = document.activeElement;
            if (!e.dataset.reached) e.dataset.reached = String(Math.random());
            return [e === document.body ? '' : e.dataset.reached, getComputedStyle(e).outlineStyle !== 'none']; }""")
        if key:
            reached.add(key)
            unseen += not outlined
    if len(reached) < controls:
        problems.append(f"the keyboard reaches {len(reached)} of {controls} controls")
    if unseen:
        problems.append(f"{unseen} controls do not show the focus")
    summary = page.locator("details.data:not([open]) > summary").first
    if summary.count():
        summary.focus()
        page.keyboard.press("Enter")
        if page.locator("details.data[open]").count() == 0:
            problems.append("Enter does not open a table")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=Path)
    parser.add_argument("--screenshots", type=Path)
    arguments = parser.parse_args()
    problems = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for pixels in WIDTHS:
            for scheme in SCHEMES:
                found = []
                context, page = open_page(browser, arguments.page, pixels, scheme, found)
                ready = speed(page, found)
                print(f"{arguments.page.name}: {pixels} px {scheme}: interactive after {ready:.0f} ms")
                if arguments.screenshots:
                    arguments.screenshots.mkdir(parents=True, exist_ok=True)
                    name = f"{arguments.page.stem}-{pixels}-{scheme}.png"
                    page.screenshot(path=arguments.screenshots / name, full_page=True)
                width(page, found)
                pictures(page, found)
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = d.querySelectorAll('tr').length < 150)")
                axe(page, found)
                if scheme == "light":
                    page.reload()
                    tables(page, found)
                    keyboard(page, found)
                problems += [f"{pixels} px {scheme}: {problem}" for problem in found]
                context.close()
        browser.close()
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
