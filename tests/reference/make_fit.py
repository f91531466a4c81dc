#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/reference/fit.json: three made-up members' logits on 90 pictures, and the
temperatures, weights and stack that scipy and scikit-learn fit to them. With --check it only says
whether the file holds what it would write.

    tools/debian --with reference python3 tests/reference/make_fit.py
"""
import math
import pathlib

import numpy
import scipy.optimize
import scipy.special
import sklearn.linear_model

import fixture
from seeded import stream

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "reference" / "fit.json"
PICTURES, MEMBERS, CLASSES = 90, 3, 3
SKILLS = [2.0, 1.2, 0.1]  # how far the label's logit stands out
SHARPNESS = [2.5, 0.6, 1.0]  # and how sure a member is of what it sees
PENALTIES = [0.3, 10.0]


def table():
    labels = numpy.floor((stream("fit labels", PICTURES) + 1) / 2 * CLASSES).astype(int)
    ballots = numpy.empty((PICTURES, MEMBERS, CLASSES), numpy.float32)
    for member in range(MEMBERS):
        noise = stream(f"fit noise {member}", PICTURES * CLASSES).reshape(PICTURES, CLASSES)
        seen = 2.5 * noise + SKILLS[member] * numpy.eye(CLASSES)[labels]
        ballots[:, member] = SHARPNESS[member] * seen
    return labels, ballots


def truths(ballots, labels, temperatures):
    """Log probabilities, pictures x members x classes, and the labels'."""
    logs = scipy.special.log_softmax(
        ballots.astype(float) / numpy.asarray(temperatures)[None, :, None], axis=2)
    return logs, logs[numpy.arange(PICTURES), :, labels]


def fit_temperatures(ballots, labels):
    def loss(logarithm, member):
        right = truths(ballots, labels, [math.exp(logarithm)] * MEMBERS)[1][:, member]
        return -right.sum() + logarithm ** 2 / 2

    return [math.exp(scipy.optimize.minimize_scalar(
        loss, bracket=(-0.5, 0.5), args=(member,), options={"xtol": 1e-12}).x)
        for member in range(MEMBERS)]


def fit_weights(ballots, labels, temperatures):
    """On the simplex itself, by a method for constraints; Mien goes by a softmax."""
    right = numpy.exp(truths(ballots, labels, temperatures)[1])

    def loss(weights):
        return -numpy.log(right @ weights).sum() - numpy.log(weights).sum()

    def slope(weights):
        return -(right / (right @ weights)[:, None]).sum(axis=0) - 1 / weights

    found = scipy.optimize.minimize(
        loss, numpy.full(MEMBERS, 1 / MEMBERS), jac=slope, method="trust-constr",
        bounds=[(1e-6, 1)] * MEMBERS, options={"gtol": 1e-10, "xtol": 1e-14, "maxiter": 5000},
        constraints=scipy.optimize.LinearConstraint(numpy.ones(MEMBERS), 1, 1))
    return found.x.tolist()


def fit_stack(ballots, labels, penalty):
    """Coefficients as Mien has them: member, answered class, said class."""
    logs = truths(ballots, labels, [1.0] * MEMBERS)[0].reshape(PICTURES, -1)
    model = sklearn.linear_model.LogisticRegression(
        C=1 / penalty, solver="newton-cg", tol=1e-13, max_iter=10000).fit(logs, labels)
    coefficients = model.coef_.reshape(CLASSES, MEMBERS, CLASSES).transpose(1, 0, 2)
    intercept = model.intercept_ - model.intercept_.mean()
    return {"penalty": penalty, "intercept": intercept.tolist(),
            "coefficients": coefficients.ravel().tolist(),
            "log_loss": float(-model.predict_log_proba(logs)[range(PICTURES), labels].mean())}


def make():
    labels, ballots = table()
    temperatures = fit_temperatures(ballots, labels)
    return {
        "members": MEMBERS, "classes": CLASSES, "labels": labels.tolist(),
        "ballots": [float(f"{value:.9g}") for value in ballots.ravel()],
        "temperatures": temperatures,
        "weights": fit_weights(ballots, labels, [1.0] * MEMBERS),
        "both": fit_weights(ballots, labels, temperatures),
        "stacks": [fit_stack(ballots, labels, penalty) for penalty in PENALTIES],
    }


if __name__ == "__main__":
    fixture.write_or_check(OUTPUT, make(), rel_tol=1e-6, abs_tol=1e-6)
