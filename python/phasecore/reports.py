"""Results: dicts with the keys of the JSON that the program writes, tables as lists of rows, and pages."""

import csv
import html
import io
import json


def value_of(text):
    """A cell of a CSV table: None, a truth value, a whole number, a number, or text."""
    if text == "":
        return None
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def rows(text):
    """A CSV table as a list of dicts, one per row: `pandas.DataFrame(rows)` makes a table of it."""
    return [{key: value_of(cell) for key, cell in row.items()} for row in csv.DictReader(io.StringIO(text))]


def frame(page):
    """A whole HTML page inside a notebook's cell. It fetches nothing."""
    return (
        f'<iframe srcdoc="{html.escape(page, quote=True)}" style="width: 100%; height: 40em; border: 0"'
        ' sandbox="allow-scripts" title="PhaseCore report"></iframe>'
    )


class Result(dict):
    """A dict with the keys of a report in JSON (docs/report.md, docs/formats.md)."""

    def __init__(self, text):
        super().__init__(json.loads(text))

    def __str__(self):
        return self.text

    def __repr__(self):
        return f"<{type(self).__name__} {self.get('schema', '')}>"


class Report(Result):
    """What `simulate()` found out: a dict, schema `phasecore.simulate/1`.

    report["totals"]["latency_ns"]: nanoseconds of one image in an empty chip;
    report["totals"]["energy_nj"]: nanojoules of one image alone;
    report["accuracy"]["points"]: accuracy (fraction 0..1) against seconds since programming, with 95 % intervals.
    In a notebook it shows its page.
    """

    def __init__(self, core):
        super().__init__(core.json())
        self._core = core

    @property
    def text(self):
        """The report for a person, as the program prints it."""
        return self._core.text()

    @property
    def html(self):
        """The page: one file that needs no network."""
        return self._core.html()

    @property
    def settings(self):
        """config.resolved.yaml: `phasecore simulate --config` with it repeats the report."""
        return self._core.settings()

    def layers(self):
        """One row per layer: times in ns, energies in nJ, losses of accuracy in percentage points (`_pp`); `cores` is
        a list of their numbers."""
        table = rows(self._core.layers_csv())
        for row in table:
            row["cores"] = [int(core) for core in str(row["cores"] if row["cores"] is not None else "").split()]
        return table

    def accuracy(self):
        """One row per readout time: time_s, mean, std, ci95_low, ci95_high (fractions 0..1); [] without data."""
        return list((self.get("accuracy") or {}).get("points", []))

    def write(self, directory):
        """Writes report.json, report.html, layers.csv and config.resolved.yaml: all, or none."""
        self._core.write(str(directory))

    def _repr_html_(self):
        return frame(self.html)


class Mapping(Result):
    """What `map()` found out: a dict, schema `phasecore.map/1`; times in ns, by the closed form."""

    def __init__(self, core):
        super().__init__(core.json)
        self._core = core

    @property
    def text(self):
        return self._core.csv

    @property
    def file(self):
        """The mapping as YAML; edited or not, `simulate(mapping=...)` takes it."""
        return self._core.file

    def layers(self):
        """One row per layer: matrix, tile, replicas, cores, microseconds per image (`time_us`)."""
        return rows(self._core.csv)


class Tile(Result):
    """What `tile()` found out: a dict, schema `phasecore.tile/1` (docs/tile.md)."""

    def __init__(self, core):
        super().__init__(core.json)
        self._core = core

    @property
    def text(self):
        return self._core.csv

    def points(self):
        """One row per time: time_s, rel_l2_mean, ...; errors relative to the exact outputs."""
        return rows(self._core.csv)


class Exploration(Result):
    """What `sweep()` or `search()` found: a dict, schema `phasecore.sweep/1` or `phasecore.search/1`.

    `files` has every file of the result directory by its name, as text, networks (ONNX) as bytes.
    In a notebook it shows its page.
    """

    def __init__(self, core):
        super().__init__(core["json"])
        self.text = core["text"]
        self.files = core["files"]
        self.note = core["note"]

    @property
    def html(self):
        """The page: one file that needs no network."""
        return self.files["report.html"]

    def candidates(self):
        """One row per point or candidate: its settings or genes, its figures, `feasible` and `reason`."""
        return rows(self.files["candidates.csv"])

    def front(self):
        """The candidates of which none is better than another in every objective."""
        return rows(self.files["front.csv"])

    def sensitivity(self):
        """Of a sweep: what moves each figure, by how much; one row per figure and key."""
        return rows(self.files["sensitivity.csv"])

    def _repr_html_(self):
        return frame(self.html)
