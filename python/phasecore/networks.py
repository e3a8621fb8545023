"""Networks: from ONNX or the shipped zoo, their weights as arrays, and what they compute."""

import os
import warnings

from . import _core
from .settings import made


class Network:
    """A network. It never changes: what changes it returns another one.

    model: the path of an ONNX file, `zoo:NAME` (a shipped network, or a definition without trained weights), or
        the bytes of an ONNX model.
    """

    def __init__(self, model, name="model"):
        if isinstance(model, _core.Network):
            self._core = model
        elif isinstance(model, (bytes, bytearray)):
            self._core = _core.Network.parse(bytes(model), name)
        else:
            self._core = _core.Network.load(os.fspath(model))
        for note in self._core.notes():
            warnings.warn(note, stacklevel=2)

    @property
    def name(self):
        return self._core.name()

    @property
    def input_shape(self):
        """Of one sample, as the model's file has it: (channels, height, width) for most."""
        return tuple(self._core.input_shape())

    @property
    def parameters(self):
        """Trainable values."""
        return self._core.parameters()

    @property
    def macs(self):
        """Multiply-accumulates of one sample that crossbars could do."""
        return self._core.macs()

    @property
    def trained(self):
        """False: the weights are a definition's random ones."""
        return self._core.trained()

    @property
    def data(self):
        """The data set that it was trained on, or "none"."""
        return self._core.data()

    @property
    def onnx(self):
        """The model as ONNX bytes."""
        return self._core.onnx()

    def layers(self):
        """One dict per layer: name, op, reads, shape, tensors, macs."""
        return self._core.layers()

    def weights(self, layer=None):
        """The tensors of a layer by name ({"weight": array, "bias": array}); of all layers without one.

        Weights are outputs x inputs (x height x width), float32.
        """
        held = {entry["name"]: entry["tensors"] for entry in self.layers()}
        if layer is None:
            return {name: self.weights(name) for name, tensors in held.items() if tensors}
        if layer not in held:
            self._core.tensor(layer, "weight")  # raises InputError with the nearest name
        return {name: self._core.tensor(layer, name) for name in held[layer]}

    def with_weights(self, layer, **tensors):
        """The network with other values in a layer: `with_weights("conv1", weight=w, bias=b)`, of the same shapes."""
        core = self._core
        for name, values in tensors.items():
            core = core.with_tensor(layer, name, values)
        return Network(core)

    def with_random_weights(self, seed=0):
        """The network as before training."""
        return Network(self._core.with_random_weights(seed))

    def infer(self, samples, chip=None, set=None, device=None, **options):
        """Outputs of samples (N x input, float32, normalised as in training): N x output.

        Without a chip: in float; a list of arrays where the network has several outputs.
        With one: as the chip computes them, one programming at one time. Options: `calibration` (samples that the
        chip's scales are measured on; default: the samples themselves), `time` ("1s": from the end of programming),
        `compensation` ("none", "gdc", "gdc-column", "adabs"), `instance` (which programming), `seed`.
        """
        if chip is None:
            refuse_unknown(options, ())
            outputs = self._core.infer(samples)
            return outputs[0] if len(outputs) == 1 else outputs
        refuse_unknown(options, ("calibration", "time", "compensation", "instance", "seed"))
        if device is not None:
            options["device"] = made(_core.Device, device, None)
        outputs, notes = self._core.infer_on_chip(samples, made(_core.Chip, chip, set), options)
        for note in notes:
            warnings.warn(note, stacklevel=2)
        return outputs

    def __repr__(self):
        shape = "x".join(str(size) for size in self.input_shape)
        return f"<Network {self.name}: input {shape}, {self.parameters} parameters>"


def refuse_unknown(options, known):
    """Raises TypeError, as Python does for an unknown keyword."""
    for name in options:
        if name not in known:
            raise TypeError(f"unexpected keyword argument '{name}'; allowed are {', '.join(known) or 'none'}")


def network(model):
    """A Network from what `Network()` takes, or itself."""
    return model if isinstance(model, Network) else Network(model)
