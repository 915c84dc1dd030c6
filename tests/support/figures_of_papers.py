"""Every figure of the five decision papers: its programme, its paragraph, as the paper writes it, and where it is said.

A row names a reading of the programme (`show`, `status`, `duties`, `budget`, `rollout`), the place in its answer, and
the value there. `entries.funding[key=moj-2023].amountPence` is the field of the one funding with that key; the
paragraph is that of the entry.
"""

from typing import Any, NamedTuple

from tests.support.pilot import PILOT

IIOC, ATOM, IVMA, MARSOC = "iioc-ocsae-teams", "atom", "ivma", "marsoc"


class Row(NamedTuple):
    programme: str
    paragraph: str
    figure: str
    """As the paper writes it."""
    where: str
    value: Any
    reading: str = "show"


def statement(key: str, paragraph: str, figure: str, subject: str, value: str) -> Row:
    return Row(key, paragraph, figure, f"entries.statement[subject={subject};source={paragraph}].value", value)


def duty(key: str, paragraph: str, figure: str, name: str, field: str, value: Any) -> Row:
    return Row(key, paragraph, figure, f"items[key={name}].{field}", value, "duties")


def line(key: str, paragraph: str, figure: str, name: str, pounds: int, year: str | None = None) -> Row:
    picked = f"line={name}" + (f";year={year}" if year else "")
    return Row(key, paragraph, figure, f"entries.allocation[{picked}].amountPence", pounds * 100)


def phase(paragraph: str, figure: str, name: str, field: str, value: Any, key: str = PILOT) -> Row:
    return Row(key, paragraph, figure, f"entries.phase[name={name}].{field}", value)


FIGURES = [
    # PCD 570
    statement(PILOT, "PCD 570, executive summary and 1.3", "from 4 ...", "boroughs before the extension", "4"),
    statement(PILOT, "PCD 570, 2.1", "... to 20 boroughs", "boroughs", "20"),
    statement(PILOT, "PCD 570, 1.6", "up to 24 boroughs", "boroughs", "24"),
    Row(PILOT, "PCD 570, executive summary", "until April 2020", "ends.last day to impose.day", "2020-04-30"),
    Row(
        PILOT,
        "PCD 570, executive summary",
        "subject to final ministerial approval",
        "ends.last day to impose.subjectTo",
        "final ministerial approval of the end date",
    ),
    Row(PILOT, "PCD 570, recommendation A", "£730,000", "entries.recommendation[number=A].amountPence", 73_000_000),
    statement(
        PILOT, "PCD 570, 1.2", "between March 2017 and March 2019", "the community sentence pilot", "2017-03 to 2019-03"
    ),
    statement(
        PILOT,
        "PCD 570, 2.1, note to the table",
        "in eight London boroughs",
        "boroughs of the community sentence pilot",
        "8",
    ),
    statement(PILOT, "PCD 570, 1.3", "Aged 18+", "age of the wearer", "18"),
    phase("PCD 570, 2.1", "18/2/19", "February 2019", "plannedOn", "2019-02-18"),
    *(
        phase("PCD 570, 2.1", str(figure), name, field, figure)
        for name, boroughs, tags in (
            ("February 2019", 4, 100),
            ("June", 9, 180),
            ("August", 15, 250),
            ("September", 20, 300),
        )
        for field, figure in (("runningBoroughs", boroughs), ("runningMaximum", tags))
    ),
    *(
        phase("PCD 570, 2.1", name, name, "plannedOn", f"2019-{month:02}-01")
        for name, month in (("June", 6), ("August", 8), ("September", 9))
    ),
    statement(
        PILOT, "PCD 570, 1.9 and 2.1", "maximum number of tags expected (300)", "maximum number of tags expected", "300"
    ),
    statement(PILOT, "PCD 570, 1.9", "at least ... (300)", "tags for a robust impact analysis", "300"),
    Row(PILOT, "PCD 570, 2.1", "300", "size[unit=tags].number", 300),
    Row(PILOT, "PCD 570, 2.1", "300", "size[unit=tags].number", 300, "status"),
    statement(PILOT, "PCD 570, note 1", "50%+", "OGRS score for crime mapping", "50"),
    statement(PILOT, "PCD 570, 2.3", "more likely than not", "OGRS score for crime mapping", "50"),
    Row(PILOT, "PCD 570, 3.1", "£730,000", "entries.funding[key=approval].amountPence", 73_000_000),
    statement(PILOT, "PCD 570, 3.1", "£20.4m", "additional Mayoral funding to reduce violence", "20400000"),
    line(PILOT, "PCD 570, 3.1", "£96,000", "analysis", 96_000),
    line(PILOT, "PCD 570, 3.1", "£60,000", "evaluation", 60_000),
    line(PILOT, "PCD 570, 3.1", "£75,000", "management", 75_000),
    line(PILOT, "PCD 570, 3.1", "£469,000", "tagging", 469_000),
    line(PILOT, "PCD 570, 3.1", "£30,000", "lost-tags", 30_000),
    Row(PILOT, "", "Total £730,000", "approvedPence", 73_000_000, "budget"),
    Row(PILOT, "", "Total £730,000", "allocatedPence", 73_000_000, "budget"),
    *(
        Row(
            PILOT,
            f"PCD 570, 4.1 ({number}); the paper names the year of the order only",
            company,
            f"entries.responsible_person[companyNumber={company}].name",
            name,
        )
        for number, company, name in (
            ("i", "02299747", "Capita Business Services Limited"),
            ("ii", "07993509", "Alcohol Monitoring Systems Limited"),
            ("iii", "05308826", "Buddi Limited"),
        )
    ),
    Row(PILOT, "PCD 570, 2.5 and recommendation B", "Buddi Ltd", "contracts[key=gps-tags].supplier", "Buddi Ltd"),
    duty(PILOT, "PCD 570, 7.4", "at the six-month period", "equality-review", "state", "no date"),
    Row(PILOT, "PCD 570, 7.4", "six-month", "entries.duty[key=equality-review].monthsAfterLaunch", 6),
    duty(PILOT, "PCD 570, 6.3", "a DPIA has been produced", "dpia", "onPapersWord", True),
    duty(PILOT, "PCD 570, 7.4", "guidance has already been given", "guidance", "onPapersWord", True),
    # PCD 767
    Row(IIOC, "PCD 767, recommendation 1", "£1,622,000", "entries.recommendation[number=1].amountPence", 162_200_000),
    Row(IIOC, "PCD 767, recommendation 1", "£1,622,000 in 2019/20", "entries.funding[key=phase-one].year", "2019/20"),
    Row(IIOC, "", "£1,622,000, noted", "notedPence", 162_200_000, "status"),
    Row(IIOC, "PCD 767, recommendation 2", "£5,197,450", "entries.recommendation[number=2].amountPence", 519_745_000),
    Row(IIOC, "", "£5,197,450", "approvedPence", 519_745_000, "budget"),
    statement(IIOC, "PCD 767, 1.1", "96 offences", "offences recorded a month in 2016", "96"),
    statement(IIOC, "PCD 767, 1.1", "217 per month", "offences recorded a month in 2019", "217"),
    statement(
        IIOC, "PCD 767, 1.2", "2016 and subsequently in 2018", "inspections of child protection", "2016 and 2018"
    ),
    statement(IIOC, "PCD 767, 1.4", "£1.62m", "money for phase one", "1620000"),
    statement(IIOC, "PCD 767, 1.4", "in December 2019", "release of the money for phase one", "2019-12"),
    statement(IIOC, "PCD 767, 1.4", "12 BCU OCSAE teams", "BCU teams", "12"),
    statement(IIOC, "PCD 767, 1.4", "60 officer posts", "uplift of officer posts", "60"),
    statement(IIOC, "PCD 767, 1.4", "a total of 108 BCU posts", "BCU posts", "108"),
    Row(IIOC, "PCD 767, 1.4", "12", "size[unit=teams].number", 12, "status"),
    Row(IIOC, "PCD 767, 1.4", "108", "size[unit=posts].number", 108, "status"),
    Row(IIOC, "PCD 767, 1.4", "12 counted", "figures[subject=BCU teams].counted", 12),
    phase("PCD 767, 1.4", "live on 6th January 2020", "Phase One", "plannedOn", "2020-01-06", IIOC),
    duty(IIOC, "PCD 767, 1.4", "went live on 6th January 2020", "teams-live", "doneOn", "2020-01-06"),
    Row(
        IIOC,
        "PCD 767, 1.3 and 1.4",
        "live",
        "boroughs[name=every Basic Command Unit].state",
        "live since 2020-01-06, on the paper's word",
        "rollout",
    ),
    statement(IIOC, "PCD 767, 1.5", "£5.19m", "money for phase two", "5190000"),
    duty(IIOC, "PCD 767, 1.6", "April 2020 over approximately six-months", "evaluation", "due", "2020-09-30"),
    duty(IIOC, "PCD 767, 1.6", "six-months", "evaluation", "lastsMonths", 6),
    statement(IIOC, "PCD 767, 2.3", "four BCUs", "estate works", "4"),
    line(IIOC, "PCD 767, 3.1", "£816,000", "officer-pay", 816_000, "2019/20"),
    line(IIOC, "PCD 767, 3.1", "£81,000", "officer-support", 81_000, "2019/20"),
    line(IIOC, "PCD 767, 3.1", "£133,000", "project", 133_000, "2019/20"),
    line(IIOC, "PCD 767, 3.1", "£592,000", "equipment-estates-training", 592_000, "2019/20"),
    line(IIOC, "PCD 767, 3.3", "£3.6m", "officer-pay", 3_600_000, "2020/21"),
    line(IIOC, "PCD 767, 3.3", "£200,000", "officer-support", 200_000, "2020/21"),
    line(IIOC, "PCD 767, 3.3", "£1,097,450", "it-oh-training", 1_097_450, "2020/21"),
    line(IIOC, "PCD 767, 3.3", "£300,000", "estates", 300_000, "2020/21"),
    Row(
        IIOC,
        "PCD 767, 4.1",
        "£500,000",
        "entries.legal_basis[source=PCD 767, 4.1].words",
        "business cases for revenue or capital expenditure of £500,000 or above",
    ),
    Row(
        IIOC,
        "PCD 767, 4.2",
        "£189,330",
        "entries.legal_basis[source=PCD 767, 4.2].words",
        "public contracts valued at £189,330 or above",
    ),
    duty(IIOC, "PCD 767, 6.1", "initial equality screening", "equality-screening", "onPapersWord", True),
    # PCD 907
    Row(ATOM, "PCD 907, recommendation", "£246,750", "entries.recommendation[number=1].amountPence", 24_675_000),
    Row(ATOM, "PCD 907, 3.1", "£246,750", "grants[key=home-office-grant].amountPence", 24_675_000, "status"),
    Row(ATOM, "PCD 907, 3.1", "2020/21", "grants[key=home-office-grant].year", "2020/21", "status"),
    line(ATOM, "PCD 907, 2.1", "£126,000", "equipment", 126_000),
    line(ATOM, "PCD 907, 2.1", "no more than £120,000", "training", 120_000),
    Row(ATOM, "PCD 907, 2.1", "no more than", "entries.allocation[line=training].qualifier", "up to"),
    Row(ATOM, "", "£750 on no line", "unallocatedPence", 75_000, "budget"),
    Row(ATOM, "PCD 907, executive summary", "31 March 2021", "ends.grant's end.day", "2021-03-31", "status"),
    duty(ATOM, "PCD 907, 6.2", "currently under development", "dpia", "state", "no date"),
    # PCD 1069
    Row(IVMA, "PCD 1069, recommendation", "£1,482,400", "entries.recommendation[number=1].amountPence", 148_240_000),
    Row(IVMA, "PCD 1069, 3.1", "£1,482.4k in 2021/22", "entries.funding[key=capital].amountPence", 148_240_000),
    line(IVMA, "PCD 1069, 3.1", "£1,482.4k", "deployment", 1_482_400, "2021/22"),
    statement(
        IVMA, "PCD 1069, report, environmental implications", "A further 200", "recovered tablets in stock", "200"
    ),
    Row(IVMA, "", "5/11/2021", "entries.decision[reference=PCD 1069].signedOn", "2021-11-05"),
    Row(IVMA, "", "by 21st October 2021", "entries.decision[reference=PCD 1069].neededBy", "2021-10-21"),
    statement(
        IVMA, "PCD 1069, originating officer declaration", "22/10/21", "signed by the chief executive", "2021-10-22"
    ),
    statement(
        IVMA,
        "PCD 1069, report, heading",
        "7th October 2021",
        "recommended by the Investment Advisory and Monitoring meeting",
        "2021-10-07",
    ),
    Row(
        IVMA,
        "PCD 1069, 4.1",
        "£500,000",
        "entries.legal_basis[source=PCD 1069, 4.1].words",
        "business cases for revenue or capital expenditure of £500,000 and above",
    ),
    duty(IVMA, "PCD 1069, 6.4", "A DPIA has been completed for this project", "dpia", "onPapersWord", True),
    Row(IVMA, "PCD 1069, executive summary", "devices, not counted", "size[unit=devices].unit", "devices", "status"),
    # PCD 1581
    Row(MARSOC, "PCD 1581, recommendation 1", "£382,590", "entries.recommendation[number=1].amountPence", 38_259_000),
    Row(
        MARSOC,
        "PCD 1581, recommendation 2",
        "up to £500,000",
        "entries.recommendation[number=2].amountPence",
        50_000_000,
    ),
    Row(
        MARSOC,
        "PCD 1581, recommendation 2",
        "£500,000 per year",
        "entries.recommendation[number=2].otherPence",
        100_000_000,
    ),
    Row(MARSOC, "PCD 1581, 3.1", "£382,590 for 2023/24", "grants[key=moj-2023].amountPence", 38_259_000, "status"),
    Row(MARSOC, "PCD 1581, 3.1", "up to £500,000", "grants[key=moj-to-2026].amountPence", 50_000_000, "status"),
    Row(MARSOC, "PCD 1581, 3.1", "£500,000 per year", "grants[key=moj-to-2026].otherPence", 100_000_000, "status"),
    Row(MARSOC, "PCD 1581, recommendation 2", "to March 2026", "ends.grant's end.day", "2026-03-31", "status"),
    Row(MARSOC, "", "19/01/2024", "entries.decision[reference=PCD 1581].signedOn", "2024-01-19"),
    statement(
        MARSOC, "PCD 1581, originating officer declaration", "15/01/2024", "signed by the chief executive", "2024-01-15"
    ),
    statement(MARSOC, "PCD 1581, 1.2", "January 2021 to December 2021", "early adopter phase", "2021-01 to 2021-12"),
    statement(
        MARSOC,
        "PCD 1581, 1.2",
        "January 2022 and ending December 2023",
        "what the Ministry of Justice funds, and when",
        "2022-01 to 2023-12",
    ),
    statement(
        MARSOC,
        "PCD 1581, recommendation 2",
        "an additional two years",
        "what the Ministry of Justice funds, and when",
        "2024-04 to 2026-03",
    ),
    statement(MARSOC, "PCD 1581, 1.3", "10 hubs", "hubs", "10"),
    Row(MARSOC, "", "PCD1258", "entries.decision[reference=PCD 1258].citedOnly", True),
    Row(MARSOC, "", "PCD892", "entries.decision[reference=PCD 892].citedOnly", True),
    statement(MARSOC, "PCD 1581, 2.5", "One (1) Detective Sergeant", "detective sergeants", "1"),
    statement(MARSOC, "PCD 1581, 2.5", "Three (3) Detective Constables", "detective constables", "3"),
    statement(MARSOC, "PCD 1581, 2.5", "one (1) for MARSOC", "detective constables for MARSOC", "1"),
    statement(MARSOC, "PCD 1581, 2.5", "two (2) for Corruption", "detective constables for corruption", "2"),
    statement(MARSOC, "PCD 1581, 2.5", "an Intelligence Development Officer", "intelligence development officers", "1"),
    Row(MARSOC, "PCD 1581, 2.5", "1 + 3 + 1", "size[unit=posts].number", 5, "status"),
    duty(MARSOC, "PCD 1581, 5.3", "DPIA has been completed", "dpia", "onPapersWord", True),
    duty(MARSOC, "PCD 1581, 5.3", "agreements ... all in place", "sharing-agreements", "onPapersWord", True),
    duty(
        MARSOC, "PCD 1581, 5.2", "finalised an information sharing MOU", "information-sharing-mou", "onPapersWord", True
    ),
]

CONTRADICTIONS = [
    (PILOT, "boroughs", "PCD 570, 2.1", "PCD 570, 1.6"),
    (
        PILOT,
        "boroughs of the community sentence pilot",
        "PCD 570, 2.1, asterisks in the table",
        "PCD 570, 2.1, note to the table",
    ),
    (PILOT, "state of the contract", "PCD 570, recommendation B", "PCD 570, 2.5"),
    (PILOT, "OGRS score for crime mapping", "PCD 570, 2.3", "PCD 570, note 1"),
    (PILOT, "MOPAC's part as joint controller", "PCD 570, 6.1", "PCD 570, 6.2"),
    (IIOC, "money for phase two", "PCD 767, 1.5", "PCD 767, recommendation 2"),
    (IIOC, "personal data of the public", "PCD 767, 5.3", "PCD 767, 5.2"),
    (IIOC, "nature of the service", "PCD 767, 3.4 and 6.1", "PCD 767, 1.3"),
    (ATOM, "money of PCD 907 for 2020/21", "PCD 907, 3.1", "PCD 907, 2.1"),
    (IVMA, "PCD 1069", "PCD 1069, time sensitivity", "PCD 1069, signature"),
    (MARSOC, "what up to £500,000 is for", "PCD 1581, executive summary", "PCD 1581, recommendation 2"),
    (MARSOC, "who gets the £382,590", "PCD 1581, executive summary", "PCD 1581, recommendation 1"),
    (MARSOC, "who gets up to £500,000", "PCD 1581, executive summary", "PCD 1581, recommendation 2"),
    (MARSOC, "the model in other regions", "PCD 1581, 1.3", "PCD 1581, 2.5"),
    (
        MARSOC,
        "what the Ministry of Justice funds, and when: both from 2023-04-01 to 2023-12-31",
        "PCD 1581, 1.2",
        "PCD 1581, 3.1",
    ),
    (MARSOC, "PCD 1581, money for 2023/24", "PCD 1581, 3.1", "PCD 1581, signature"),
]
