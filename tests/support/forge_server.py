"""Small servers that keep the comments of one merge or pull request as GitLab and GitHub do, with what `rollcall comment`
has to bear of them: pages, rights, quick actions, limits of requests. `environment()` is what a job of theirs has."""

import json
import re
import urllib.parse

from faulty_server import FaultyHandler, FaultyServer, Refusal


class ForgeServer(FaultyServer):
    """`users` by token: `{"id": 7, "login": "bot", "may": "write"}`, or "read", or "nothing"."""

    longest = 0

    def __init__(self, users):
        self.users = users
        # In their order: {"id": …, "author": a user, "body": …, "hidden": whether nobody may see it}.
        self.comments = []
        self.next_id = 100
        # Of each request: its method and path, and the headers that may hold a token.
        self.seen = []
        # What the next requests get instead of their response, one after the other.
        self.refusals = []
        # The text that every comment that is written shows instead of its own.
        self.alters = None
        super().__init__()

    def add(self, author, body, hidden=False):
        """A comment that is there already."""
        with self.mutex:
            return self.keep(author, body, hidden)["id"]

    def keep(self, author, body, hidden=False):
        self.next_id += 1
        comment = {"id": self.next_id, "author": author, "body": body, "hidden": hidden}
        self.comments.append(comment)
        return comment

    def by(self, author):
        """The bodies of a user's comments."""
        with self.mutex:
            return [comment["body"] for comment in self.comments if comment["author"] == author]

    def refuse_next(self, status, headers=None, message="made up", method=None, times=1):
        """The next requests (of this method) get this status and these headers, and have no effect."""
        with self.mutex:
            self.refusals.extend([(method, status, headers or {}, message)] * times)

    def writes(self):
        """The requests that were to change something."""
        with self.mutex:
            return [(method, path) for method, path in self.requests
                    if method != "GET" and not path.endswith("/graphql")]

    def origin(self):
        return f"http://127.0.0.1:{self.port}"


class ForgeHandler(FaultyHandler):
    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = FaultyHandler.handle_all

    def refuse(self, status, message, headers=None):
        return Refusal(status, json.dumps(message).encode(), headers)

    def made_up(self, status):
        return json.dumps({"message": f"made up {status}"}).encode(), {}

    def act(self, body):
        forge = self.states
        self.note_token()
        for refusal in forge.refusals:
            method, status, headers, message = refusal
            if method in (None, self.command):
                forge.refusals.remove(refusal)
                raise self.refuse(status, {"message": message}, headers)
        target = urllib.parse.urlsplit(self.path)
        query = {name: values[0] for name, values in urllib.parse.parse_qs(target.query).items()}
        status, value, headers = self.answer(target.path, query, json.loads(body) if body else {})
        return status, json.dumps(value, ensure_ascii=False).encode(), headers

    def note_token(self):
        held = {name: value for name, value in self.headers.items()
                if name.lower() in ("authorization", "private-token", "job-token")}
        self.states.seen.append((self.command, self.path, held))

    def page_of(self, query, path):
        """The comments of a page, and the headers that lead to the next."""
        number, size = int(query.get("page", 1)), min(int(query.get("per_page", 20)), 100)
        comments = self.states.comments
        more = number * size < len(comments)
        link = f'<{self.states.origin()}{path}?page=1>; rel="first"'
        if more:
            link = f'<{self.states.origin()}{path}?page={number + 1}>; rel="next", {link}'
        return comments[(number - 1) * size:number * size], link

    def find(self, identity):
        for comment in self.states.comments:
            if comment["id"] == int(identity):
                return comment
        raise self.refuse(404, {"message": "404 Not Found"})

    def answer(self, path, query, body):
        """Status, value and headers of the response."""
        raise NotImplementedError


class GitlabServer(ForgeServer):
    longest = 1_000_000

    def __init__(self, users):
        # The quick actions that were carried out.
        self.actions = []
        super().__init__(users)

    def environment(self, merge_request=7, project=42):
        """What a job of a merge request has, without its token."""
        return {"GITLAB_CI": "true", "CI": "true", "CI_API_V4_URL": f"{self.origin()}/api/v4",
                "CI_PROJECT_ID": str(project), "CI_PROJECT_URL": "https://gitlab.example.com/ops/access",
                "CI_MERGE_REQUEST_IID": str(merge_request), "CI_JOB_TOKEN": "the-token-of-the-gitlab-job"}


class GitlabHandler(ForgeHandler):
    NOTES = "/api/v4/projects/42/merge_requests/7/notes"

    def user(self):
        user = self.states.users.get(self.headers.get("PRIVATE-TOKEN"))
        if user is None:
            raise self.refuse(401, {"message": "401 Unauthorized"})
        if user["may"] == "nothing":
            raise self.refuse(403, {"error": "insufficient_scope",
                                    "error_description": "The request requires higher privileges"})
        return user

    def answer(self, path, query, body):
        user = self.user()
        if path == "/api/v4/user" and self.command == "GET":
            return 200, {"id": user["id"], "username": user["login"]}, {}
        if not path.startswith(self.NOTES):
            raise self.refuse(404, {"message": "404 Not found"})
        rest = path.removeprefix(self.NOTES).strip("/")
        if self.command == "GET":
            if query.get("sort") != "asc" or query.get("order_by") != "created_at":
                raise self.refuse(400, {"error": "the newest come first"})
            page, link = self.page_of(query, path)
            # GitLab leaves out what nobody may see after it has cut the page.
            return 200, [self.shown(note) for note in page if not note["hidden"]], {"Link": link}
        if user["may"] != "write":
            raise self.refuse(403, {"message": "403 Forbidden"})
        if self.command == "POST" and not rest:
            return 201, self.shown(self.states.keep(user, self.kept(body["body"]))), {}
        if self.command == "PUT":
            note = self.find(rest)
            if note["author"] is not user:
                raise self.refuse(403, {"message": "403 Forbidden"})
            note["body"] = self.kept(body["body"])
            return 200, self.shown(note), {}
        raise self.refuse(405, {"error": "405 Not Allowed"})

    def kept(self, text):
        """Without carriage returns, quick actions and white space at the end."""
        if len(text) > self.states.longest:
            raise self.refuse(400, {"message": {"note": ["is too long (maximum is 1000000 characters)"]}})
        text = text.replace("\r", "")
        code = [match.span() for match in re.finditer(r"^```.+?\n```$", text, re.MULTILINE | re.DOTALL)]
        lines, at = [], 0
        for line in text.split("\n"):
            in_code = any(begin <= at < end for begin, end in code)
            at += len(line) + 1
            if re.match(r"/[a-z_]+(\s|$)", line) and not in_code:
                self.states.actions.append(line)
            else:
                lines.append(line)
        return (self.states.alters or "\n".join(lines)).rstrip()

    def shown(self, note):
        return {"id": note["id"], "body": note["body"], "system": False,
                "author": {"id": note["author"]["id"], "username": note["author"]["login"]}}


class GithubServer(ForgeServer):
    longest = 65_536

    def environment(self, pull_request=7, repository="ops/access"):
        """What a job of a pull request has, without its token."""
        return {"CI": "true", "GITHUB_API_URL": f"{self.origin()}/api/v3",
                "GITHUB_GRAPHQL_URL": f"{self.origin()}/api/graphql", "GITHUB_REPOSITORY": repository,
                "GITHUB_REF": f"refs/pull/{pull_request}/merge", "GITHUB_SERVER_URL": "https://github.example.com"}


class GithubHandler(ForgeHandler):
    REPOSITORY = "/api/v3/repos/ops/access"

    def user(self):
        kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
        user = self.states.users.get(token) if kind == "Bearer" else None
        if user is None:
            raise self.refuse(401, {"message": "Bad credentials"})
        return user

    def answer(self, path, query, body):
        user = self.user()
        if path == "/api/graphql" and self.command == "POST":
            if "viewer" not in body["query"]:
                return 200, {"errors": [{"message": "no such field"}]}, {}
            return 200, {"data": {"viewer": {"login": user["login"]}}}, {}
        # GET /user among them, which a job's token may not read.
        if user["may"] == "nothing" or not path.startswith(self.REPOSITORY):
            raise self.refuse(403, {"message": "Resource not accessible by integration"})
        rest = path.removeprefix(self.REPOSITORY)
        if rest == "/issues/7/comments" and self.command == "GET":
            page, link = self.page_of(query, path)
            whole = len(page) == len(self.states.comments)
            return 200, [self.shown(comment) for comment in page], {} if whole else {"Link": link}
        if rest.startswith("/issues/") and user["may"] != "write":
            raise self.refuse(403, {"message": "Resource not accessible by integration"})
        if rest == "/issues/7/comments" and self.command == "POST":
            return 201, self.shown(self.states.keep(user, self.kept(body["body"]))), {}
        if rest.startswith("/issues/comments/") and self.command == "PATCH":
            comment = self.find(rest.rsplit("/", 1)[1])
            if comment["author"] is not user:
                raise self.refuse(403, {"message": "Resource not accessible by integration"})
            comment["body"] = self.kept(body["body"])
            return 200, self.shown(comment), {}
        raise self.refuse(404, {"message": "Not Found"})

    def kept(self, text):
        if len(text) > self.states.longest:
            raise self.refuse(422, {"message": "Validation Failed", "errors": [
                {"message": "Body is too long (maximum is 65536 characters)"}]})
        return self.states.alters or text

    def shown(self, comment):
        return {"id": comment["id"], "body": comment["body"], "user": {"login": comment["author"]["login"]},
                "html_url": f"https://github.example.com/ops/access/pull/7#issuecomment-{comment['id']}"}


GitlabServer.handler = GitlabHandler
GithubServer.handler = GithubHandler
