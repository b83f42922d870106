"""Writes the numbers that the demo calls, from the prefixes of its plan: `called;expected status;caller`.

Every rule's destinations come in turn, and a few numbers that the plan cannot route: some of a
destination without a rule (503 no routing), some without a destination (404).
"""

import random
import sys
import tomllib

LINES = 2000
# One call in so many is for a number that cannot be routed.
NO_ROUTING_EVERY, UNKNOWN_EVERY = 40, 67


def main():
    plan_file, failing = sys.argv[1], set(sys.argv[2:])
    with open(plan_file, "rb") as file:
        plan = tomllib.load(file)
    chance = random.Random(20)
    prefixes = {d["name"]: d["prefixes"] for d in plan["destination"]}
    every = [prefix for of_one in prefixes.values() for prefix in of_one]
    good, refused = [], []
    ruled = set()
    for rule in (rule for one in plan["plan"] for rule in one["rule"]):
        ruled.update(rule["destinations"])
        trunks = {trunk if isinstance(trunk, str) else trunk["trunk"]
                  for slot in rule["slot"] for trunk in slot["trunks"]}
        (refused if trunks <= failing else good).extend(rule["destinations"])
    without_rule = [name for name in prefixes if name not in ruled]
    print("SEQUENTIAL")
    for line in range(1, LINES + 1):
        caller = f"4420{chance.randrange(10**8):08}"
        if line % UNKNOWN_EVERY == 0:
            print(f"{unknown(chance, every)};404;{caller}")
        elif line % NO_ROUTING_EVERY == 0 and (without_rule or refused):
            name = chance.choice(without_rule or refused)
            print(f"{number(chance, name, prefixes, every)};503;{caller}")
        else:
            name = chance.choice(good)
            print(f"{number(chance, name, prefixes, every)};200;{caller}")


def number(chance, name, prefixes, every):
    """A number of that destination: no longer prefix of another one may claim it."""
    while True:
        prefix = chance.choice(prefixes[name])
        digits = fill(chance, prefix)
        if max((p for p in every if digits.startswith(p)), key=len) in prefixes[name]:
            return digits


def unknown(chance, every):
    while True:
        digits = fill(chance, f"9{chance.randrange(10)}")
        if not any(digits.startswith(prefix) for prefix in every):
            return digits


def fill(chance, prefix):
    return prefix + "".join(str(chance.randrange(10)) for _ in range(12 - len(prefix)))


if __name__ == "__main__":
    main()
