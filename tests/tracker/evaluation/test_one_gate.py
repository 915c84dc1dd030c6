"""Answers about people are sealed by the gate alone, and what goes on the wire takes what it sealed."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
GATE = Path("tracker/evaluation/releases/gate.py")
SCHEMAS = ROOT / "api" / "schemas" / "evaluation"
OF_ANSWERS = {"released_out", "review_out", "analysis_out", "power_out", "quality_out"}
"""What puts an answer about people on the wire, from what the gate told."""
OTHER_OUTS = {
    "linkage_out": "a request for a linkage file: who asked, for what, and what was decided; counts nobody",
    "cell_out": "a cell of a release",
    "ledger_out": "what is on the ledger",
    "ledger_release_out": "what is on the ledger",
    "restricted_out": "the edition for named readers, which nothing is withheld from",
    "column_out": "a column and what it means",
    "export_out": "an export on the ledger",
    "definition_out": "what was asked",
    "analysis_plan_out": "how an effect is to be worked out",
    "comparison_set_out": "comparison people, whom the evaluator sent",
    "rollout_out": "counts of crimes that others publish, of nobody in the programme",
    "protocol_out": "what was asked, as a trial",
}


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


def test_nothing_but_the_gate_seals_an_answer() -> None:
    makers = set()
    for path in (*ROOT.glob("tracker/**/*.py"), *ROOT.glob("api/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Told":
                makers.add(path.relative_to(ROOT))
    assert makers == {GATE}


def test_every_answer_about_people_goes_on_the_wire_from_what_the_gate_told() -> None:
    sealed, others = set(), set()
    for path in SCHEMAS.glob("*.py"):
        for function in functions(path):
            if function.name.endswith("_out") and not function.name.startswith("_"):
                takes = [ast.unparse(arg.annotation) for arg in function.args.args if arg.annotation is not None]
                (sealed if any(each.startswith("Told[") for each in takes) else others).add(function.name)
    assert sealed == OF_ANSWERS
    assert others == set(OTHER_OUTS)
