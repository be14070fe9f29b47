import os

from bottle import route, run


@route("/")
def hello():
    return "hello from poetry, edition 1"


run(host=os.environ.get("HOST", "0.0.0.0"), port=int(os.environ["PORT"]))
