"""Tiles, sweeps and searches."""

import os
import tempfile
import unittest

import numpy
import phasecore

SWEEP = {
    "name": "bits",
    "networks": [{"model": "zoo:resnet8-fmnist-hwa"}],
    "data": "none",
    "axes": [{"key": "adc.bits", "values": [4, 8]}],
    "objectives": ["latency_ns", "energy_nj"],
}
SMALL_SEARCH = {
    "base": "demo",
    "name": "small",
    "population": 4,
    "budget": {"evaluations": 4},
    "evaluator": {
        "calibration_images": 16,
        "monte_carlo": {"images": 16, "instances": 1},
        "confirm": {"images": 0, "instances": 1},
        "final": {"images": 16, "instances": 1},
    },
}


def without_provenance(report):
    return {key: value for key, value in report.items() if key != "provenance"}


class Tiles(unittest.TestCase):
    def test_takes_weights_and_inputs_as_arrays(self):
        weights = numpy.random.default_rng(0).normal(size=(16, 32))
        tile = phasecore.tile(weights, numpy.eye(32), device="pcm-90nm", times="1h,1d", instances=3)
        self.assertEqual((tile["weights"]["rows"], tile["inputs"]["rows"]), (16, 32))
        points = tile.points()
        self.assertEqual([point["time_s"] for point in points], [3600, 86400])
        self.assertGreater(points[0]["rel_l2_mean"], 0)

    def test_says_what_is_wrong(self):
        with self.assertRaisesRegex(phasecore.InputError, "must be a matrix"):
            phasecore.tile(numpy.zeros(4))
        with self.assertRaisesRegex(phasecore.InputError, "instances is 0"):
            phasecore.tile(instances=0)


class Sweeps(unittest.TestCase):
    def test_a_dict_is_swept_in_memory_as_into_a_directory(self):
        found = phasecore.sweep(SWEEP)
        self.assertEqual(found["schema"], "phasecore.sweep/1")
        rows = found.candidates()
        self.assertEqual(len(rows), 2)
        self.assertNotEqual(rows[0]["energy_nj"], rows[1]["energy_nj"])
        self.assertTrue(found.sensitivity())
        self.assertIn("<iframe", found._repr_html_())
        with tempfile.TemporaryDirectory() as place:
            out = os.path.join(place, "sweep")
            written = phasecore.sweep(SWEEP, workers=2, out=out)
            self.assertEqual(without_provenance(written), without_provenance(found))
            self.assertIn("report.html", os.listdir(out))
            resumed = phasecore.sweep(SWEEP, out=out, resume=True)
            self.assertEqual(without_provenance(resumed), without_provenance(found))

    def test_problems_are_at_their_keys(self):
        with self.assertRaises(phasecore.InputError) as raised:
            phasecore.sweep({**SWEEP, "mode": "gridd", "axis": []})
        places = sorted(problem["place"] for problem in raised.exception.problems)
        self.assertEqual(places, ["sweep: axis", "sweep: mode"])


class Searches(unittest.TestCase):
    def test_a_search_finds_networks_that_can_be_simulated(self):
        found = phasecore.search(SMALL_SEARCH)
        self.assertEqual(found["schema"], "phasecore.search/1")
        self.assertEqual(found.note, "")
        member = found.front()[0]
        network = phasecore.Network(found.files[f"front/{member['id']}/network.onnx"], "found")
        report = phasecore.simulate(network, data="none")
        self.assertEqual(round(report["totals"]["latency_ns"]), round(member["latency_ns"]))

    def test_unknown_searches_are_refused(self):
        with self.assertRaisesRegex(phasecore.InputError, "fashion-mesh"):
            phasecore.search("fashion-mash")


if __name__ == "__main__":
    unittest.main()
