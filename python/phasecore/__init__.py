"""PhaseCore: what a network costs and loses on a phase-change-memory in-memory-computing chip.

    import phasecore
    report = phasecore.simulate("zoo:resnet8-fmnist-hwa", chip="hermes-mesh", set={"adc.bits": 6})
    report["totals"]["latency_ns"]

Chips and devices are names, files or dicts with the keys of their YAML files; results are dicts with the keys of the
JSON that the program writes, and tables as lists of rows (`pandas.DataFrame(report.layers())`). Nothing is written
unless a function is given a place for it. While it computes, other threads go on; Ctrl-C ends the work.
"""

import os
import warnings

import numpy

from . import _core
from .errors import EnvironmentError, InputError, InternalError
from .networks import Network, network, refuse_unknown
from .reports import Exploration, Mapping, Report, Tile
from .settings import assignments, chip, chips, device, devices, made, text_of

__version__ = _core.version()
__all__ = [
    "EnvironmentError", "Exploration", "InputError", "InternalError", "Mapping", "Network", "Report", "Tile", "chip",
    "chips", "config_directory", "device", "devices", "map", "search", "simulate", "sweep", "tile",
]

_SIMULATE = (
    "normalise", "samples", "times", "instances", "compensation", "layer_samples", "layer_instances", "layer_time",
    "engine", "functional", "random_weights", "mapping", "trace", "seed", "workers", "progress",
)
_TILE = (
    "times", "instances", "mode", "compensation", "dac_bits", "adc_bits", "out_bound", "out_quantile", "out_noise",
    "input_scale", "iterative_bound", "ir_drop", "seed", "progress",
)


def config_directory():
    """The folder of the shipped chips, devices, searches and sweeps."""
    return _core.config_directory()


def _texts(options, name):
    """A time, or several of them."""
    if isinstance(options.get(name), str):
        options[name] = options[name].split(",")


def simulate(model, chip="hermes-mesh", set=None, device=None, data=None, **options):
    """Accuracy, latency and energy of a network on a chip, layer by layer: a Report.

    model: a Network, the path of an ONNX file, or `zoo:NAME`.
    chip, set: as of `chip()`. device: as of `device()`; default: the chip's.
    data: a data set ("fashion-mnist", "cifar10:DIR", "none"; docs/data.md), or a dict of the caller's arrays:
        `test_x` (N x input, float) and `test_y` (N class numbers from 0), `calibration_x` if there are such samples.
        Default: the set that the network was trained on.
    normalise: "MEAN,..:STD,.." in place of the set's own.
    samples: test images (default 1000, or as many as there are).
    times: list of readout times after programming (default "1s", "1h", "1d", "30d").
    instances: programmed chips (default 8). compensation: of drift: "none", "gdc" (default), "gdc-column", "adabs".
    layer_samples: images for the figures per layer (default 500; 0: no such figures); layer_instances, layer_time.
    engine: "chip" (cycle-level, default) or "analytic" (lower bound). functional: also carry the values through the
        chip. random_weights: latency and energy only.
    mapping: a mapping's text (`map().file`). trace: a file to write, .pftrace or .vcd.
    seed: of every random number. workers: processes; the result is the same for any number.
    progress: function (step, done, total), called a few times a second.

    Raises InputError with all that is wrong.
    """
    refuse_unknown(options, _SIMULATE)
    _texts(options, "times")
    if device is not None:
        options["device"] = made(_core.Device, device, None)
    if options.get("trace") is not None:
        options["trace"] = os.fspath(options["trace"])
    if isinstance(data, dict):
        options["own_data"] = {name: numpy.asarray(array) for name, array in data.items()}
    elif data is not None:
        options["data"] = data
    return Report(_core.simulate(network(model)._core, made(_core.Chip, chip, set), options))


def map(model, chip="hermes-mesh", set=None):
    """The mapping compiler alone: tiles, replicas and cores of every layer, and the interval between images in ns
    by the closed form: a Mapping. Arguments as of `simulate()`."""
    return Mapping(_core.map_network(network(model)._core, made(_core.Chip, chip, set)))


def tile(weights=None, inputs=None, device="hermes-2", **options):
    """One crossbar: how far its matrix-vector products are from exact ones, against time: a Tile.

    weights: outputs x inputs (default: 256 x 256 random ones by the seed). inputs: vectors x inputs (default: 64
        random ones, uniform in -1 .. 1). device: as of `device()`.
    times: list of times from the end of programming (default "0s", "1h", "1d", "30d", "1y").
    instances: programmings (default 32). mode: "device-pairs" or "aihwkit-tile".
    compensation: "none", "gdc" (default), "gdc-column". dac_bits, adc_bits: 0 is perfect (default 8).
    out_bound: largest output, in units of the largest weight times input 1 (default 10); or out_quantile: the share
        of the exact outputs that a calibrated bound covers. out_noise: standard deviation in the same unit.
    input_scale: "none", "largest", "abs-max". iterative_bound, ir_drop: switches. seed, progress: as of `simulate()`.
    """
    refuse_unknown(options, _TILE)
    _texts(options, "times")
    if weights is not None:
        options["weights"] = weights
    if inputs is not None:
        options["inputs"] = inputs
    return Tile(_core.tile(made(_core.Device, device, None), options))


def _explore(run, run_text, settings, set, workers, out, resume, progress):
    options = {"set": assignments(set), "workers": workers, "resume": resume, "progress": progress}
    if out is not None:
        options["out"] = os.fspath(out)
    if isinstance(settings, dict):
        found = run_text(text_of(settings), options)
    else:
        found = run(os.fspath(settings), options)
    result = Exploration(found)
    if result.note:
        warnings.warn(f"the report about the search's knee is missing: {result.note}", stacklevel=3)
    return result


def sweep(settings, set=None, workers=1, out=None, resume=False, progress=None):
    """Settings of chip, device, networks and data varied, and what each of them moves: an Exploration.

    settings: a shipped name, the path of a SWEEP.yaml, or a dict with its keys (docs/sweep.md).
    set: changes on top. workers: processes; the result is the same for any number.
    out: result directory, with an archive from the start; default: nothing is written. resume: go on with the archive
        in `out`. Ctrl-C raises KeyboardInterrupt; what was measured is in the archive of `out`.
    """
    return _explore(_core.sweep, _core.sweep_text, settings, set, workers, out, resume, progress)


def search(settings, set=None, workers=1, out=None, resume=False, progress=None):
    """The networks of a space that are best on a chip: an Exploration.

    settings: a shipped name, the path of a SEARCH.yaml, or a dict with its keys (docs/search.md). The other arguments
    as of `sweep()`. Ctrl-C ends the search with what it knows, writes that to `out`, and raises KeyboardInterrupt.
    """
    return _explore(_core.search, _core.search_text, settings, set, workers, out, resume, progress)
