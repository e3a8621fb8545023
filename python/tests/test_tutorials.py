"""The notebooks, cell by cell, as their readers run them."""

import contextlib
import io
import json
import os
import pathlib
import tempfile
import time
import unittest

TUTORIALS = pathlib.Path(os.environ["PHASECORE_TUTORIALS"])


def run(notebook, place):
    """Runs the code cells in one namespace; what they printed, and the value of each cell that ends with one."""
    names = {"__name__": "__main__"}
    printed, values = io.StringIO(), []
    os.chdir(place)
    for number, cell in enumerate(json.loads(notebook.read_text())["cells"]):
        if cell["cell_type"] != "code":
            continue
        *statements, last = compile_cell("".join(cell["source"]), f"{notebook.name}, cell {number}")
        with contextlib.redirect_stdout(printed):
            for statement in statements:
                exec(statement, names)
            values.append(eval(last, names) if last else None)
    return printed.getvalue(), values


def compile_cell(source, name):
    """A cell's statements, then its last expression, or None."""
    import ast

    tree = ast.parse(source, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), name, "eval")
    return compile(tree, name, "exec"), last


class Tutorials(unittest.TestCase):
    def setUp(self):
        before = os.getcwd()
        self.addCleanup(os.chdir, before)

    def test_first_steps_take_five_minutes_and_write_nothing(self):
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as place:
            printed, values = run(TUTORIALS / "first-steps.ipynb", place)
            self.assertEqual(os.listdir(place), [])
        self.assertLess(time.monotonic() - start, 300)
        self.assertIn("latency", printed)
        self.assertIn("chip: adc.bits", printed)
        self.assertIn("chip: grid.row ", printed)
        self.assertIn("8 bits:", printed)
        pages = [value for value in values if hasattr(value, "_repr_html_")]
        self.assertTrue(pages and "<iframe" in pages[0]._repr_html_())

    def test_notebooks_carry_no_outputs(self):
        for notebook in TUTORIALS.glob("*.ipynb"):
            for cell in json.loads(notebook.read_text())["cells"]:
                self.assertEqual(cell.get("outputs", []), [], notebook.name)


if __name__ == "__main__":
    unittest.main()
