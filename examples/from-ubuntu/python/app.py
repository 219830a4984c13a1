"""A web server that greets."""

from bottle import request, route, run


@route("/")
def hello() -> str:
    """Greet who asks."""
    return f"hello from Python, {request.query.name}\n"


run(host="0.0.0.0", port=8080, quiet=True)
