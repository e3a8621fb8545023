"""Ctrl-C ends long work, and the library goes on afterwards."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SIMULATE = """
import phasecore
print("ready", flush=True)
try:
    phasecore.simulate("zoo:resnet8-fmnist-hwa", samples=100, instances=10000, layer_samples=0, workers={workers})
except KeyboardInterrupt:
    phasecore.simulate("zoo:resnet8-fmnist-hwa", data="none")
    print("interrupted")
"""

SWEEP = """
import phasecore
print("ready", flush=True)
try:
    phasecore.sweep({{"name": "long", "networks": [{{"model": "zoo:resnet8-fmnist-hwa"}}], "samples": 1000,
                     "instances": 100, "axes": [{{"key": "adc.bits", "values": [5, 6, 7, 8]}}]}}, out={out!r})
except KeyboardInterrupt:
    print("interrupted")
"""


class Interrupt(unittest.TestCase):
    def interrupted(self, script):
        """Ctrl-C as a terminal sends it: to the whole process group."""
        child = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.addCleanup(child.kill)
        self.assertEqual(child.stdout.readline(), "ready\n")
        time.sleep(3)
        start = time.monotonic()
        os.killpg(child.pid, signal.SIGINT)
        out, _ = child.communicate(timeout=120)
        self.assertEqual(out, "interrupted\n")
        self.assertEqual(child.returncode, 0)
        return time.monotonic() - start

    def test_ends_a_simulation_in_this_process(self):
        self.assertLess(self.interrupted(SIMULATE.format(workers=1)), 60)

    def test_ends_a_simulation_in_workers(self):
        self.assertLess(self.interrupted(SIMULATE.format(workers=2)), 60)

    def test_ends_a_sweep_whose_archive_stays(self):
        with tempfile.TemporaryDirectory() as place:
            out = os.path.join(place, "sweep")
            self.interrupted(SWEEP.format(out=out))
            self.assertIn("archive.sqlite", os.listdir(out))


if __name__ == "__main__":
    unittest.main()
