"""What an instructor needs: student edition, class mirror, slides, progress (``docs/instructor.md``)."""
