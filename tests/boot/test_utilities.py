"""The tools: options, operands, errors, and output that is lost.

docs/tools.md describes their calls.
"""
import re

import pytest

from images import make_image
from machine import Machine

LEVELS = 10000
NO_SPACE = "no space left on device"

# For each tool: command lines, typed in an empty directory, and their output.
SESSIONS = {
    "cat": [
        ("echo a > f; echo b > g; cat f g", "a\nb"),
        ("echo c | cat f - g", "a\nc\nb"),
        ("cat -u -- f; echo $?", "a\n0"),
        ("cat f none g; echo $?",
         "a\ncat: none: no such file or directory\nb\n1"),
        ("cat -x f; echo $?",
         "cat: unknown option -x\nusage: cat [-u] [FILE...]\n2")],
    "cp": [
        ("mkdir d; echo a > f; echo b > g; cp f h; cat h", "a"),
        ("cp f g d; cat d/f d/g", "a\nb"),
        ("cp d/f d/; cp f f; cp d x; echo $?",
         "cp: d/f and d/f are the same file\n"
         "cp: f and f are the same file\ncp: d: is a directory\n1"),
        ("cp f none d; echo $?", "cp: none: no such file or directory\n1"),
        ("cp f g h; echo $?", "cp: h: not a directory\n1"),
        ("cp f; echo $?", "usage: cp FROM... TO\n2"),
        ("echo long > h; cp f h; cat h", "a")],
    "dd": [
        ("echo 0123456789 > f; dd if=f of=g bs=4; cat g",
         "2+1 records in\n2+1 records out\n0123456789"),
        ("dd if=f bs=2 skip=1 count=2 2> /null; echo", "2345"),
        ("echo abcdefghij > g; dd if=f of=g bs=2 seek=2 count=1 2> /null; "
         "cat g; echo", "abcd01"),
        ("(echo one; sleep 1; echo two; sleep 1; echo three) | "
         "dd bs=8 count=1", "one\ntwo\n1+0 records in\n1+0 records out"),
        ("dd if=/zero bs=1k count=2 2> /null | wc -c", "2048"),
        ("dd if=none; dd of=/; dd count=x; echo $?",
         "dd: none: no such file or directory\ndd: /: is a directory\n"
         "usage: dd [if=FILE] [of=FILE] [bs=BYTES] [count=N] [skip=N] "
         "[seek=N]\n2")],
    "df": [("df x; echo $?", "usage: df\n2"),
           ("df | grep -c KiB", "1")],
    "echo": [("echo a  b; echo -n c; echo; echo -x; echo",
              "a b\nc\n-x")],
    "false": [("false; echo $?; false x; echo $?", "1\n1")],
    "grep": [
        ("(echo one; echo Two; echo two x) > f; echo two > g; grep two f",
         "two x"),
        ("grep two f g; grep -h two f g", "f:two x\ng:two\ntwo x\ntwo"),
        ("grep -in two f", "2:Two\n3:two x"),
        ("grep -v two f; grep -c o f g; grep -l two f g",
         "one\nTwo\nf:3\ng:1\nf\ng"),
        ("grep -q two f; echo $?; grep -q none f; echo $?", "0\n1"),
        ("echo -x | grep -e -x; echo -x | grep -- -x", "-x\n-x"),
        ("grep '^t.*x$' - < f; grep 'e*$' g", "two x\ntwo"),
        ("grep -l two < f", "(standard input)"),
        ("grep two f none; echo $?",
         "f:two x\ngrep: none: no such file or directory\n2"),
        ("grep -z x; echo $?", "grep: unknown option -z\nusage: grep "
         "[-chilnqv] PATTERN [FILE...]\n2"),
        ("(echo -n a; dd if=/zero bs=1 count=1 2> /null; echo b) | "
         "grep b | wc -c", "4")],
    "head": [
        ("(echo 1; echo 2; echo 3) > f; head -n 2 f; head -1 f; head -n1 - <f",
         "1\n2\n1\n1"),
        ("(head -n 1; echo -; head -n 1) < f", "1\n-\n2"),
        ("head -n 1 f f", "==> f <==\n1\n\n==> f <==\n1"),
        ("head -n 1 none f; echo $?", "head: none: no such file or directory\n"
         "==> f <==\n1\n1"),
        ("head -n x f; echo $?", "usage: head [-n LINES] [FILE...]\n2")],
    "hexdump": [
        ("echo hi | hexdump",
         "00000000  68 69 0a                                         hi."),
        ("hexdump none; echo $?", "hexdump: none: no such file or directory\n"
         "1")],
    "kill": [
        ("/kill -l", "HUP INT QUIT KILL TERM"),
        ("/kill -9 99998; /kill -TERM 99998; /kill -s HUP 99998; echo $?",
         "\n".join(["kill: 99998: no such process"] * 3 + ["1"])),
        ("/kill -- -99998; /kill -9 -99998",
         "kill: -99998: no such process\nkill: -99998: no such process"),
        ("/kill -FOO 1; echo $?", "kill: unknown signal FOO\n2"),
        ("/kill -9; echo $?",
         "usage: kill [-s SIGNAL | -SIGNAL] PID...\n2"),
        ("/kill x; echo $?", "kill: x is not a process\n1")],
    "ln": [
        ("echo a > f; mkdir d; ln f g; ln f d; ln f g d; cat g d/f d/g",
         "ln: f to d/f: file exists\na\na\na"),
        ("echo b > h; ln h g; echo $?; ln -f h g; cat g",
         "ln: h to g: file exists\n1\nb"),
        ("ln -f f f; cat f", "ln: f to f: file exists\na"),
        ("ln -s f s; cat s; ln -s ../f d/s; cat d/s; ln -sf h s; cat s",
         "a\na\nb"),
        ("ln -s f d/; ls -l d/f | grep -c link; ln f; echo $?",
         "ln: f to d/f: file exists\n0\nusage: ln [-fs] OLD... NEW\n2"),
        ("ln d e; echo $?", "ln: d to e: operation not permitted\n1")],
    "ls": [
        ("mkdir d d/e; echo a > f; echo b > d/g; echo c > .h; ln -s d s; ls",
         "d\nf\ns"),
        ("ls -a", ".\n..\n.h\nd\nf\ns"),
        ("ls f d", "f\n\nd:\ne\ng"),
        ("ls -d d s; ls s; ls s/", "d\ns\ne\ng\ne\ng"),
        ("ls -R", ".:\nd\nf\ns\n\n./d:\ne\ng\n\n./d/e:"),
        ("ls -l f | wc -w; ls -l f | grep -c '^-  *1  *2 ....-..-.. ..:.. f$'",
         "6\n1"),
        ("ls -l s | grep -c '^l .* s -> d$'; ls -ld d | grep -c '^d .* d$'",
         "1\n1"),
        ("ls -l /null | grep -c '^c .* 2, 0 .* /null$'", "1"),
        ("ln f g; ls -i f g | wc; ls -l | grep -c '^-  *2  *2 '",
         "2 4 18\n2"),
        ("ln -s none n; ls -l n | grep -c 'n -> none$'; ls n", "1\nn"),
        ("ls none d; echo $?",
         "ls: none: no such file or directory\nd:\ne\ng\n1"),
        ("ls -z; echo $?",
         "ls: unknown option -z\nusage: ls [-Radil] [NAME...]\n2")],
    "mkdir": [
        ("mkdir a a/b; mkdir -p a/b/c/d e//f/; ls -R a e",
         "a:\nb\n\na/b:\nc\n\na/b/c:\nd\n\na/b/c/d:\n\ne:\nf\n\ne/f:"),
        ("mkdir -p a/b/c; echo $?; mkdir a; echo $?",
         "0\nmkdir: a: file exists\n1"),
        ("echo > x; mkdir -p x/y x; echo $?",
         "mkdir: x/y: file exists\nmkdir: x: file exists\n1"),
        ("mkdir -p ''; mkdir; echo $?", "mkdir: : no such file or directory\n"
         "usage: mkdir [-p] DIRECTORY...\n2")],
    "mv": [
        ("mkdir a b; echo x > f; mv a/ b/; ls b; mv b/a/ c; ls -d c b/a",
         "a\nls: b/a: no such file or directory\nc"),
        ("mv f c b; ls b; mv b/f g; cat g", "c\nf\nx"),
        ("echo y > h; mv -f g h; cat h; mv h b/; mv b/h ./; cat h", "x\nx"),
        ("mv h none/; mv h b h; echo $?",
         "mv: h to none/: not a directory\nmv: h: not a directory\n1"),
        ("mv none x; mv b b/c; echo $?",
         "mv: none to x: no such file or directory\n"
         "mv: b to b/c/b: invalid argument\n1"),
        ("mv x; echo $?", "usage: mv [-f] FROM... TO\n2")],
    "ps": [("ps x; echo $?", "usage: ps\n2"), ("ps | grep -c ' init$'", "1")],
    "pwd": [
        ("mkdir -p a/b; ln -s a/b l; cd l; pwd; cd ..; pwd; cd /; pwd -P",
         "/try/a/b\n/try/a\n/"),
        ("cd /try/a/b; rmdir /try/a/b; pwd; echo $?",
         "pwd: no such file or directory\n1"),
        ("cd /try; pwd x; echo $?", "usage: pwd [-LP]\n2")],
    "rm": [
        ("mkdir -p d/e/f d/.h; echo x > d/g; ln -s d s; rm s; ls", "d"),
        ("rm d; rm d/. d/e/.. / . .. ./ d/g; echo $?; ls -a d",
         "rm: d: is a directory\n" + "".join(
             f"rm: {path}: refused\n"
             for path in ("d/.", "d/e/..", "/", ".", "..", "./"))
         + "1\n.\n..\n.h\ne"),
        ("rm -r . .. / d/e/.; ls d", "".join(
            f"rm: {path}: refused\n" for path in (".", "..", "/", "d/e/."))
         + "e"),
        ("echo x > f; mkdir o; echo x > o/kept; ln -s ../o d/e/l; "
         "rm -r d f; echo $?; ls; ls o", "0\no\nkept"),
        ("rm none; echo $?; rm -f none; echo $?; rm -f; echo $?",
         "rm: none: no such file or directory\n1\n0\n0"),
        ("rm -Rf o; ls; rm; echo $?", "usage: rm [-Rfr] NAME...\n2"),
        ("mkdir -p d/run; cp /kill d/run/x; echo y > d/y; "
         "dd if=/zero of=d/big bs=1k count=9 2> /null; rm -r d/; ls", "")],
    "rmdir": [
        ("mkdir a a/b; rmdir a; rmdir a/b a none; echo $?",
         "rmdir: a: directory not empty\n"
         "rmdir: none: no such file or directory\n1"),
        ("rmdir; echo $?", "usage: rmdir DIRECTORY...\n2")],
    "sh": [("sh -x; echo $?", "usage: sh [FILE [WORD...] | -c COMMANDS "
            "[NAME [WORD...]]]\n2"),
           ("sh none; echo $?", "sh: none: no such file or directory\n127"),
           ("cd a b; sh -c 'exit 1 2'; echo $?; jobs x; echo $?",
            "cd: too many words\nexit: too many words\n2\n"
            "jobs: too many words\n2")],
    "sleep": [("sleep 0; echo $?; sleep -1; sleep x; sleep; echo $?",
               "0\n" + "usage: sleep SECONDS\n" * 3 + "2")],
    "sync": [("sync; echo $?; sync x", "0\nusage: sync")],
    "tee": [
        ("echo a | tee f g; cat f g", "a\na\na"),
        ("echo b | tee -a f; echo c | tee -i f > /null; cat f", "b\nc"),
        ("echo d | tee none/x /full f; echo $?; cat f",
         "tee: none/x: no such file or directory\n"
         f"d\ntee: /full: {NO_SPACE}\n1\nd"),
        ("echo e | tee f > /full; echo $?; cat f",
         f"tee: standard output: {NO_SPACE}\n1\ne"),
        ("tee -x; echo $?",
         "tee: unknown option -x\nusage: tee [-ai] [FILE...]\n2")],
    "touch": [
        ("touch f g; wc -c f; echo x > f; touch f /try; wc -c f",
         "0 f\n2 f"),
        ("touch -c h; echo $?; ls; touch none/x; touch; echo $?",
         "0\nf\ng\ntouch: none/x: no such file or directory\n"
         "usage: touch [-c] NAME...\n2")],
    "true": [("true; echo $?; true x; echo $?", "0\n0")],
    "uptime": [("uptime x; echo $?", "usage: uptime\n2")],
    "wc": [
        ("echo a b > f; wc f; wc < f; wc - < f; wc -l f; wc -wc f",
         "1 2 4 f\n1 2 4\n1 2 4 -\n1 f\n2 4 f"),
        ("wc -m f none f; echo $?", "4 f\nwc: none: no such file or directory\n"
         "4 f\n8 total\n1"),
        ("wc -x; echo $?",
         "wc: unknown option -x\nusage: wc [-clmw] [FILE...]\n2")],
}

# Commands that print to standard output, and their status if they cannot.
PRINTS = {line: 1 for line in [
    "cat README", "df", "echo x", "free", "head README", "help", "help ls",
    "hexdump README", "/kill -l", "kill -l", "ls", "ls -l", "ls -R /",
    "ls -d /", "ps", "pwd", "uptime", "wc README", "sh -c pwd",
    "tee < README"]} | {"grep T README": 2, "grep -c T README": 2}


def called(line):
    """The name of the program that a line runs."""
    words = line.split()
    return words[2] if words[0] == "sh" else words[0]


@pytest.mark.parametrize("tool", SESSIONS)
def test_tool(shell, tool):
    """Each line prints exactly that."""
    shell.command("mkdir /try; cd /try")
    for line, expected in SESSIONS[tool]:
        answer = shell.command(line, quiet=4)
        assert answer == expected or \
            re.fullmatch(expected, answer), f"{line}:\n{answer}"


# -- output that is lost -------------------------------------------------

@pytest.mark.parametrize("where, reason", [
    ("> /full", NO_SPACE), (">&-", "bad file descriptor")])
def test_lost_output(shell, where, reason):
    """Each command reports it, and its status is not 0."""
    for line, status in PRINTS.items():
        assert shell.command(f"{line} {where}; echo $?") == \
            f"{called(line)}: standard output: {reason}\n{status}"


def test_a_full_disk(shell):
    """Failed output is reported, whichever program wrote it."""
    shell.command("echo x > tiny; echo x > copy; dd if=/zero of=/big bs=64k",
                  quiet=10)
    for line, name in [("echo x > /new", "echo: standard output"),
                       ("cat README > /new", "cat: standard output"),
                       ("ls -l > /new", "ls: standard output"),
                       ("cp README /new", "cp: /new"),
                       ("cat README | tee /new > /null", "tee: /new"),
                       ("dd if=README of=/new", "dd: /new"),
                       ("dd if=README > /new", "dd: standard output")]:
        answer = shell.command(f"{line}; echo $?").split("\n")
        assert f"{name}: {NO_SPACE}" in answer and answer[-1] == "1", answer
    assert shell.command("rm /big; echo x > /new; cat /new") == "x"


@pytest.mark.parametrize("line", [
    "cat /zero", "hexdump /zero", "dd if=/zero", "tee < /zero",
    "grep -v x /zero", "(ls -R /; ls -R /; ls -R /; ls -R /; false)"])
def test_a_reader_that_goes(shell, line):
    """A program that writes to a closed pipe ends without a message."""
    answer = shell.command(f"({line}; echo $? > /status) | true; cat /status",
                           quiet=3)
    assert re.fullmatch(r"(\d+\+\d+ records \w+\n)*[12]", answer), answer


# -- directories in directories -----------------------------------------------

def test_walks_are_as_deep_as_may_be(tree, tmp_path):
    """10,000 levels exceed the length of a path and the stack."""
    script = "mkdir d\ncd d\n" * LEVELS + "echo x > f\npwd | wc -c\n"
    path = make_image(tmp_path / "fs.img", {"deep": script.encode()},
                      size="128M")
    with Machine(cpus=2, disk=path) as machine:
        machine.prompt()
        assert machine.command("mkdir top; (cd top; sh /deep)", quiet=60) == \
            str(len("/top\n") + 2 * LEVELS)
        assert machine.command("ls -R top > /null; echo $?", quiet=60) == "0"
        assert machine.command("rm -r top; echo $?; ls -d top", quiet=60) == \
            "0\nls: top: no such file or directory"


def test_a_walk_is_not_led_astray(shell):
    """Moving the directory that is being walked ends the walk, because the new
    parent is not part of it."""
    shell.command("mkdir -p /a/b/c /a/b/z /o/other; cd /a/b/c")
    for start in range(0, 1400, 50):
        names = [f"{number:059}" for number in range(start, start + 50)]
        shell.command("touch " + " ".join(names))
    shell.command("cd /")
    # After 100 lines ls is in c, which has more names than a pipe holds: it
    # waits for the reader, which moves c.
    answer = shell.command("(ls -R /a; echo $? >> /status) | "
                           "(head -n 100 > /null; mv /a/b/c /o; cat > /out)")
    assert answer == "ls: /a/b/c: no such file or directory", answer
    assert shell.command("cat /status; grep -c other /out") == "1\n0"
