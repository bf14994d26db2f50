"""What doubles of vendors have in common: they answer, remember what they were asked, and fail where they are told."""

from starlette.responses import Response


class Obeying:
    """`does` says, request by request, what happens to it instead of an answer; None: it is answered."""

    def __init__(self):
        self.asked, self.does = [], []

    async def handle(self, request):
        """Answer a request, or fail before or after its effect."""
        body = await request.body()
        self.asked.append((request.method, request.url.path, dict(request.headers), body))
        does = self.does.pop(0) if self.does else None
        if isinstance(does, Response):
            return does
        answer = self.answer(request, body)
        if does == "lost":  # it was done, and the answer gets lost: whoever asked waits until they give up
            await request.receive()
        return Response(status_code=502) if does == "failed afterwards" else answer

    def answer(self, request, body):
        """What it answers to a request, with its effect."""
        raise NotImplementedError

    def posts(self, end):
        """The bodies of what was posted to paths with an end."""
        return [body for method, path, _, body in self.asked if method == "POST" and path.endswith(end)]
