"""Writes a log of Inspect as it was before samples had several scores: ``python make_first_logs.py FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval  # noqa: A004 - Inspect's own name
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    ToolCall,
    modelapi,
)
from inspect_ai.scorer import Score, accuracy, scorer
from inspect_ai.solver import ToolError, generate, system_message, tool, use_tools


@tool(prompt="Use refuse().")
def refuse() -> Any:
    async def execute(why: str) -> str:
        """Refuse to work.

        Args:
            why (str): The reason.
        """
        msg = f"the parrot refuses {why}"
        raise ToolError(msg)

    return execute


@modelapi(name="parrot")
class parrot(ModelAPI):  # noqa: N801 - the name of the provider
    async def generate(self, input: list[Any], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:  # noqa: A002
        turn = sum(message.role == "assistant" for message in input)
        call = ToolCall(id="call-1", function="refuse", arguments={"why": "because"}, type="function")
        message = ChatMessageAssistant(
            content="Default ü", tool_calls=None if turn else [call], source="generate"
        )
        return ModelOutput(
            model=self.model_name,
            choices=[ChatCompletionChoice(message=message, stop_reason="stop" if turn else "tool_calls")],
            usage=ModelUsage(input_tokens=5, output_tokens=2, total_tokens=7),
        )


@scorer(metrics=[accuracy()])
def lettered() -> Any:
    async def grade(state: Any, target: Any) -> Score:
        value = "C" if state.sample_id == 1 else "P"
        return Score(
            value=value, answer="an answer", explanation="as the first versions did", metadata={"k": [1]}
        )

    return grade


def main(root: Path) -> None:
    folder = root / "json"
    folder.mkdir(parents=True)
    work = Task(
        dataset=[Sample(id=1, input="one", target="Default"), Sample(id="two", input="two", target="other")],
        plan=[system_message("You are a parrot."), use_tools([refuse()]), generate()],
        scorer=lettered(),
    )
    eval(work, model="parrot/ara", log_dir=str(folder), epochs=2, log_level="warning")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
