"""coverage.py's report of lines, made by its own analysis, which is kept for every file whose contents did not change.

`coverage json` looks at every file anew, and at every function of it: half a minute for 1,500 files, each time. What it
finds in a file hangs on that file's contents alone, and most files are the same in the next run of the tests.
"""

from kiro_worker.gate.detect.model import Follow

#: What was found in each file, by its contents: put into the scratch folder before, and taken from there after.
ANALYSED = "analysed.json"

# Runs in the project's own interpreter. It writes nothing where it is not sure to say what `coverage json` would: of
# branches, plug-ins, remapped paths and left-out reports; and where anything fails. The report is then made that way.
SCRIPT = r"""
import datetime, hashlib, json, os, sys

def known(path, key):
    try:
        with open(path, "rb") as file:
            held = json.load(file)
        return held["files"] if held["key"] == key else {}
    except Exception:
        return {}

def analysed(reporter, source):
    statements = sorted(reporter.lines())
    first = {}
    for line in range(1, source.count(b"\n") + 2):
        for start in reporter.translate_lines([line]):
            if start != line:
                first[line] = start
    return [statements, sorted(first.items())]

def told(found, lines):
    statements = found[0]
    if not lines:
        return {"executed_lines": [], "missing_lines": statements}
    first = dict(found[1])
    ran = {first.get(line, line) for line in lines}.intersection(statements)
    return {"executed_lines": sorted(ran), "missing_lines": [line for line in statements if line not in ran]}

def main(data_file, config_file, report_file, analysed_file):
    import coverage
    from coverage.python import PythonFileReporter

    cov = coverage.Coverage(data_file=data_file, config_file=config_file)
    cov.load()
    data = cov.get_data()
    unusual = ("report:omit", "report:include", "report:contexts", "run:relative_files", "run:plugins", "paths")
    if data.has_arcs() or any(cov.get_option(name) for name in unusual):
        return
    key = repr((coverage.__version__, sys.version, cov.get_option("report:exclude_lines")))
    before, now, files = known(analysed_file, key), {}, {}
    here = os.path.realpath(os.getcwd()) + os.sep
    with data._connect():  # held open: it would be opened anew for every file
        for path in sorted(data.measured_files()):
            if data.file_tracer(path):
                return
            with open(path, "rb") as file:
                source = file.read()
            digest = hashlib.sha256(source).hexdigest()
            found = before.get(digest) or now.get(digest) or analysed(PythonFileReporter(path, cov), source)
            now[digest] = found
            name = path[len(here):] if path.startswith(here) else path
            files[name] = told(found, data.lines(path))
    if not files:
        return
    meta = {
        "version": coverage.__version__, "timestamp": datetime.datetime.now().isoformat(), "branch_coverage": False,
    }
    if now.keys() != before.keys():
        with open(analysed_file, "w") as file:
            file.write(json.dumps({"key": key, "files": now}, separators=(",", ":")))
    with open(report_file, "w") as file:
        file.write(json.dumps({"meta": meta, "files": files, "totals": {}}, separators=(",", ":")))

try:
    main(*sys.argv[1:])
except Exception:
    pass
"""


def quick_report(start: tuple[str, ...], *, data: str, scratch: str, report: str) -> Follow:
    """The command that makes the report.

    Args:
        start: the interpreter, with the options that keep others' modules from it.
        data: coverage.py's raw data.
        scratch: the gate's own folder, where the base branch's settings lie as `coverage.ini`.
        report: where the report is written to.
    """
    return Follow(argv=(*start, "-c", SCRIPT, data, f"{scratch}/coverage.ini", report, f"{scratch}/{ANALYSED}"))
