"""Networks, simulations, mappings, arrays in and out."""

import json
import os
import pathlib
import tempfile
import threading
import time
import unittest
import warnings

import numpy
import phasecore

NETWORK = "zoo:resnet8-fmnist-hwa"
SMALL = {"samples": 20, "instances": 1, "layer_samples": 0, "times": ["1d"]}


def without_provenance(report):
    return {key: value for key, value in report.items() if key != "provenance"}


class Networks(unittest.TestCase):
    def test_logits_are_those_of_the_weights(self):
        network = phasecore.Network(NETWORK)
        self.assertEqual(network.input_shape, (1, 28, 28))
        images = numpy.random.default_rng(0).normal(size=(4, 1, 28, 28))
        logits = network.infer(images)
        self.assertEqual((logits.shape, logits.dtype), ((4, 10), numpy.float32))
        last = [layer["name"] for layer in network.layers() if layer["op"] == "Gemm"][-1]
        held = network.weights(last)
        doubled = network.with_weights(last, weight=2 * held["weight"], bias=2 * held["bias"])
        numpy.testing.assert_allclose(doubled.infer(images), 2 * logits, rtol=1e-5)
        numpy.testing.assert_array_equal(network.infer(images), logits)

    def test_a_network_goes_through_bytes(self):
        network = phasecore.Network(NETWORK)
        images = numpy.ones((1, 1, 28, 28), dtype=numpy.float32)
        again = phasecore.Network(network.onnx, "again")
        numpy.testing.assert_array_equal(again.infer(images), network.infer(images))

    def test_the_chip_computes_nearly_the_same(self):
        network = phasecore.Network(NETWORK)
        images = numpy.random.default_rng(1).normal(size=(16, 1, 28, 28))
        exact = network.infer(images)
        perfect = network.infer(images, chip="hermes-mesh", time="1s")
        self.assertEqual(perfect.shape, exact.shape)
        self.assertGreater(numpy.corrcoef(perfect.ravel(), exact.ravel())[0, 1], 0.9)
        self.assertFalse(numpy.array_equal(perfect, network.infer(images, chip="hermes-mesh", time="30d")))

    def test_shapes_that_do_not_fit_are_refused(self):
        with self.assertRaisesRegex(phasecore.InputError, "expected Nx1x28x28"):
            phasecore.Network(NETWORK).infer(numpy.zeros((2, 3, 32, 32)))


class Simulate(unittest.TestCase):
    def test_a_report_is_a_dict_with_tables_and_a_page(self):
        report = phasecore.simulate(NETWORK, set={"adc.bits": 6}, **SMALL)
        self.assertEqual(report["chip"]["resolved"]["adc"]["bits"], 6)
        self.assertGreater(report["totals"]["latency_ns"], 0)
        self.assertEqual(report.accuracy()[0]["time_s"], 86400)
        rows = report.layers()
        self.assertEqual(rows[-1]["name"], "shared")
        self.assertEqual(sum(len(row["cores"]) > 0 for row in rows), len(rows) - 1)
        self.assertAlmostEqual(sum(row["energy_nj"] for row in rows), report["totals"]["energy_nj"], places=3)
        self.assertTrue(report._repr_html_().startswith("<iframe srcdoc="))
        self.assertIn("Latency", str(report))
        json.dumps(report)

    def test_the_same_for_any_number_of_workers(self):
        one = phasecore.simulate(NETWORK, **{**SMALL, "instances": 2})
        two = phasecore.simulate(NETWORK, workers=2, **{**SMALL, "instances": 2})
        self.assertEqual(without_provenance(one), without_provenance(two))

    def test_own_arrays(self):
        rng = numpy.random.default_rng(2)
        images = rng.integers(0, 256, size=(40, 28, 28), dtype=numpy.uint8)
        data = {"test_x": images / 255.0, "test_y": numpy.arange(40) % 10, "calibration_x": images[:8] / 255.0}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            report = phasecore.simulate(NETWORK, data=data, instances=1, layer_samples=0, times="1d")
        self.assertEqual(report["accuracy"]["samples"], 40)
        with self.assertRaisesRegex(phasecore.InputError, "39 labels"):
            phasecore.simulate(NETWORK, data={**data, "test_y": data["test_y"][:-1]})

    def test_a_mapping_is_given_back(self):
        mapping = phasecore.map(NETWORK)
        self.assertEqual(mapping["schema"], "phasecore.map/1")
        given = phasecore.simulate(NETWORK, data="none", mapping=mapping.file)
        free = phasecore.simulate(NETWORK, data="none")
        self.assertEqual(given["totals"]["interval_ns"], free["totals"]["interval_ns"])
        self.assertEqual(len(mapping.layers()), len(mapping["layers"]))

    def test_nothing_is_written_unless_asked(self):
        before = os.getcwd()
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            try:
                report = phasecore.simulate(NETWORK, data="none")
                self.assertEqual(os.listdir(place), [])
                report.write("result")
                written = json.loads(pathlib.Path("result/report.json").read_text())
                self.assertEqual(written, dict(report))
            finally:
                os.chdir(before)

    def test_other_threads_go_on_meanwhile(self):
        counted = [0]
        ended = threading.Event()

        def count():
            while not ended.is_set():
                counted[0] += 1
                time.sleep(0.001)

        counter = threading.Thread(target=count)
        counter.start()
        phasecore.simulate(NETWORK, **SMALL)
        ended.set()
        counter.join()
        self.assertGreater(counted[0], 20)

    def test_progress_is_told_and_may_end_the_work(self):
        class Enough(Exception):
            pass

        def stop(step, done, total):
            raise Enough(step)

        with self.assertRaises(Enough):
            phasecore.simulate(NETWORK, progress=stop, **{**SMALL, "instances": 4})
        told = []
        phasecore.simulate(NETWORK, progress=lambda *now: told.append(now), **SMALL)
        self.assertEqual(told[-1][1], told[-1][2])


if __name__ == "__main__":
    unittest.main()
