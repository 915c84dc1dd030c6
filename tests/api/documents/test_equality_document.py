"""The equality review as a document for a board: the finding first, nothing that the open edition withholds, the same
bytes twice."""

import re
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner

from api.cli.main import cli
from api.documents.charts.data import Dot
from api.documents.charts.shown import csv_of, svg
from api.documents.equality_review import FORMS, document_of, inclusion_chart, printed
from api.schemas.evaluation.equality import ReviewOut, restricted_out
from tracker.evaluation.equality.rules import ALL, STEPS, Population, holm_corrected, inclusion, passage
from tracker.evaluation.equality.service import Counted, Review

SENTENCED = Population("sentenced", "2018/19", "a test", {"male": 900, "female": 100})


def _counts(**levels: list[int | None]) -> dict[str, dict[str, int | None]]:
    return {
        step: {ALL: sum(held[n] or 0 for held in levels.values()), **{name: held[n] for name, held in levels.items()}}
        for n, step in enumerate(STEPS)
    }


def _review(*, restricted: bool = False, women: list[int | None] | None = None, young: int | None = 120) -> ReviewOut:
    sex = _counts(male=[400, 380, 380, 300, 120, 60], female=women or [14, 14, 14, 12, 11, 11])
    age: dict[str, dict[str, int | None]] = {step: {ALL: counts[ALL], "18-20": None} for step, counts in sex.items()}
    ratios = [*inclusion("sex", sex, SENTENCED, 10), *passage("sex", sex, ["male", "female"], 10)]
    review = Review(
        programme="gps-knife-licence",
        name="GPS tagging, knife crime on licence",
        as_at=date(2019, 10, 31),
        made_on=date(2019, 11, 1),
        restricted=restricted,
        reader="olu",
        k=10,
        release=None if restricted else 3,
        due="review how far the groups named are included: due 2019-08-18",
        terms=("young adult: 18 to 24 on release (the paper does not define it)",),
        characteristics=(
            Counted(
                characteristic="age",
                levels=("18-20",),
                counts={s: {ALL: c[ALL], "18-20": None} for s, c in age.items()},
            ),
            Counted(characteristic="sex", levels=("male", "female"), counts=sex, populations=(SENTENCED,)),
            Counted(characteristic="religion or belief", counts={}, why_not="not recorded"),
            Counted(characteristic="disability", counts={}, why_not="not recorded"),
        ),
        own_groups={"young adult": dict.fromkeys(STEPS, young)},
        ratios=tuple(holm_corrected(ratios)),
        words=("a ratio is not proof of discrimination",),
    )
    return restricted_out(review)


def _text(docx: bytes) -> str:
    with zipfile.ZipFile(BytesIO(docx)) as parts:
        return re.sub(r"<[^>]+>", " ", parts.read("word/document.xml").decode())


def test_the_finding_stands_first_and_the_paper_s_question_is_answered() -> None:
    document = document_of(_review())
    assert document.title == "Equality review: GPS tagging, knife crime on licence, as at 2019-10-31"
    assert document.about[0] == "Made by olu on 2019-11-01, of the people of the programme as at 2019-10-31."
    headings = [section.heading for section in document.sections]
    assert headings[:3] == ["What was found", "Young adults", "Eligible and imposed"]
    assert headings[3] == "Who is included more, and who less"
    found, young, imposed = (section.lines for section in document.sections[:3])
    assert re.fullmatch(r"\d+ of \d+ comparisons stand out:", found[0])
    # One line a group, whatever the steps; the strongest of them first.
    [less] = [line for line in found if line.startswith("sex, female: ") and "as common" in line]
    words = (
        r"sex, female: 0\.\d\d times as common among the \w+ as in the population sentenced, 2018/19 .*; likewise .*"
    )
    assert re.fullmatch(words, less)
    assert young[1] == "Eligible: 120 of 414 people, 29%."
    assert imposed[0] == "414 people passed the screening, and 394 have a condition imposed."
    # Empty headings are one list, and each comparison that was not made is in another, with why.
    gone = next(s for s in document.sections if s.heading == "Characteristics that are not shown")
    assert gone.table is not None
    assert [row[0] for row in gone.table.rows] == ["religion or belief", "disability"]
    left = next(s for s in document.sections if s.heading == "Comparisons that were not made")
    assert left.table is not None
    assert "cannot differ: everyone passed this step" in {row[3] for row in left.table.rows}


def test_more_imposed_than_eligible_is_explained_and_withheld_young_adults_are_said() -> None:
    more = _review(women=[14, 14, 60, 12, 11, 11], young=None)
    _, young, imposed = (" ".join(section.lines) for section in document_of(more).sections[:3])
    assert "A condition that was imposed is recorded whatever the screening said" in imposed
    assert "Withheld at these steps: eligible, proportionate, imposed, mapped, matched, confirmed." in young
    assert "the restricted edition has the numbers" in young


def test_what_the_open_edition_withholds_is_in_no_picture_and_no_file() -> None:
    """A level that is withheld: its ratio would tell it, so neither that nor its place on the axis is there."""
    withheld = _review(women=[None, None, None, None, None, None])
    chart = inclusion_chart(withheld)
    assert chart is not None
    picture = svg(chart).decode()
    assert "sex: female" in csv_of(chart).decode()
    assert "[c]" in csv_of(chart).decode()
    assert {name: dots[0] for name, dots in chart.rows}["sex: female"] == Dot(None)
    assert "withheld" in picture
    with_them = inclusion_chart(_review())
    assert with_them is not None
    ratio = next(dots[0].value for name, dots in with_them.rows if name == "sex: female" and dots[0] is not None)
    for shown in (picture, _text(printed(withheld, FORMS[".docx"])), printed(withheld, FORMS[".html"]).decode()):
        assert f"{ratio:.2f}" not in shown


def test_open_and_restricted_editions_are_marked_and_the_same_bytes_twice() -> None:
    for restricted, words in ((False, "Open edition, release 3"), (True, "Restricted edition, for olu alone")):
        review = _review(restricted=restricted)
        document = document_of(review)
        assert document.banner is not None
        assert document.banner.startswith(words)
        assert document.marked == ("OFFICIAL-SENSITIVE: restricted edition" if restricted else "OFFICIAL")
        for form in FORMS.values():
            assert printed(review, form) == printed(msgspec.structs.replace(review), form)
        assert words in _text(printed(review, FORMS[".docx"]))
    assert b"/Type/StructTreeRoot" in printed(_review(), FORMS[".pdf"]).replace(b"/Type /", b"/Type/")


def test_without_a_population_there_is_no_chart_and_no_ratio_is_made_up() -> None:
    bare = msgspec.structs.replace(_review(), comparisons=[])
    assert inclusion_chart(bare) is None
    document = document_of(bare)
    assert document.sections[0].lines[0].startswith("No comparison could be made")
    assert printed(bare, FORMS[".docx"])


def test_a_file_of_another_kind_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    home = tmp_path / "home"
    refused = CliRunner().invoke(cli, ["equality", "review", "--out", str(tmp_path / "x.odt"), "--home", str(home)])
    assert refused.exit_code == 2
    assert "x.odt is no .html, .docx, .pdf" in refused.output
    assert not home.exists()


def test_words_of_the_record_do_not_run_in_a_page() -> None:
    evil: Any = "<script>x</script>"
    review = msgspec.structs.replace(_review(), name=evil, author=evil, due=evil)
    page = printed(review, FORMS[".html"]).decode()
    assert "<script" not in page
    assert printed(review, FORMS[".pdf"]).startswith(b"%PDF-")
