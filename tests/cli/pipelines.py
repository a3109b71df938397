"""The pipeline files that `rollcall init --ci` writes: the commands in them, taken out as a runner would run them."""

import shlex

import yaml

GITLAB = ".gitlab-ci.yml"
GITHUB = ".github/workflows/rollcall.yml"
# Words of .gitlab-ci.yml that are no jobs.
NO_JOBS = {"stages", "workflow", "variables", "default"}


def gitlab_jobs(text):
    """By name; `default` is filled in, as GitLab does."""
    document = yaml.safe_load(text)
    return {name: {**document["default"], **job} for name, job in document.items() if name not in NO_JOBS}


def github_jobs(text):
    return yaml.safe_load(text)["jobs"]


def script_of(job):
    """The lines of a job of either system."""
    return job["script"] if "script" in job else [step["run"] for step in job["steps"] if "run" in step]


def rollcall_words(job):
    """The command lines of rollcall in a job, without the program's name."""
    return [shlex.split(line)[1:] for line in script_of(job) if line.startswith("rollcall ")]
