import os

from bottle import route, run


@route("/")
def hello():
    return "hello from setup-py, edition 1"


def main():
    run(host=os.environ.get("HOST", "0.0.0.0"), port=int(os.environ["PORT"]))
