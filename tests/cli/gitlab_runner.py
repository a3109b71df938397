"""GitLab's pipelines, as far as the file of `rollcall init --ci gitlab` uses them."""

import re

import yaml

from pipelines import GITLAB, NO_JOBS
from runner import Expression, Job, Machine, bare_environment

JOB_WORDS = {"stage", "script", "artifacts", "rules", "needs", "environment", "variables", "resource_group", "interruptible",
             "image"}


class Gitlab:
    """A project. `variables`: of each its value, and "protected", "masked" and "environment" where they are set."""

    def __init__(self, folder, repository, server, variables):
        self.machine = Machine(folder, repository)
        self.repository, self.server, self.variables = repository, server, variables
        self.pipelines = []

    def pipeline(self, source, branch="main", number=None, project=7):
        """The pipeline of a push, a schedule, or a merge request of that number."""
        made = GitlabPipeline(self, source, branch, number, project)
        self.pipelines.append(made)
        return made

    def run(self, *arguments, **options):
        pipeline = self.pipeline(*arguments, **options)
        pipeline.run()
        return pipeline


class GitlabPipeline:
    def __init__(self, forge, source, branch, number, project):
        self.forge, self.source = forge, source
        self.commit = forge.repository.head(branch)
        self.document = yaml.safe_load(forge.repository.read(self.commit, GITLAB))
        # Only main is protected: no variable that is protected gets elsewhere.
        self.protected = number is None and branch == "main"
        self.predefined = {"CI": "true", "GITLAB_CI": "true", "CI_PIPELINE_SOURCE": source, "CI_COMMIT_SHA": self.commit,
                           "CI_DEFAULT_BRANCH": "main", "CI_API_V4_URL": f"{forge.server.origin()}/api/v4",
                           "CI_PROJECT_ID": str(project), "CI_PROJECT_URL": "https://gitlab.example.com/ops/access",
                           "CI_PIPELINE_ID": str(len(forge.pipelines) + 1),
                           "CI_JOB_TOKEN": "job-token-of-a-maintainer" if self.protected else "job-token-of-a-developer"}
        if number is None:
            self.predefined["CI_COMMIT_BRANCH"] = branch
        else:
            self.predefined.update({"CI_MERGE_REQUEST_IID": str(number), "CI_MERGE_REQUEST_PROJECT_ID": "7",
                                    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
                                    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(project)})
        self.jobs = {}
        if self.rule(self.document["workflow"]["rules"]):
            self.add_jobs()

    def add_jobs(self):
        for name, words in self.document.items():
            if name in NO_JOBS:
                continue
            definition = {**self.document["default"], **words}
            assert set(definition) <= JOB_WORDS, set(definition) - JOB_WORDS
            rule = self.rule(definition["rules"])
            if rule:
                job = self.jobs[name] = Job(name, definition)
                job.when = rule.get("when", "on_success")
        for job in self.jobs.values():
            for needed in job.definition.get("needs", []):
                assert needed in self.jobs, f"GitLab refuses a pipeline in which {job.name} needs {needed}"

    def rule(self, rules):
        """The first that matches."""
        for rule in rules:
            assert set(rule) <= {"if", "when", "allow_failure"}, rule
            if Expression(rule["if"], self.value_of).value():
                return rule
        return None

    def value_of(self, word):
        assert word.startswith("$"), word
        # Rules see the variables that are predefined, and null for the others.
        return self.predefined.get(word[1:])

    def before(self, job):
        """The jobs that have to be over before this one begins, which are those whose artifacts it gets."""
        if "needs" in job.definition:
            return [self.jobs[name] for name in job.definition["needs"]]
        stages = self.document["stages"]
        place = stages.index(job.definition["stage"])
        return [other for other in self.jobs.values() if stages.index(other.definition["stage"]) < place]

    def run(self, *names):
        """Runs these jobs, or all but those that wait to be pressed, each as soon as it may."""
        left = [self.jobs[name] for name in names] or [job for job in self.jobs.values() if job.when != "manual"]
        left.sort(key=lambda job: self.document["stages"].index(job.definition["stage"]))
        while left:
            ready = [job for job in left if all(other.is_over() for other in self.before(job))]
            assert ready, [job.name for job in left]
            left.remove(ready[0])
            self.run_job(ready[0])
        return self

    def retry(self, name):
        self.run_job(self.jobs[name])
        return self.jobs[name]

    def run_job(self, job):
        assert job.when in ("on_success", "always", "manual"), job.when
        if job.when != "always" and any(other.status != "success" for other in self.before(job)):
            job.status = "skipped"
            return
        workspace, home = self.forge.machine.start()
        definition = job.definition
        job.environment = self.environment(definition, workspace, home)
        if job.environment.get("GIT_STRATEGY") == "none":
            workspace.mkdir()
        else:
            self.forge.machine.check_out(workspace, self.commit)
        for other in self.before(job):
            self.forge.machine.unpack(workspace, other.artifacts)
        job.code, job.log = self.forge.machine.run(definition["script"], workspace, job.environment)
        job.status = "success" if job.code == 0 else "failed"
        artifacts = definition.get("artifacts", {})
        if job.code == 0 or artifacts.get("when") == "always":
            job.artifacts = self.forge.machine.collect(workspace, artifacts.get("paths", []))
            job.reports = {kind: path.read_bytes() for kind, name in artifacts.get("reports", {}).items()
                           if (path := workspace / name).exists()}

    def environment(self, definition, workspace, home):
        """Predefined variables, those of the file, then those of the project that this job may see."""
        values = {**self.predefined, "CI_PROJECT_DIR": str(workspace)}
        for name, text in {**self.document["variables"], **definition.get("variables", {})}.items():
            values[name] = re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda match: values.get(match[1] or match[2], ""), text)
        place = definition.get("environment", {}).get("name")
        for name, variable in self.forge.variables.items():
            if (self.protected or not variable.get("protected")) and variable.get("environment") in (None, place):
                values[name] = variable["value"]
        return {**bare_environment(home), **values}
