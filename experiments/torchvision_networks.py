#!/usr/bin/python3
"""Torchvision's networks through `phasecore infer` and on the chip: the tables in docs/operators.md.

Needs Debian's python3-torchvision; nothing is downloaded, the weights are random. Each network is exported twice, as
torch.onnx.export does it by default (fixed batch) and with opset 17 and a symbolic batch, and its output for one random
image is held against torch's own.

    experiments/torchvision_networks.py [--phasecore build/release/app/phasecore] [--folder results/torchvision]
        [--keep] [--chip] [NETWORK...]

Prints a Markdown table: differences over the range of the outputs, the larger of both processor times and
memories. Exit code 1 if a network is not within 1e-4.
"""

import argparse
import json
import os
import re
import subprocess
import sys

NETWORKS = [
    "alexnet", "vgg11", "resnet18", "resnet50", "wide_resnet50_2", "resnext50_32x4d", "densenet121", "googlenet",
    "inception_v3", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "mnasnet0_5",
    "shufflenet_v2_x1_0", "efficientnet_b0", "regnet_y_400mf", "convnext_tiny", "vit_b_16", "swin_t"]
# How each is exported, by the name of its file: what torch.onnx.export is told.
DEFAULT, OTHER = "default", "opset17"
EXPORTS = {DEFAULT: {}, OTHER: {"opset_version": 17, "dynamic_axes": {"x": {0: "batch"}}}}
TOLERANCE = 1e-4


def side(name):
    """Pixels along one side of what the network reads."""
    return 299 if name == "inception_v3" else 224


def export(name, folder):
    """Writes x.npy, y.npy (torch's output) and one model for each opset; in a process of its own, for the memory."""
    import numpy
    import torch
    import torchvision

    torch.manual_seed(7)
    torch.set_num_threads(1)
    network = torchvision.models.get_model(name, weights=None)
    with torch.no_grad():
        # Layers that start as one constant (zeros in ViT's head, ones in norms) would hide what is wrong in front of
        # them or in their own shape.
        for parameter in network.parameters():
            if parameter.numel() > 1 and parameter.min() == parameter.max():
                parameter.add_(0.1 * torch.randn_like(parameter))
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # the statistics of the images below, not a mixture with their start
        network.train()(torch.randn(4, 3, side(name), side(name)))
        network.eval()
        x = torch.randn(1, 3, side(name), side(name))
        numpy.save(f"{folder}/x.npy", x.numpy())
        numpy.save(f"{folder}/y.npy", network(x).numpy())
    for form, wishes in EXPORTS.items():
        torch.onnx.export(network, x, f"{folder}/{form}.onnx", input_names=["x"], **wishes)


def run(command):
    """Exit code, output, seconds of processor time and MiB of memory of a command."""
    with open(os.devnull) as nothing:
        process = subprocess.Popen(command, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, output, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def first_line(output):
    return (output.strip().splitlines() or [""])[0][:300]


def compare(phasecore, folder, form):
    """Largest difference over the range of the outputs (or why there is none), seconds, MiB."""
    import numpy
    model, result = f"{folder}/{form}.onnx", f"{folder}/result.npy"
    code, output, seconds, memory = run(
        [phasecore, "infer", model, "--input", f"{folder}/x.npy", "--output", result])
    if code != 0:
        return first_line(output), seconds, memory
    expected, got = numpy.load(f"{folder}/y.npy"), numpy.load(result)
    if expected.shape != got.shape:
        return f"shape {got.shape} instead of {expected.shape}", seconds, memory
    return float(abs(expected - got).max() / (expected.max() - expected.min())), seconds, memory


# Activation memory of a core, as the chip has it and larger: squeeze-and-excite and wide joins hold whole images.
MEMORIES_KIB = [64, 256, 1024, 4096]


def on_chip(phasecore, folder):
    """Cores and time of an image on hermes-mesh with as many cores as a chip may have, or why it takes none."""
    for kib in MEMORIES_KIB:
        command = [phasecore, "simulate", f"{folder}/{OTHER}.onnx", "--chip", "hermes-mesh", "--engine", "analytic",
                   "--data", "none", "--json", "--set", "grid.columns=32", "--set", "grid.rows=32",
                   "--set", f"memory.bytes={kib * 1024}"]
        code, output, _, _ = run(command)
        if code == 0:
            report = json.loads(output[output.index("{"):])
            memory = "" if kib == MEMORIES_KIB[0] else f", {kib} KiB a core"
            return f"{report['mapping']['cores_used']} cores, {report['totals']['latency_ns'] / 1e6:.1f} ms{memory}"
        if "needs larger input buffers" not in output:
            break
    if too_large := re.search(r"needs (\d+) cores", output):
        return f"needs {too_large[1]} of 1024 cores"
    if operator := re.search(r"\((\w+)\): cannot be mapped", output):
        return f"no unit for {operator[1]}"
    return first_line(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phasecore", default="build/release/app/phasecore")
    parser.add_argument("--folder", default="results/torchvision", help="for models; removed again one by one")
    parser.add_argument("--keep", action="store_true", help="leave the models there, and take those that are")
    parser.add_argument("--chip", action="store_true", help="ask the chip, too")
    parser.add_argument("--export", help=argparse.SUPPRESS)
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    options = parser.parse_args()
    if options.export:
        return export(options.export, options.folder)

    wrong = 0
    print("| network | opset 14 | opset 17, open batch | CPU s | MiB |" + (" chip |" if options.chip else ""))
    print("|---|---|---|---|---|" + ("---|" if options.chip else ""))
    for name in options.networks:
        folder = f"{options.folder}/{name}"
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(f"{folder}/{OTHER}.onnx"):
            subprocess.run([sys.executable, __file__, "--export", name, "--folder", folder], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cells, spent, peak = [], 0, 0
        for form in EXPORTS:
            result, seconds, memory = compare(options.phasecore, folder, form)
            good = isinstance(result, float) and result <= TOLERANCE
            wrong += not good
            cells.append(f"{result:.1e}" if isinstance(result, float) else result)
            spent, peak = max(spent, seconds), max(peak, memory)
        row = f"| {name} | {' | '.join(cells)} | {spent:.1f} | {peak:.0f} |"
        if options.chip:
            row += f" {on_chip(options.phasecore, folder)} |"
        print(row, flush=True)
        if not options.keep:
            for file in os.listdir(folder):
                os.remove(f"{folder}/{file}")
            os.rmdir(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
