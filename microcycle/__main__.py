"""`python -m microcycle`."""

from microcycle.cli.app import main

if __name__ == "__main__":
    main()
