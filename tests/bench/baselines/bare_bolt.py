"""Bare Bolt: one listener, nothing else. The command is acknowledged when it returns."""

from tests.bench.baselines.bolt import answer_help, asgi, bolt
from tests.bench.baselines.serving import run, serve

if __name__ == "__main__":
    app = bolt(process_before_response=True)
    answer_help(app)
    run(serve(asgi(app)))
