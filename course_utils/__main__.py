"""The course in a terminal: ``python -m course_utils --help`` lists its commands."""

from .commands import main

if __name__ == "__main__":
    main()
