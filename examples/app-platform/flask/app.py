import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "hello from flask, edition 1"


# App Platform's default port, whatever PORT says.
app.run(host=os.environ.get("HOST", "0.0.0.0"), port=8080)
