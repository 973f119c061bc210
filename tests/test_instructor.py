"""The instructor's guide says what the notebooks say: minutes, questions, commands."""

import re
from datetime import datetime, timedelta

import pytest
from helpers import NOTEBOOKS, ROOT, cells_of, tags, title_of

GUIDE = (ROOT / "docs" / "instructor.md").read_text(encoding="utf-8")
DAYS = {"Half day": NOTEBOOKS[:7], "Full day": NOTEBOOKS[:8], "Day after it": NOTEBOOKS[8:]}


def minutes_of(path):
    return sum(map(int, re.search(r"(\d+) minutes to read, (\d+) minutes to do", cells_of(path)[0].source).groups()))


def section(title, level="## "):
    return re.search(rf"^{level}{re.escape(title)}\n(.*?)(?=^#{{1,{len(level) - 1}}} |\Z)", GUIDE, re.M | re.S)[1]


def rows(text):
    """The rows of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rule = [number for number, row in enumerate(cells) if set("".join(row)) <= set("- ")]
    return [row for number, row in enumerate(cells) if number not in rule and number + 1 not in rule]


@pytest.mark.parametrize("day", DAYS)
def test_the_schedule_has_the_notebooks_minutes_and_no_gap(day):
    schedule = rows(section(day, "### "))
    planned = {what: int(minutes) for _, what, minutes in schedule[:-1]}
    assert {what: minutes for what, minutes in planned.items() if what[:2].isdigit()} == {
        title_of(path): minutes_of(path) for path in DAYS[day]
    }
    now = datetime.strptime(schedule[0][0], "%H:%M")
    for start, _, minutes in schedule[:-1]:
        assert start == f"{now.hour}:{now:%M}"
        now += timedelta(minutes=int(minutes))
    assert schedule[-1][:2] == [f"{now.hour}:{now:%M}", "End"]


def questions(path):
    """For each run of cells tagged ``reveal``, the text that asks before it."""
    asked, before, inside = [], "", False
    for cell in cells_of(path):
        if cell.cell_type == "markdown":
            before, inside = cell.source, False
        elif "reveal" in tags(cell) and not inside:
            asked.append(" ".join(before.split()))
            inside = True
    return asked


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_notebook_has_its_minutes_and_a_line_for_each_reveal(path):
    part = section(title_of(path))
    assert part.lstrip().startswith(f"{minutes_of(path)} minutes")
    assert "**Where they get stuck.**" in part and "**Late?**" in part
    lines, asked = rows(part), questions(path)
    assert len(lines) == len(asked), [question[-60:] for question in asked]
    for (question, say), text in zip(lines, asked, strict=True):
        assert question in text and len(say) > 5, question
        assert question[0].isupper() and question[-1] in "?.", question


def test_commands_in_the_guide_exist():
    files = [ROOT / "course_utils" / name for name in ("commands.py", "classroom/commands.py")]
    main = "".join(path.read_text(encoding="utf-8") for path in files)
    for command in re.findall(r"python -m course_utils (\w+)", GUIDE):
        assert f'add_parser("{command}"' in main, command
    for span in re.findall(r"`(python [^`]+)`", GUIDE):
        for option in re.findall(r" (--[a-z]+)", span):
            assert re.search(rf'add_argument\(\s*"{option}"', main) or span == "python --version", option


def test_links_resolve():
    for target in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert (ROOT / "docs" / target).exists(), target


def test_the_guide_tells_no_solution_and_keeps_its_voice():
    solutions = [cell.source for path in NOTEBOOKS for cell in cells_of(path) if "solution" in tags(cell)]
    assert solutions
    for solution in solutions:
        assert not any(len(line) > 20 and line in GUIDE for line in solution.splitlines()[1:])
    assert "!" not in re.sub(r"```.*?```|`[^`]*`", "", GUIDE, flags=re.S)
