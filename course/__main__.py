"""The command line: python -m course --help."""

import json
import os
import sys
import time
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from course import layout
from course.boxes import Kind

app = typer.Typer(
    help="Turns the sources of the lab book into notebooks, proves their graders, and runs them.\n\n"
    "An author edits solutions/NN_name/, then: build, answers, run, release. See docs/authors.md.\n\n"
    "Exit codes: 0 all is well, 1 a lab needs mending and the message says what, 2 wrong usage.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NN_name...]", help="Labs; all of them if none is named."),
]

Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="The gradebook, if it is another one than in nbgrader_config.py.",
    ),
]


class Preset(StrEnum):
    """How long the trainings of a lab are."""

    full = "full"
    smoke = "smoke"


class Form(StrEnum):
    """Who reads the marks."""

    csv = "csv"
    moodle = "moodle"
    canvas = "canvas"
    gradescope = "gradescope"


def progress() -> Progress:
    """A progress bar on stderr, so that stdout stays for results."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
    )


@app.command()
def build(
    names: Names = None,
    force: Annotated[
        bool, typer.Option(help="Overwrite a built notebook that was edited.")
    ] = False,
) -> None:
    """Makes the instructor notebooks: solutions/NN/*.py → build/source/NN/NN.ipynb."""
    from course.build import remove_stale, write_built

    for name in remove_stale():
        print(f"{name}  removed: it has no source any more")
    for lab in layout.find_labs(names):
        wrote = write_built(lab, force=force)
        print(f"{lab.name}  {'built' if wrote else 'up to date'}  {layout.relative(lab.built)}")


@app.command()
def release(
    names: Names = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing; exit 1 naming each lab that has drifted."),
    ] = False,
    force: Annotated[bool, typer.Option(help="Overwrite notebooks that were edited.")] = False,
    db: Database = None,
) -> None:
    """Makes the student notebooks with nbgrader: build/source → labs/NN/NN.ipynb."""
    from course.release import drifted, release_labs

    labs = layout.find_labs(names)
    if check:
        stale = drifted(labs)
        for name in stale:
            errors.print(
                f"labs/{name} is not what solutions/{name} gives: python -m course release {name}"
            )
        left = layout.without_source() if not names else []
        for folder in left:
            errors.print(f"{layout.relative(folder)} belongs to no lab any more: delete it")
        if stale or left:
            raise typer.Exit(1)
        print(f"labs/ is what the sources give ({len(labs)} checked)")
        return
    changed = release_labs(labs, db=db, force=force)
    for lab in labs:
        state = "released" if lab.name in changed else "up to date"
        print(f"{lab.name}  {state}  {layout.relative(lab.released)}")


@app.command()
def diagrams(names: Names = None) -> None:
    """Draws the diagrams: solutions/NN/figures/draw.py → SVG and PNG files beside it."""
    from course.diagrams import draw

    for lab in layout.find_labs(names):
        changed = draw(lab)
        print(f"{lab.name}  {'drawn  ' + ', '.join(changed) if changed else 'up to date'}")


@app.command()
def bundle(
    names: Names = None,
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="The zip file to write.")] = Path(
        "students.zip"
    ),
) -> None:
    """Writes what students receive as a zip file: notebooks, utils, data, environment, and no answer."""
    from course.bundle import write_bundle

    contents = write_bundle(layout.find_labs(names), out)
    megabytes = out.stat().st_size / 1e6
    print(f"{out}: {len(contents)} files, {megabytes:.1f} MB; student notebooks:")
    for name in contents:
        if name.startswith("labs/"):
            print(f"  {name}")


@app.command()
def answers(names: Names = None) -> None:
    """Proves the graders: right answers pass every check, wrong ones fail with the intended message."""
    from course.answers import check_answers

    failed = False
    for lab in layout.find_labs(names):
        start = time.perf_counter()
        with progress() as bar:
            task = bar.add_task(lab.name, total=None)
            verdict = check_answers(lab, partial(bar.advance, task))
        print(f"{verdict.line(lab.name)}  ({time.perf_counter() - start:.1f} s)")
        for problem in verdict.problems:
            errors.print(f"  {problem}", markup=False)
        failed = failed or bool(verdict.problems)
    raise typer.Exit(failed)


@app.command()
def grade(
    names: Names = None,
    students: Annotated[
        list[str] | None, typer.Option("--student", help="Only this student; may be repeated.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Submissions at a time; as many as cores.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Also those that were graded before.")] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="A Dask cluster whose workers run the boxes."),
    ] = None,
    db: Database = None,
    box: Annotated[
        Kind | None, typer.Option(help="What makes the boxes: see docs/grading.md.")
    ] = None,
    no_box: Annotated[
        bool, typer.Option("--no-box", help="Run submissions with all that you may do yourself.")
    ] = False,
) -> None:
    """Grades submissions in boxes, many at a time; the marks are those of `nbgrader autograde`."""
    from traitlets.config import Config

    from course.cluster import boxes_of
    from course.grade import Graded, boxes_here, grade_lab, submissions
    from course.grading.execute import RISK
    from course.progress import Tally

    if scheduler and jobs:
        raise typer.BadParameter("--jobs is for this machine; a cluster has its workers.")
    settings = Config()
    if box:
        settings.ExecuteInBox.box = box.value
    if no_box:
        settings.ExecuteInBox.no_box = True
        errors.print(RISK)
    results: list[Graded] = []
    try:
        with boxes_of(scheduler) if scheduler else boxes_here(jobs) as submit:
            for lab in layout.find_labs(names):
                paths = submissions(lab, students)
                if not paths and not names:
                    continue
                with Tally(errors, lab.name, len(paths)) as tally:

                    def count(graded: Graded, tally: Tally = tally) -> None:
                        tally.add(failed=bool(graded.problem))

                    results += grade_lab(
                        lab,
                        paths,
                        submit,
                        db=db,
                        force=force,
                        settings=settings,
                        on_graded=count,
                    )
    except KeyboardInterrupt:
        errors.print("Stopped. What was graded is kept; the next call goes on with the rest.")
        os._exit(130)  # else a thread that waits for a box to start would be waited for
    if not results:
        raise layout.CourseError(
            "Nothing was handed in: a submission is grading/submitted/STUDENT/LAB/LAB.ipynb."
        )
    if before := sum(graded.before for graded in results):
        print(f"{len(results) - before} graded now, {before} before; --force grades those again")
    for graded in results:
        print(graded)
    failed = [graded for graded in results if graded.problem]
    if failed:
        whose = ", ".join(f"{graded.lab} {graded.student}" for graded in failed)
        errors.print(f"{len(failed)} of {len(results)} could not be graded: {whose}", markup=False)
        raise typer.Exit(1)


@app.command()
def roster(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="CSV", help="The list of Moodle, Canvas, Gradescope or a registrar."
        ),
    ],
    db: Database = None,
) -> None:
    """Puts the students of a list into the gradebook."""
    from course.roster import fill_gradebook, read_roster

    students = read_roster(file)
    counts = fill_gradebook(students, db)
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    print(f"{file}: {len(students)} students" + (f"; {told}" if told else ""))
    for student in students[:3]:
        print(f"  {student}" + (f" {student.email}" if student.email else ""))
    if len(students) > 3:
        print(f"  ... and {len(students) - 3} more")


@app.command()
def collect(
    name: Annotated[str, typer.Argument(metavar="NN_name")],
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A zip file or a folder.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="moodle|canvas|gradescope|folder|PATTERN",
            help="Whose names the files have; found out when it is not said.",
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(help="Of the times in a zip file: Europe/Berlin. By default this machine's."),
    ] = None,
    db: Database = None,
) -> None:
    """Collects submissions from the archive of an LMS, with nbgrader's zip_collect."""
    from collections import Counter

    from course.archives import System, files_of
    from course.collect import BAD, collect
    from course.deadlines import zone_of

    (lab,) = layout.find_labs([name])
    system = System(source) if source in list(System) else None
    pattern = source if system is None else None
    files = files_of(archive, system, pattern, zone_of(zone) if zone else None)
    outcomes = collect(lab, archive, files, db)
    for outcome in outcomes:
        print(outcome)
    counts = Counter(outcome.what.partition(":")[0] for outcome in outcomes)
    print(f"{lab.name}: " + "; ".join(f"{count} {what}" for what, count in counts.items()))
    here = f"this machine's, {time.strftime('%Z')}; --zone names another"
    print(f"Times without a zone were read as those of {zone or here}.")
    if any(outcome.what.startswith(BAD) for outcome in outcomes):
        raise typer.Exit(1)


@app.command()
def alike(
    names: Names = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("grading/alike"),
) -> None:
    """Finds pairs of submissions that share more unusual answers than chance would explain, side by side."""
    from course.alike import likeness_of, write_page

    for lab in layout.find_labs(names):
        if not names and not list((layout.ROOT / "grading" / "submitted").glob(f"*/{lab.name}")):
            continue
        likeness = likeness_of(lab)
        for pair in likeness.pairs:
            print(f"{lab.name}  {pair}")
        page = out / f"{lab.name}.html"
        write_page(likeness, page)
        pairs = "1 pair" if len(likeness.pairs) == 1 else f"{len(likeness.pairs)} pairs"
        unit = "bit" if round(likeness.limit) == 1 else "bits"
        print(
            f"{lab.name}: {pairs} of {likeness.count} submissions above {likeness.limit:.0f} {unit}; {page}"
        )


@app.command()
def due(
    name: Annotated[str, typer.Argument(metavar="NN_name")],
    when: Annotated[
        str,
        typer.Argument(metavar="WHEN", help="2027-03-01 23:59, 2027-03-01T23:59+01:00, or none."),
    ],
    zone: Annotated[
        str | None,
        typer.Option(help="Of a time without an offset: Europe/Berlin. By default this machine's."),
    ] = None,
    students: Annotated[
        list[str] | None,
        typer.Option(
            "--student", metavar="NAME", help="An extension for this one; can be repeated."
        ),
    ] = None,
    db: Database = None,
) -> None:
    """Sets until when a lab is to be handed in, by all or by single students."""
    from course.deadlines import extend, moment, set_due

    (lab,) = layout.find_labs([name])
    until = None if when == "none" else moment(when, zone)
    for student in students or []:
        extend(lab, student, until, db)
    if not students:
        set_due(lab, until, db)
    whose = f", {', '.join(students)}" if students else ""
    said = "as for all" if students else "not due"
    print(f"{lab.name}{whose}: " + (f"due {until:%Y-%m-%d %H:%M} UTC" if until else said))


@app.command()
def grades(
    names: Names = None,
    form: Annotated[
        Form, typer.Option("--for", help="Who reads the file: people (csv), or a system.")
    ] = Form.csv,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("grading/grades.csv"),
    export: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="For Canvas: its own export, whose rows are filled."),
    ] = None,
    db: Database = None,
) -> None:
    """Writes the marks of a class, with what became of each submission; no mark is an empty cell, never 0."""
    from course.grades import begun_labs, write_grades

    labs = layout.find_labs(names) if names else begun_labs(db)
    for line in write_grades(labs, form, out, export, db):
        print(line)
    print(f"{out}  written")


@app.command()
def report(
    names: Names = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("grading/report"),
    with_names: Annotated[
        bool, typer.Option("--names", help="Say whose submissions were flagged.")
    ] = False,
    db: Database = None,
) -> None:
    """Shows what a class did: points, who solved what, the commonest messages; a page for each lab, CSV and JSON."""
    from course.grades import begun_labs
    from course.report import report_of, write_reports

    asked = layout.find_labs(names) if names else begun_labs(db)
    reports = []
    for lab in sorted({*asked, *begun_labs(db)}, key=lambda lab: lab.name):
        try:
            reports.append(report_of(lab, db))
        except layout.CourseError as error:
            if names and lab in asked:
                raise
            if lab in asked:
                print(error)
    pages = {lab.name for lab in asked}
    for path in write_reports(reports, out, names=with_names, pages=pages) if reports else []:
        print(f"{path}  written")


@app.command()
def written(
    name: Annotated[str, typer.Argument(metavar="NN_name")],
    with_names: Annotated[
        bool, typer.Option("--names", help="Say who wrote an answer; it is better not to know.")
    ] = False,
    port: Annotated[int, typer.Option(help="Of the page; 0 for any that is free.")] = 0,
    db: Database = None,
) -> None:
    """Opens a local page for each written question: all answers, the model answer, marks into the gradebook."""
    from course.written import Marking

    (lab,) = layout.find_labs([name])
    with Marking(lab, port=port, names=with_names, db=db) as marking:
        print(f"Open {marking.address} on this machine; Ctrl+C ends it.", flush=True)
        try:
            marking.serve_forever()
        except KeyboardInterrupt:
            print(f"\nTo give it to students: nbgrader generate_feedback {lab.name} --force")


@app.command()
def run(
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="Every lab, one after the other.")] = False,
    preset: Annotated[
        Preset, typer.Option(envvar="LABS_PRESET", help="Length of the trainings.")
    ] = Preset.full,
    json_file: Annotated[
        str | None,
        typer.Option(
            "--json", metavar="FILE|-", help="Write the results as JSON; - for stdout alone."
        ),
    ] = None,
) -> None:
    """Executes solution notebooks in a real kernel and prints the metrics that they report."""
    from course.files import write_text
    from course.run import Result, run_lab

    if bool(names) == every:
        raise typer.BadParameter("name the labs, or say --all.")
    results: list[Result] = []
    for lab in layout.find_labs(names):
        with progress() as bar:
            task = bar.add_task(f"{lab.name} ({preset.value})", total=None)

            def show(done: int, total: int, bar: Progress = bar, task: TaskID = task) -> None:
                bar.update(task, completed=done, total=total)

            result = run_lab(lab, preset.value, show)
        results.append(result)
        single = results[0] if names and len(names) == 1 else results
        document = json.dumps(single, indent=2, ensure_ascii=False)
        if json_file and json_file != "-":  # after each lab: a long run may be cut off
            write_text(Path(json_file), document + "\n")
        if json_file != "-":
            print(f"executed notebook: {layout.relative(lab.executed)}")
            seconds = f"{result['seconds']:.1f} s"
            print(f"{lab.name}, preset {result['preset']}, on {result['device']}: {seconds}")
            for metric, value in result["metrics"].items():
                print(f"  {metric}: {value}")
    if json_file == "-":
        print(document)


@app.command()
def table(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Results of `run --json`, at full length."),
    ] = None,
) -> None:
    """Records results in docs/measured.json, and writes the README's table of measured figures."""
    from course.table import record, write_table

    for name in record(files) if files else []:
        print(f"{name}  recorded  docs/measured.json")
    print(f"README.md  {'written' if write_table(layout.find_labs()) else 'up to date'}")


@app.command()
def site(
    names: Names = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where; build/site unless said.")
    ] = None,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="Refuse a lab that was not run, as it is, at full length on real data.",
        ),
    ] = False,
) -> None:
    """Writes the book as a folder of web pages, with the outputs of each lab's last run and no answer."""
    from course.site import write_site

    folder = (out or layout.ROOT / "build" / "site").absolute()
    for page in write_site(layout.find_labs(names), folder, complete=complete):
        print(f"{page.page.address:<28} {page.size / 1000:>6.0f} kB  {page.outputs}".rstrip())
    print(f"open {layout.relative(folder / 'index.html')}")


def main() -> None:
    """Runs a command; what an author can mend is shown as a message, and exits with 1."""
    try:
        app()
    except layout.CourseError as error:
        errors.print(str(error), markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
