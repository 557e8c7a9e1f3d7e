"""`python -m microcycle`."""

from microcycle.cli.entry import main

if __name__ == "__main__":
    main()
