"""Boot arguments: unknown, wrong, and truncated ones are clearly reported."""
import pytest

PANIC = 101


def test_an_unknown_name_is_warned_of(boot):
    """The machine boots and reports the argument."""
    machine = boot(args="colour=blue", run="echo fine")
    machine.expect("colour")
    machine.expect("fine")
    assert machine.status() == 0


@pytest.mark.parametrize("argument", [
    "hz=0", "hz=-1", "hz=fast", "hz=99999999999999999999", "hz=",
    "timer=sundial", "sched=whim"])
def test_a_bad_value_is_an_error(boot, argument):
    """The argument is named, the machine ends with a status, and nothing
    hangs."""
    machine = boot(args=argument, run="echo unreachable")
    assert machine.status() == PANIC
    assert argument.split("=")[0] in machine.console()
    assert "\nunreachable" not in machine.console()


@pytest.mark.parametrize("text", ['run=""', "run= echo"])
def test_no_command_is_no_success(boot, text):
    """An empty run= is a mistake: it is reported and does not end with status
    0."""
    machine = boot(args=text)
    assert machine.status() == 127
    assert "run= is empty" in machine.console()


@pytest.mark.parametrize("text, what", [
    ('run="echo never', "'run' needs one pair of quotes"),
    ("hz=100 hz=200", "'hz' is given twice"),
    ("x" * 1500, "more than 1023 characters"),
    (" ".join(f"a{i}" for i in range(50)), "'a32' is one too many")])
def test_a_broken_line_is_reported(boot, text, what):
    """An open quote, a duplicate name, too many: reported, not guessed."""
    machine = boot(args=text)
    machine.expect(what)
    machine.prompt()


@pytest.mark.parametrize("hz", [10, 100, 1000])
def test_ticks_do_not_depend_on_hz(boot, hz):
    """uptime() and sleep() count tenths of a second whatever hz is."""
    machine = boot(args=f"hz={hz}", run="sleep 1 && echo slept")
    machine.expect("slept", quiet=2)
    assert machine.status() == 0


def test_quoted_values_and_blanks(boot):
    """Blanks in a quoted value are kept, blanks between words are not."""
    machine = boot(args="   hz=50    ", run="echo a  b")
    machine.expect(r"\na b\n")
    assert machine.status() == 0
