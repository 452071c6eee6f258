"""The local model by hand: `python -m tests.model_server --port 8098`, ended by Ctrl-C."""

import argparse
import contextlib
import signal
import time

from tests.model_server import FAULTS, ModelServer


def main() -> None:
    """Print the lines to start the site with, then serve."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored
    asked = _arguments()
    forms = asked.forms.split(",") if asked.forms else []
    with ModelServer(
        port=asked.port, model=asked.model, key=asked.key, forms=forms, delay=asked.delay
    ) as server:
        if asked.fault:
            server.script(*asked.fault, forever=asked.forever)
        print(f"LLM_BASE_URL={server.base_url}")
        print(f"LLM_MODEL={server.model}")
        print(f"LLM_API_KEY={server.key}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.model_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8098)
    parser.add_argument("--model", default="local-model")
    parser.add_argument("--key", default="", help="the only key that is let in")
    parser.add_argument("--forms", default="json_schema,json_object", help="formats it takes")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[:VALUE]",
        help=f"of the next requests, as 429:7 or forged:number; kinds: {', '.join(FAULTS)}",
    )
    parser.add_argument("--forever", action="store_true", help="the last fault stays")
    return parser.parse_args()


if __name__ == "__main__":
    main()
