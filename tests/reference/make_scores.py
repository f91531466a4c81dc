#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/reference/scores.json: labels and probabilities of three made-up classifiers,
what scikit-learn says of them, and bootstrap intervals by numpy.

    tools/debian --with reference python3 tests/reference/make_scores.py
"""
import json
import pathlib
import warnings

import numpy
import sklearn.metrics

from seeded import stream

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "reference" / "scores.json"
RESAMPLES, BINS, GOLDEN, MASK = 1000, 15, 0x9E3779B97F4A7C15, (1 << 64) - 1


def classifier(name, pictures, shares, skill):
    """Labels by `shares`, and a softmax that leans to the label by `skill`."""
    labels = numpy.searchsorted(numpy.cumsum(shares), (stream(name + " labels", pictures) + 1) / 2)
    logits = 2 * stream(name + " logits", pictures * len(shares)).reshape(pictures, -1)
    logits[numpy.arange(pictures), labels] += skill
    probabilities = numpy.exp(logits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return labels, probabilities


def calibration(labels, probabilities):
    """Guo et al. 2017, equation 3, and the bins it sums over."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    edges = numpy.arange(1, BINS) / BINS
    place = numpy.digitize(confidence, edges, right=True)
    bins, error = [], 0.0
    for index in range(BINS):
        here = place == index
        if not here.any():
            bins.append([0, None, None])
            continue
        bins.append([int(here.sum()), confidence[here].mean(), right[here].mean()])
        error += here.mean() * abs(right[here].mean() - confidence[here].mean())
    return error, bins


def figures(labels, probabilities):
    """In the order of mien_figure."""
    predicted = probabilities.argmax(axis=1)
    classes = probabilities.shape[1]
    return [
        sklearn.metrics.accuracy_score(labels, predicted),
        sklearn.metrics.balanced_accuracy_score(labels, predicted),
        sklearn.metrics.f1_score(labels, predicted, average="macro"),
        sklearn.metrics.log_loss(labels, probabilities, labels=range(classes)),
        ((probabilities - numpy.eye(classes)[labels]) ** 2).sum(axis=1).mean(),
        calibration(labels, probabilities)[0],
    ]


def draws(pictures):
    """The resamples of host/evaluation/bootstrap.c, by Python's own integers."""
    state = 0
    for _ in range(RESAMPLES):
        picks = []
        for _ in range(pictures):
            state = (state + GOLDEN) & MASK
            bits = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
            picks.append(((bits ^ (bits >> 31)) * pictures) >> 64)
        yield numpy.array(picks)


def case(name, pictures, shares, skill):
    labels, probabilities = classifier(name, pictures, shares, skill)
    predicted = probabilities.argmax(axis=1)
    resampled = numpy.array([figures(labels[p], probabilities[p]) for p in draws(pictures)])
    precision, recall, f1, support = sklearn.metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(len(shares)))
    return {
        "name": name,
        "classes": len(shares),
        "labels": labels.tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "figures": figures(labels, probabilities),
        "intervals": numpy.quantile(resampled, [0.025, 0.975], axis=0).T.tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "pictures": support.tolist(),
        "confusion": sklearn.metrics.confusion_matrix(labels, predicted).ravel().tolist(),
        "bins": calibration(labels, probabilities)[1],
    }


def main():
    warnings.simplefilter("ignore")  # a resample without a class that was predicted
    cases = [
        case("even", 120, [0.3, 0.3, 0.4], 1.5),
        case("rare", 100, [0.5, 0.48, 0.02], 1.0),
        case("sharp", 80, [0.2, 0.2, 0.2, 0.2, 0.2], 2.5),
    ]
    OUTPUT.write_text(json.dumps({"cases": cases}, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
