"""Ids and names of runs."""

from __future__ import annotations

import os
import random
import time

from runlog.journal.files import encode_number

_ADJECTIVES = ["able", "amber", "bold", "brave", "brisk", "bright", "calm", "clear", "clever", "cosy", "crisp", "curious", "deft", "eager", "early", "fair", "fine", "fond", "frank", "fresh", "gentle", "glad", "golden", "grand", "green", "happy", "honest", "ideal", "jolly", "keen", "kind", "late", "light", "lively", "loyal", "lucky", "lunar", "mellow", "merry", "mild", "misty", "modest", "neat", "nimble", "noble", "patient", "plain", "polite", "proud", "quick", "quiet", "rapid", "ready", "rosy", "royal", "sharp", "shy", "silent", "silver", "sleek", "smart", "snug", "soft", "solar", "solid", "spare", "steady", "still", "stout", "sunny", "sure", "swift", "tame", "tidy", "true", "urban", "vivid", "warm", "wise", "witty", "young", "zesty"]
_NOUNS = ["acorn", "alder", "ant", "aspen", "auk", "badger", "bay", "beaver", "bee", "birch", "bison", "brook", "cedar", "cliff", "cloud", "clover", "comet", "coral", "crane", "creek", "crow", "deer", "delta", "dove", "duck", "eagle", "elk", "elm", "ember", "falcon", "fern", "finch", "fir", "fjord", "flint", "fox", "frog", "gull", "hare", "hawk", "hazel", "heron", "hill", "ibex", "iris", "island", "ivy", "jay", "juniper", "kite", "lake", "larch", "lark", "leaf", "lily", "lynx", "maple", "marten", "meadow", "mole", "moon", "moss", "moth", "newt", "oak", "orca", "osprey", "otter", "owl", "panda", "pebble", "pine", "plum", "pond", "poppy", "quail", "rain", "raven", "reed", "river", "robin", "rose", "sage", "seal", "shore", "snow", "sparrow", "spruce", "star", "stone", "stork", "swan", "thrush", "tiger", "toad", "trout", "tulip", "vale", "vole", "walnut", "whale", "willow", "wolf", "wren", "yak", "yew", "zebra"]


def new_run_id(experiment: str) -> str:
    """22 lower-case characters: a letter, 10 of time (milliseconds), 11 of chance; they sort by time.

    The letter differs for an experiment whose own name an id would begin with.
    """
    number = encode_number(time.time_ns() // 1_000_000, 10) + encode_number(int.from_bytes(os.urandom(7), "big"), 11)
    letter = "s" if ("r" + number).startswith(experiment.lower()) else "r"
    return letter + number


def new_display_name() -> str:
    """Two words and a number, such as ``calm-otter-12``."""
    chance = random.SystemRandom()
    return f"{chance.choice(_ADJECTIVES)}-{chance.choice(_NOUNS)}-{chance.randrange(1, 100)}"
