"""Files that other services read: they parse, and run the two commands."""
import json

import pytest
import yaml

from sources import files, text

COMMANDS = [r"""make qemu BOOTARGS='run="help && echo It works."'""", "make test"]


def workflows():
    return files(".github/workflows", ending=".yml")


@pytest.mark.parametrize("path", workflows())
def test_workflow(path):
    """Each job runs both commands, one a step."""
    jobs = yaml.safe_load(text(path))["jobs"]
    for name, job in jobs.items():
        runs = [step.get("run") for step in job["steps"]]
        assert runs[-2:] == COMMANDS, name


def test_there_is_a_workflow():
    assert workflows()


def test_workflow_covers_both_architectures():
    found = yaml.safe_load(text(".github/workflows/test.yml"))["jobs"]
    for job in found.values():
        runners = job["strategy"]["matrix"]["runner"]
        assert {name.endswith("-arm") for name in runners} == {True, False}


def test_container():
    """The container's description names a file that exists."""
    found = json.loads(text(".devcontainer/devcontainer.json"))
    recipe = text(".devcontainer/" + found["build"]["dockerfile"])
    assert "tools/setup test" in recipe
