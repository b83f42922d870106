"""Writes a plan file with destinations added until it has so many prefixes: `more_prefixes.py PLAN COUNT`."""

import sys
import tomllib


def main():
    path, wanted = sys.argv[1], int(sys.argv[2])
    with open(path, "rb") as file:
        text = file.read()
    plan = tomllib.loads(text.decode())
    missing = wanted - sum(len(one["prefixes"]) for one in plan["destination"])
    print(text.decode())
    # 88 begins no number of the plan; five more digits are enough for 100,000 prefixes.
    numbers = [f"88{number:05}" for number in range(missing)]
    for first in range(0, missing, 100):
        prefixes = ", ".join(f'"{prefix}"' for prefix in numbers[first:first + 100])
        print(f'[[destination]]\nname = "More {first // 100}"\nprefixes = [{prefixes}]\n')


if __name__ == "__main__":
    main()
