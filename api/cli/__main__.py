"""python -m api.cli: what .venv/bin/banjian runs."""

from api.cli.main import main

if __name__ == "__main__":
    main()
