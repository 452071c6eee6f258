"""A local model: a real HTTP server that speaks OpenAI's chat completions.

It writes drafts from the passages of the prompt that it gets, with quotes copied from them, and
meets with faults on request. By hand: `python -m tests.model_server --port 8098`.
"""

from tests.model_server.faults import FAULTS, Fault
from tests.model_server.server import Asked, ModelServer

__all__ = ["FAULTS", "Asked", "Fault", "ModelServer"]
