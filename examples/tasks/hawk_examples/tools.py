"""The tool of the agents."""

from __future__ import annotations

from inspect_ai.tool import Tool, ToolError, tool

from hawk_examples.sums import result_of


@tool
def calculator() -> Tool:
    """A calculator."""

    async def execute(expression: str) -> str:
        """Calculate a sum.

        Args:
            expression: A sum such as `12 + 30`, with one of + - *.
        """
        result = result_of(expression)
        if result is None:
            msg = f"{expression!r} is no sum such as `12 + 30`."
            raise ToolError(msg)
        return str(result)

    return execute
