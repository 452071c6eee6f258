"""Whether the language model answers: one tiny call."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests import costs, drafters
from digests.desk.words import MODEL, say
from digests.drafting.llm import ModelError, check_model


class Command(BaseCommand):
    help = "Ask the model one tiny thing; print its name, latency, form of answer and price."

    def handle(self, *args: Any, **options: Any) -> None:
        if not costs.has_model():
            raise CommandError("LLM_MODEL is not set: drafts are extracted without a model")
        try:
            trial = check_model(drafters.config())
        except ModelError as error:
            raise CommandError(f"{error.code}: {say(MODEL, error.code, error.value)}") from error
        price = "price known" if trial.is_price_known else "price not known"
        self.stdout.write(f"{trial.model}  {trial.latency:.2f} s  {trial.mode}  {price}")
