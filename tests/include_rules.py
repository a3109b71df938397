#!/usr/bin/python3
"""Holds the includes of src/ and src/CMakeLists.txt to the table of rooms in docs/architecture.md.

Usage: include_rules.py ROOT. Prints one line for each breach and exits 1 if there is one.
"""

import pathlib
import re
import sys

MAP = "docs/architecture.md"
HEADER = ["folder", "is", "may include", "third party"]

# The names of the table's last column: the headers that belong to each, and its CMake target.
LIBRARIES = {
    "OpenSSL": ("openssl/", "OpenSSL::Crypto"),
    "yaml-cpp": ("yaml-cpp/", "yaml-cpp::yaml-cpp"),
    "libcurl": ("curl/", "CURL::libcurl"),
    "nlohmann/json": ("nlohmann/", "nlohmann_json::nlohmann_json"),
    "libpq": ("libpq-fe.h", "PkgConfig::libpq"),
    "CLI11": ("CLI/", "CLI11::CLI11"),
    "libmicrohttpd": ("microhttpd.h", "PkgConfig::microhttpd"),
}
EVERYBODYS = ("fmt/", "tl/", "spdlog/")
SYSTEM_FOLDERS = ("sys/", "netinet/", "arpa/", "net/", "linux/")
SYSTEM_HEADERS = set(
    "dirent.h dlfcn.h errno.h fcntl.h fnmatch.h getopt.h glob.h grp.h langinfo.h limits.h locale.h netdb.h poll.h"
    " pthread.h pwd.h sched.h signal.h spawn.h stdlib.h string.h strings.h syslog.h termios.h time.h unistd.h".split()
)
SOURCES = (".cpp", ".hpp", ".h", ".cc", ".inc")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Room:
    def __init__(self, line, uses, owns):
        self.line = line
        self.uses = uses
        self.owns = owns


def cells_of(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def words_of(cell):
    return [] if cell in ("–", "-", "") else [word.strip() for word in cell.split(",")]


def read_table(text):
    """The rooms by name, and what is wrong with the table itself."""
    rooms, problems = {}, []
    lines = text.splitlines()
    starts = [at for at, line in enumerate(lines) if cells_of(line) == HEADER]
    if len(starts) != 1:
        return {}, [f"{MAP}: there must be one table with the columns {', '.join(HEADER)}; found {len(starts)}"]
    for number, line in enumerate(lines[starts[0] + 2 :], start=starts[0] + 3):
        if not line.startswith("|"):
            break
        cells = cells_of(line)
        if len(cells) != len(HEADER):
            problems.append(f"{MAP}:{number}: the row has {len(cells)} cells instead of {len(HEADER)}")
            continue
        name = cells[0].strip("`").rstrip("/")
        if name in rooms:
            problems.append(f"{MAP}:{number}: {name} has a row already, at line {rooms[name].line}")
        rooms[name] = Room(number, words_of(cells[2]), words_of(cells[3]))
    for name, room in rooms.items():
        for used in room.uses:
            if used not in rooms:
                problems.append(f"{MAP}:{room.line}: {name} may include {used}, which has no row")
        for library in room.owns:
            if library not in LIBRARIES:
                problems.append(f"{MAP}:{room.line}: {name} owns {library}, which include_rules.py does not know")
    return rooms, problems


def reachable(rooms, name):
    """Every room that `name` may include: those of its row, and what those may include."""
    found, waiting = set(), list(rooms[name].uses)
    while waiting:
        used = waiting.pop()
        if used in rooms and used not in found:
            found.add(used)
            waiting.extend(rooms[used].uses)
    return found


def check_unused(root, rooms):
    """What a row lets a folder include, its files do include: another permission is an open door."""
    problems = []
    for name, room in rooms.items():
        place = root / "src" / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        included = set()
        for path in files:
            if path.suffix not in SOURCES or not path.exists():
                continue
            for line in path.read_text(encoding="utf-8").splitlines():
                found = INCLUDE.match(line)
                if found and found.group(1) == '"':
                    included.add(found.group(2).partition("/")[0])
        for used in room.uses:
            if used in rooms and used not in included:
                problems.append(f"{MAP}:{room.line}: {name} may include {used}, and no file of it does")
    return problems


def check_circles(rooms):
    return [
        f"{MAP}:{room.line}: {name} may include itself by way of {', '.join(sorted(reachable(rooms, name)))}"
        for name, room in rooms.items()
        if name in reachable(rooms, name)
    ]


def judge_own(rooms, room, target):
    folder, slash, _ = target.partition("/")
    # A name without a folder is that of a neighbour: the sandbox is compiled without the others in reach.
    if not slash or folder == room or folder in reachable(rooms, room):
        return None
    if folder not in rooms:
        return f'"{target}": there is no folder {folder} in the table of {MAP}'
    allowed = ", ".join(rooms[room].uses) or "no other folder"
    return f'{room} must not include "{target}"; it may include {allowed} ({MAP}:{rooms[room].line})'


def judge_angled(rooms, room, target):
    for library, (prefix, _) in LIBRARIES.items():
        if target.startswith(prefix):
            if library in rooms[room].owns:
                return None
            owners = ", ".join(name for name, other in rooms.items() if library in other.owns)
            return f"{room} must not include <{target}>; {library} belongs to {owners or 'nobody'}"
    standard = re.fullmatch(r"[a-z_0-9]+", target)
    if standard or target.startswith(EVERYBODYS + SYSTEM_FOLDERS) or target in SYSTEM_HEADERS:
        return None
    return f"<{target}> is unknown: give its library an owner in {MAP}, or name it in tests/include_rules.py"


def check_sources(root, rooms):
    problems, seen = [], set()
    source = root / "src"
    for path in sorted(source.rglob("*")):
        if path.suffix not in SOURCES:
            continue
        room = path.relative_to(source).parts[0]
        where = path.relative_to(root)
        if room not in rooms:
            if room not in seen:
                problems.append(f"{where}:1: src/{room} has no row in the table of {MAP}")
            seen.add(room)
            continue
        seen.add(room)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found = INCLUDE.match(line)
            if not found:
                continue
            judge = judge_own if found.group(1) == '"' else judge_angled
            problem = judge(rooms, room, found.group(2))
            if problem:
                problems.append(f"{where}:{number}: {problem}")
    for name in rooms:
        if name not in seen:
            problems.append(f"{MAP}:{rooms[name].line}: src/{name} has a row and no source files")
    return problems


def check_cmake(root, rooms):
    """Each rollcall_library(NAME USES … OWNS …) says what the row of NAME says."""
    where = "src/CMakeLists.txt"
    problems = []
    called = {}
    text = (root / where).read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        found = re.match(r"rollcall_library\(([^)]*)\)", line)
        if not found:
            continue
        name, *words = found.group(1).split()
        called[name] = number
        lists = {"USES": set(), "OWNS": set()}
        current = None
        for word in words:
            if word in lists:
                current = word
            elif current:
                lists[current].add(word)
        if name not in rooms:
            problems.append(f"{where}:{number}: {name} has no row in the table of {MAP}")
            continue
        row = rooms[name]
        owned = {LIBRARIES[library][1] for library in row.owns if library in LIBRARIES}
        for what, linked, allowed in (("USES", lists["USES"], set(row.uses)), ("OWNS", lists["OWNS"], owned)):
            if linked != allowed:
                problems.append(
                    f"{where}:{number}: {name} has {what} {' '.join(sorted(linked)) or 'nothing'}, and {MAP}:{row.line}"
                    f" says {' '.join(sorted(allowed)) or 'nothing'}"
                )
    for name, row in rooms.items():
        if name not in called and name not in ("main.cpp", "sandbox"):
            problems.append(f"{where}: there is no rollcall_library({name}) for the row {MAP}:{row.line}")
    return problems


def check(root):
    rooms, problems = read_table((root / MAP).read_text(encoding="utf-8"))
    if not rooms:
        return problems
    return problems + check_circles(rooms) + check_unused(root, rooms) + check_sources(root, rooms) + check_cmake(root, rooms)


def main():
    problems = check(pathlib.Path(sys.argv[1]))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
