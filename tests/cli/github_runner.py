"""GitHub's workflows, as far as the file of `rollcall init --ci github` uses them."""

import re

import yaml

from pipelines import GITHUB
from runner import Expression, Job, Machine, bare_environment

JOB_WORDS = {"if", "needs", "runs-on", "container", "env", "steps", "environment", "permissions", "outputs"}
STEP_WORDS = {"uses", "run", "with", "if", "id"}
EVENTS = {"merge_request_event": "pull_request", "push": "push", "schedule": "schedule", "web": "workflow_dispatch"}


class Github:
    """A repository. `variables` and `secrets`: those of the whole repository under None, else of an environment."""

    def __init__(self, folder, repository, server, variables, secrets):
        self.machine = Machine(folder, repository)
        self.repository, self.server = repository, server
        self.variables, self.secrets = variables, secrets
        self.pipelines = []

    def pipeline(self, source, branch="main", number=None, **options):
        made = GithubRun(self, EVENTS[source], branch, number, **options)
        self.pipelines.append(made)
        return made

    def run(self, *arguments, **options):
        pipeline = self.pipeline(*arguments, **options)
        pipeline.run()
        return pipeline


class GithubRun:
    def __init__(self, forge, event, branch, number, head="ops/access", actor="ana"):
        self.forge, self.event = forge, event
        self.is_foreign = head != "ops/access" or actor == "dependabot[bot]"
        if event == "pull_request":
            self.ref = f"refs/pull/{number}/merge"
            self.commit = forge.repository.merge_ref(number, branch)
        else:
            self.ref = f"refs/heads/{branch}"
            self.commit = forge.repository.head(branch)
        self.document = yaml.safe_load(forge.repository.read(self.commit, GITHUB))
        assert event in self.document[True] and (event != "push" or branch in self.document[True]["push"]["branches"])
        self.context = {"github.event_name": event, "github.ref": self.ref, "github.repository": "ops/access",
                        "github.actor": actor, "github.event.pull_request.head.repo.full_name": head}
        self.group = self.fill(self.document["concurrency"]["group"], None)
        self.jobs = {name: Job(name, definition) for name, definition in self.document["jobs"].items()}
        for job in self.jobs.values():
            assert set(job.definition) <= JOB_WORDS, set(job.definition) - JOB_WORDS

    def needed(self, job):
        needs = job.definition.get("needs", [])
        return [self.jobs[name] for name in ([needs] if isinstance(needs, str) else needs)]

    def run(self, *names):
        left = [self.jobs[name] for name in names] or list(self.jobs.values())
        while left:
            ready = [job for job in left if all(other.is_over() for other in self.needed(job))]
            left.remove(ready[0])
            self.run_job(ready[0])
        return self

    def retry(self, name):
        """«Re-run failed jobs»: what the others left is still there."""
        self.run_job(self.jobs[name])
        return self.jobs[name]

    def lookup(self, job, steps=None, failed=False):
        """What the names of expressions mean in a job."""
        def value_of(word):
            functions = {"always()": True, "cancelled()": False}
            if word in functions:
                return functions[word]
            if word in self.context:
                return self.context[word]
            parts = word.split(".")
            if parts[0] in ("vars", "secrets"):
                return self.value(job, parts[0], parts[1])
            if parts[0] == "needs" and parts[2] == "result":
                return self.jobs[parts[1]].status.replace("failed", "failure")
            if parts[0] == "needs" and parts[2] == "outputs":
                return self.jobs[parts[1]].outputs.get(parts[3], "")
            if parts[0] == "steps" and parts[2] == "outputs":
                return (steps or {})[parts[1]][parts[3]]
            raise AssertionError(f"unknown name: {word}")
        return value_of

    def value(self, job, kind, name):
        """Of the job's environment, else of the repository; forks get neither."""
        place = job.definition.get("environment") if job else None
        assert place is None or self.ref == "refs/heads/main", "the environment is for main alone"
        if (kind, name) == ("secrets", "GITHUB_TOKEN"):
            rights = (job.definition if "permissions" in job.definition else self.document)["permissions"]
            writes = rights.get("pull-requests") == "write" and not self.is_foreign
            return "github-token-that-writes" if writes else "github-token-that-reads"
        if self.is_foreign:
            return ""
        values = self.forge.secrets if kind == "secrets" else self.forge.variables
        return {**values[None], **values.get(place, {})}.get(name, "")

    def fill(self, text, job, steps=None):
        """The text with its `${{ … }}` filled in."""
        return re.sub(r"\$\{\{(.*?)\}\}", lambda match: str(Expression(match[1], self.lookup(job, steps)).value()), text)

    def holds(self, condition, job):
        inner = re.fullmatch(r"\$\{\{(.*)\}\}", condition.strip(), re.DOTALL)
        return bool(Expression(inner[1] if inner else condition, self.lookup(job)).value())

    def run_job(self, job):
        condition = job.definition.get("if", "always()")
        # Without a function of its own a condition has `success() &&` before it.
        ready = "()" in job.definition.get("if", "") or all(other.status == "success" for other in self.needed(job))
        if not ready or not self.holds(condition, job):
            job.status = "skipped"
            return
        workspace, home = self.forge.machine.start()
        workspace.mkdir()
        job.environment = {**bare_environment(home), **self.predefined(workspace), **{
            name: self.fill(text, job) for name, text in {**self.document["env"], **job.definition.get("env", {})}.items()}}
        job.code, job.log, job.status, steps = 0, "", "success", {}
        for number, step in enumerate(job.definition["steps"]):
            assert set(step) <= STEP_WORDS, step
            if job.code == 0 or self.holds(step.get("if", "!always()"), job):
                code = self.run_step(job, step, workspace, steps, home.parent / f"summary-{number}")
                job.code = job.code or code
        job.status = "success" if job.code == 0 else "failed"
        job.outputs = {name: self.fill(text, job, steps) for name, text in job.definition.get("outputs", {}).items()}

    def predefined(self, workspace):
        server = self.forge.server
        return {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REF": self.ref, "GITHUB_SHA": self.commit,
                "GITHUB_REPOSITORY": "ops/access", "GITHUB_WORKSPACE": str(workspace), "GITHUB_EVENT_NAME": self.event,
                "GITHUB_SERVER_URL": "https://github.example.com", "GITHUB_API_URL": f"{server.origin()}/api/v3",
                "GITHUB_GRAPHQL_URL": f"{server.origin()}/api/graphql", "GITHUB_RUN_ID": str(len(self.forge.pipelines) + 1)}

    def run_step(self, job, step, workspace, steps, summary):
        options = {name: self.fill(str(text), job, steps) for name, text in step.get("with", {}).items()}
        action = step.get("uses", "").partition("@")[0]
        if action == "actions/checkout":
            self.check_out(options.get("ref") or self.commit, workspace, steps.setdefault(step.get("id"), {}))
        elif action == "actions/upload-artifact":
            job.artifacts[options["name"]] = self.forge.machine.collect(workspace, options["path"].split())
        elif action == "actions/download-artifact":
            found = [other.artifacts[options["name"]] for other in self.jobs.values() if options["name"] in other.artifacts]
            self.forge.machine.unpack(workspace, found[0])
        else:
            assert not action, action
            environment = {**job.environment, "GITHUB_STEP_SUMMARY": str(summary)}
            code, log = self.forge.machine.run([step["run"]], workspace, environment)
            job.log += log
            job.summary += summary.read_text(encoding="utf-8") if summary.exists() else ""
            return code
        return 0

    def check_out(self, ref, workspace, outputs):
        """A ref as it is now, or a commit."""
        self.forge.machine.check_out(workspace, **({"ref": ref} if ref.startswith("refs/") else {"commit": ref}))
        outputs["commit"] = (workspace / ".git" / "HEAD").read_text(encoding="utf-8").strip()
