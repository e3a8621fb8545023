#!/usr/bin/python3
"""What a run of `phasecore simulate` costs, as a function of counts: the figures of docs/performance.md (k).

Measures the user time of ten networks for Fashion-MNIST (three that are shipped, seven cut out of the shipped supernet) in runs
of three sizes each, one worker, mapped one-to-one, and fits one coefficient per count. Each network is then predicted by the
coefficients that the other nine give.

    experiments/cost_model.py [--phasecore build/release/app/phasecore] [--rounds 2]

Needs Debian's python3-numpy and a machine that does nothing else. Prints two Markdown tables,
row by row what the document has by network.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile

import numpy

SHIPPED = ["zoo:resnet8-fmnist", "zoo:resnet20-fmnist", "zoo:ds-cnn-fmnist"]
CUT = 7
EFFORTS = [(500, 1, ["1d"]), (2000, 1, ["1d"]), (500, 8, ["1s", "1d", "30d"])]  # images, instances, times
CALIBRATION = 1000  # images; shipped networks carry ranges, so that only partial sums are looked at, on
PARTIAL = 256       # of them
PLACES = 16         # of each, at least so many or all
CROSSBAR_ROWS = 256
LANES = 16          # columns that are computed at once
COUNTS = [
    ("start, reading 70,000 images, the chip", "run"),
    ("float products: images x MACs", "MAC"),
    ("float patches: images x inputs of MVMs", "value"),
    ("float layers: images x layers", "layer"),
    ("ranges of partial sums that travel: calibration images x places x MACs", "MAC"),
    ("programming and reading: instances x pairs of devices", "pair"),
    ("analog products: passes x MACs of the crossbars, zeros between filters and up to 16 columns included", "MAC"),
    ("conversions: passes x columns of crossbars", "value"),
]


def run(command):
    """The output of a program and its user time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{done.stderr.decode()}")
    return done.stdout, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def simulate(phasecore, network, effort, rounds):
    """The report, and the least user time: what else the machine does only adds to it."""
    images, instances, times = effort
    command = [
        phasecore, "simulate", network, "--data", "fashion-mnist", "--samples", str(images), "--instances", str(instances),
        "--times", ",".join(times), "--layer-samples", "0", "--workers", "1", "--set", "mapping.objective=one-to-one",
        "--set", "grid.columns=16", "--set", "grid.rows=16", "--json"]
    runs = [run(command) for _ in range(rounds)]
    return json.loads(runs[0][0]), min(seconds for _, seconds in runs)


def counts(report, effort, carries_ranges):
    """One number for each of COUNTS."""
    images, instances, times = effort
    pairs = products = values = patches = travelling = 0
    for layer in report["layers"]:
        if not layer["submatrices"]:
            continue
        vectors = layer["mvms"] / layer["submatrices"]
        grouped = layer["macs"] < vectors * layer["rows"] * layer["cols"]
        # A group's rows are never split, and each crossbar has the columns of its groups only.
        hops = 1 if grouped else math.ceil(layer["rows"] / CROSSBAR_ROWS)
        columns = math.ceil(layer["cols"] / layer["submatrices"]) if grouped else layer["cols"]
        cells = layer["rows"] * columns
        pairs += cells
        products += vectors * layer["rows"] * math.ceil(columns / LANES) * LANES
        values += vectors * layer["cols"] * hops
        patches += vectors * layer["rows"]
        travelling += PARTIAL * vectors / max(1, vectors // PLACES) * cells * (hops - 1) / hops
    passes = images * (1 + instances * len(times))  # once without errors
    if not carries_ranges:
        images += CALIBRATION
    elif travelling:
        images += PARTIAL
    return [
        1, images * report["model"]["macs"], images * patches, images * len(report["layers"]), travelling,
        instances * pairs, passes * products, passes * values]


def fit(rows, seconds):
    """Coefficients of least relative squares, none below 0: what would be is left out."""
    rows, seconds = numpy.array(rows, float), numpy.array(seconds)
    used = list(range(rows.shape[1]))
    while True:
        found = numpy.linalg.lstsq(rows[:, used] / seconds[:, None], numpy.ones(len(seconds)), rcond=None)[0]
        if (found >= 0).all():
            break
        del used[int(numpy.argmin(found * rows[:, used].mean(axis=0)))]
    coefficients = numpy.zeros(rows.shape[1])
    coefficients[used] = found
    return coefficients


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phasecore", default="build/release/app/phasecore")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    with tempfile.TemporaryDirectory() as folder:
        run([options.phasecore, "cut", "zoo:supernet-fmnist", "--spread", str(CUT), "--out", folder + "/cut"])
        networks = SHIPPED + [f"{folder}/cut/{i:03d}.onnx" for i in range(1, CUT + 1)]
        names, sizes, rows, seconds = [], [], [], []
        for network in networks:
            for effort in EFFORTS:
                report, time = simulate(options.phasecore, network, effort, options.rounds)
                names.append((os.path.basename(network).replace(".onnx", "").replace("zoo:", ""), effort))
                rows.append(counts(report, effort, network in SHIPPED))
                sizes.append(report["model"]["macs"])
                seconds.append(time)
    print("| what | takes |\n|---|---|")
    for (count, unit), coefficient in zip(COUNTS, fit(rows, seconds)):
        print(f"| {count} | {coefficient * 1e9:.2g} ns per {unit} |")
    print("\n| network | MACs, million | images x instances x times | measured, s | predicted by the others, s | difference |")
    print("|---|---|---|---|---|---|")
    for i, (name, (images, instances, times)) in enumerate(names):
        others = [j for j, (other, _) in enumerate(names) if other != name]
        predicted = numpy.dot(rows[i], fit([rows[j] for j in others], [seconds[j] for j in others]))
        macs = sizes[i] / 1e6
        print(f"| {name} | {macs:.1f} | {images} x {instances} x {len(times)} | {seconds[i]:.2f} | {predicted:.2f} | "
              f"{100 * (predicted / seconds[i] - 1):+.0f} % |")


if __name__ == "__main__":
    main()
