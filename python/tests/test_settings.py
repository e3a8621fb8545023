"""Chips and devices as dicts; errors that say everything."""

import pickle
import unittest

import numpy
import phasecore


class Settings(unittest.TestCase):
    def test_a_chip_is_a_dict_with_the_keys_of_its_file(self):
        chip = phasecore.chip("hermes-mesh", set={"adc.bits": 6, "mapping.objective": "one-to-one"})
        self.assertEqual(chip["adc"]["bits"], 6)
        self.assertEqual(chip["mapping"]["objective"], "one-to-one")
        self.assertEqual(phasecore.chip(chip), chip)
        self.assertIn("hermes-mesh", phasecore.chips())

    def test_a_dict_with_a_base_leaves_keys_out(self):
        mine = phasecore.chip({"base": "hermes-mesh", "name": "mine", "adc": {"bits": numpy.int64(7)}})
        self.assertEqual(mine["adc"]["bits"], 7)
        self.assertEqual(mine["grid"], phasecore.chip("hermes-mesh")["grid"])

    def test_a_device_is_a_dict_too(self):
        device = phasecore.device("hermes-2")
        self.assertEqual(phasecore.device(device), device)
        self.assertGreater(device["g_max_us"], 0)

    def test_all_problems_are_said_at_once_at_their_keys(self):
        wrong = {"base": "hermes-mesh", "name": "mine", "adc": {"bits": 99, "bit": 4}, "grid": {"rows": "many"}}
        with self.assertRaises(phasecore.InputError) as raised:
            phasecore.chip(wrong)
        places = [problem["place"] for problem in raised.exception.problems]
        self.assertEqual(sorted(places), ["chip: adc.bit", "chip: adc.bits", "chip: grid.rows"])
        self.assertIsInstance(raised.exception, ValueError)
        again = pickle.loads(pickle.dumps(raised.exception))
        self.assertEqual(again.problems, raised.exception.problems)

    def test_names_that_are_nearly_right_are_met_with_the_right_one(self):
        with self.assertRaisesRegex(phasecore.InputError, "did you mean 'hermes-mesh'"):
            phasecore.chip("hermes-mush")

    def test_an_unknown_option_is_refused_as_python_does(self):
        with self.assertRaisesRegex(TypeError, "instance"):
            phasecore.simulate("zoo:resnet8-fmnist", instancs=2)


if __name__ == "__main__":
    unittest.main()
