"""The Starlette application beneath what wraps it."""


def unwrapped(app):
    """The application that has the routes, of the one that answers for every host name."""
    while not hasattr(app, "both"):
        app = app.app
    inside = app.both
    while not hasattr(inside, "router"):
        inside = inside.app
    return inside
