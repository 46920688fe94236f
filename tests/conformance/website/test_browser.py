"""The site in a real browser: it works from files, by keyboard, in the dark and on a phone."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)"
)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, site: Path) -> Iterator[Open]:
    """Opens a page of the site as a file; whatever the browser complains of fails the test."""
    said: list[str] = []
    contexts = []

    def opened(path: str, *, width: int = 1280, scheme: str = "light", **more: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            **more,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{path}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{path}: {error}"))
        page.on("requestfailed", lambda request: said.append(f"{path}: no {request.url}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("file:", "data:"))
                else said.append(f"{path}: asks for {request.url}")
            ),
        )
        file, mark, query = path.partition("?")
        page.goto(site.joinpath(file).as_uri() + mark + query)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []


def kinds(site: Path) -> list[str]:
    """Every page that is no case, and some cases."""
    paths = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    cases = [path for path in paths if path.count("/") > 2]
    return [path for path in paths if path not in cases] + cases[::3]


def test_no_page_complains_or_runs_what_a_result_says(open_page: Open, site: Path) -> None:
    page = open_page("index.html")
    for path in kinds(site):
        page.goto(site.joinpath(path).as_uri())
        assert page.evaluate("window.broken") is None, path
        assert page.locator("h1").count() == 1, path


def test_no_page_is_wider_than_a_phone(open_page: Open, site: Path) -> None:
    page = open_page("index.html", width=360)
    for path in kinds(site):
        page.goto(site.joinpath(path).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_the_matrix_scrolls_in_itself_and_keeps_its_names_in_sight(open_page: Open) -> None:
    page = open_page("index.html", width=360)
    box = page.locator(".block .scroll").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    name = box.locator("tbody th").first
    before = name.bounding_box()
    box.evaluate("box => { box.scrollLeft = 200 }")
    assert name.bounding_box() == before


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_colours_follow_the_system(open_page: Open, scheme: str, dark: bool) -> None:
    assert is_dark(open_page("index.html", scheme=scheme)) is dark


def is_dark(page: Page) -> bool:
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in color[4:-1].split(",")) < 3 * 128


def test_the_colours_can_be_chosen_and_are_kept(open_page: Open) -> None:
    page = open_page("index.html")
    button = page.locator("#theme")
    button.click()
    button.click()
    assert button.get_attribute("aria-label") == "Colours: dark"
    assert is_dark(page)
    page.reload()
    assert is_dark(page)
    page.locator("#theme").click()
    assert not is_dark(page)


def shown(page: Page, selector: str) -> int:
    return sum(one.is_visible() for one in page.locator(selector).all())


def choose(page: Page, name: str, value: str) -> None:
    page.select_option(f"[data-filter={name}]", value)


def test_the_matrix_is_filtered_by_formula_implementation_and_text(open_page: Open) -> None:
    page = open_page("index.html")
    blocks = shown(page, ".block")
    choose(page, "formula", "softmax_focal_loss")
    assert (blocks, shown(page, ".block")) == (3, 1)
    choose(page, "implementation", "good")
    assert shown(page, ".grid tbody tr") == 1
    page.fill("[data-filter=text]", "sof-1 ")
    assert shown(page, ".grid thead th") == 1
    assert page.locator("output").inner_text().startswith("1 of ")
    page.click("button[type=reset]")
    page.wait_for_function("document.querySelectorAll('.block:not([hidden])').length === 3")


def test_the_matrix_shows_only_clauses_with_the_verdict_that_is_asked_for(open_page: Open) -> None:
    page = open_page("index.html")
    choose(page, "verdict", "deviation")
    assert shown(page, ".block") == 1
    bright = page.locator(".grid a.mark:not(.dim):visible")
    assert bright.count() > 0
    for mark in bright.all():
        assert "v-deviation" in (mark.get_attribute("class") or "")
        assert "deviation" in (mark.get_attribute("aria-label") or "")


def test_a_dtype_changes_the_numbers_behind_a_square(open_page: Open) -> None:
    page = open_page("index.html")
    mark = page.locator("tr[data-implementation=good] a.mark").first
    before = mark.get_attribute("aria-label")
    choose(page, "dtype", "1")
    assert mark.get_attribute("aria-label") != before


def test_a_square_leads_to_its_cases(open_page: Open) -> None:
    page = open_page("index.html")
    page.locator("tr[data-implementation=differs] a.mark").first.click()
    page.wait_for_url("**/cases/*.html?clause=*")
    assert page.input_value("[data-filter=implementation]") == "differs"
    assert page.input_value("[data-filter=clause]").startswith("SIG-")
    assert 0 < shown(page, ".cases tr[data-clauses]") < page.locator("tr[data-clauses]").count()


def test_a_filter_stays_in_the_address(open_page: Open) -> None:
    page = open_page("cases/sigmoid_focal_loss.html?verdict=deviation")
    assert page.input_value("[data-filter=verdict]") == "deviation"
    rows = shown(page, "tr[data-clauses]")
    page.fill("[data-filter=text]", "plain")
    assert page.evaluate("location.search") == "?verdict=deviation&text=plain"
    assert 0 < shown(page, "tr[data-clauses]") < rows


def test_the_survey_and_the_list_of_checks_are_filtered(open_page: Open) -> None:
    page = open_page("survey.html")
    assert shown(page, "tbody tr:not(.topic)") > 0
    choose(page, "split", "split")  # all four do the same in the run that was made
    assert shown(page, "tbody tr:not(.topic)") == 0
    page = open_page("implementations/differs.html")
    every = shown(page, ".checks tbody tr")
    choose(page, "verdict", "deviation")
    assert 0 < shown(page, ".checks tbody tr") < every


def test_a_slash_searches_everything_and_enter_goes_there(open_page: Open) -> None:
    page = open_page("index.html")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("sigmoid_focal_loss small plain")
    page.wait_for_selector("#found a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/sigmoid_focal_loss/small/plain.html")


def test_search_results_are_walked_with_arrows_and_left_with_escape(open_page: Open) -> None:
    page = open_page("spec/sigmoid.html")
    page.keyboard.press("/")
    page.keyboard.type("script")
    page.wait_for_selector("#found a")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('#found') !== null")
    page.keyboard.press("Escape")
    assert not page.locator("#found").is_visible()
    assert page.evaluate("window.broken") is None


def test_the_first_tab_skips_to_the_content(open_page: Open) -> None:
    page = open_page("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_arrows_walk_the_squares_which_are_one_stop_for_tab(open_page: Open) -> None:
    page = open_page("index.html")
    block = page.locator(".block").first
    assert block.locator("a.mark[tabindex='0']").count() == 1
    block.locator("a.mark[tabindex='0']").focus()
    label = "document.activeElement.closest('tr').dataset.implementation"
    column = "document.activeElement.parentNode.cellIndex"
    first = page.evaluate(column)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(column) > first
    before = page.evaluate(label)
    page.keyboard.press("ArrowDown")
    assert page.evaluate(label) != before
    assert page.locator("#tip").is_visible()
    assert block.locator("a.mark[tabindex='0']").count() == 1


def test_a_tap_tells_and_a_second_tap_goes(open_page: Open) -> None:
    page = open_page("index.html", width=390, has_touch=True)
    mark = page.locator("tr[data-implementation=good] a.mark").first
    mark.tap()
    assert page.locator("#tip").is_visible()
    assert "pass" in page.locator("#tip").inner_text()
    assert page.url.endswith("index.html")
    mark.tap()
    page.wait_for_url("**/cases/*.html*")


def test_a_point_of_a_plot_names_its_case_and_leads_there(open_page: Open) -> None:
    page = open_page("accuracy/sigmoid_focal_loss-float64.html")
    point = page.locator(".series use").first
    point.dispatch_event("pointerover")
    case = page.locator("#tip").inner_text().split("\n")[1]
    point.dispatch_event("click")
    page.wait_for_url(f"**/cases/{case}.html")


def test_an_implementation_can_be_taken_out_of_a_plot(open_page: Open) -> None:
    page = open_page("accuracy/sigmoid_focal_loss-float64.html")
    key = page.locator(".keys button").first
    series = page.locator(
        f".plot:first-of-type .series[data-series='{key.get_attribute('data-series')}']"
    ).first
    assert series.evaluate("one => getComputedStyle(one).display") != "none"
    key.click()
    assert key.get_attribute("aria-pressed") == "false"
    assert series.evaluate("one => getComputedStyle(one).display") == "none"


def test_pages_read_well_without_scripts(open_page: Open) -> None:
    page = open_page("index.html", java_script_enabled=False)
    assert shown(page, ".block") == 3
    assert page.locator("a.mark").first.get_attribute("aria-label")
