"""A child process that opens one PDF from standard input, with little memory and time, and says by its exit whether it is
within bounds: 0 yes, TOO_MUCH no, UNREADABLE if it cannot be read at all."""

import io
import resource
import sys

MEMORY_BYTES = 768_000_000
CPU_SECONDS = 10
PAGES_MAX = 2_000
UNPACKED_MAX = 200_000_000
PIXELS_MAX = 200_000_000
TOO_MUCH, UNREADABLE = 3, 4


def main() -> int:
    """Return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    content = sys.stdin.buffer.read()
    try:
        return _judge(content)
    except MemoryError:
        return TOO_MUCH


def _judge(content: bytes) -> int:
    import pypdf
    from pypdf.errors import LimitReachedError, PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if len(reader.pages) > PAGES_MAX:
            return TOO_MUCH
        unpacked = 0
        for page in reader.pages:
            contents = page.get_contents()
            unpacked += len(contents.get_data()) if contents is not None else 0
            if unpacked > UNPACKED_MAX or _pixels(page) > PIXELS_MAX:
                return TOO_MUCH
    except LimitReachedError:
        return TOO_MUCH
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        return UNREADABLE
    return 0


def _pixels(page: "pypdf.PageObject") -> int:  # type: ignore[name-defined]  # noqa: F821
    """Return the largest picture a page names, in pixels, by what it says of itself."""
    resources = page.get("/Resources", {}).get_object()
    pictures = resources.get("/XObject", {}).get_object() if resources else {}
    sizes = [0]
    for name in pictures:
        one = pictures[name].get_object()
        if one.get("/Subtype") == "/Image":
            sizes.append(int(one.get("/Width", 0)) * int(one.get("/Height", 0)))
    return max(sizes)


if __name__ == "__main__":
    sys.exit(main())
