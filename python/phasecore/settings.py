"""Chips, devices, sweeps and searches as dicts: the same keys as in their YAML files."""

import json
import os

from . import _core


def assignments(changes):
    """{"adc.bits": 6} or ["adc.bits=6"] as the list of texts that the library takes."""
    if changes is None:
        return []
    if isinstance(changes, dict):
        return [f"{key}={text_of(value)}" for key, value in changes.items()]
    if isinstance(changes, str):
        return [changes]
    return list(changes)


def text_of(settings):
    """A dict as text. JSON is YAML, too; values that JSON has no word for (NaN) are refused by the reader."""
    return json.dumps(settings, ensure_ascii=False, default=plain)


def plain(value):
    """NumPy's numbers and arrays as Python's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} cannot stand in settings")


def made(kind, given, changes):
    """A _core.Chip or _core.Device from a name, a file's path, a dict, or one of its kind."""
    changes = assignments(changes)
    if isinstance(given, kind):
        return kind.parse(given.yaml(), changes) if changes else given
    if isinstance(given, dict):
        return kind.parse(text_of(given), changes)
    return kind.load(os.fspath(given), changes)


def chip(given="hermes-mesh", set=None):
    """Every setting of a chip as a dict (units are in the keys' names: `ns`, `pj`, `mw`, `um`, ...).

    given: a shipped name (`chips()`), the path of a YAML file, or a dict with the keys of such a file;
        `{"base": "hermes-mesh", "name": "mine", "adc": {"bits": 6}}` takes the keys that are left out from a
        shipped chip.
    set: changes on top, `{"adc.bits": 6}` or `["adc.bits=6"]`.

    Raises InputError with all that is wrong. `phasecore describe chip` explains each key.
    """
    return json.loads(made(_core.Chip, given, set).json())


def device(given="hermes-2", set=None):
    """Every setting of a phase-change-memory device model as a dict; arguments as of `chip()`.

    Conductances are in microsiemens (`_us`), times in seconds (`_s`).
    """
    return json.loads(made(_core.Device, given, set).json())


def chips():
    """Names of the shipped chips."""
    return _core.Chip.names()


def devices():
    """Names of the shipped devices."""
    return _core.Device.names()
