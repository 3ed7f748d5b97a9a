"""Disk images for tests, made with the project's own mkfs."""
import os

from commands import run
from machine import BUILD, ROOT

BLOCK = 4096


def programs(build=BUILD):
    """The user programs of a build, by path: those of / and of /bin."""
    top = os.path.join(ROOT, build, "user")
    found = []
    for directory in (top, os.path.join(top, "bin")):
        paths = (os.path.join(directory, name)
                 for name in os.listdir(directory))
        found += sorted(path for path in paths if os.path.isfile(path)
                        and not os.path.splitext(path)[1])
    return found


def path_in_image(program):
    """The path of a build's program in the image."""
    directory, name = os.path.split(program)
    return f"bin/{name}" if os.path.basename(directory) == "bin" else name


def make_image(path, extra=None, size="32M", build=BUILD, without=()):
    """Create an image at `path` with all programs except `without`, and with
    `extra`, which maps names to contents."""
    words = [os.path.join(ROOT, build, "mkfs"), "-s", size, str(path)]
    words += ["README.md", "README.md:README"]
    words += [f"{program}:{path_in_image(program)}"
              for program in programs(build)
              if os.path.basename(program) not in without]
    for number, (name, content) in enumerate((extra or {}).items()):
        source = f"{path}.{number}"
        with open(source, "wb") as file:
            file.write(content)
        words.append(f"{source}:{name}")
    done = run(words)
    assert done.returncode == 0, done.stdout
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return path
