"""Two agents: one uses a tool, the other answers at once."""

from __future__ import annotations

from inspect_ai.agent import Agent, AgentState, agent, react
from inspect_ai.model import ChatMessageSystem, get_model

from hawk_examples.tools import calculator


@agent
def calculating(attempts: int = 1) -> Agent:
    """Calculates with a tool, then submits the answer."""
    return react(
        name="calculating",
        description="An agent that calculates with a tool.",
        prompt="Use the calculator, then submit the number alone.",
        tools=[calculator()],
        attempts=attempts,
    )


@agent
def guessing(hint: str = "Answer with the number alone.") -> Agent:
    """Asks the model once, without any tool."""

    async def execute(state: AgentState) -> AgentState:
        state.messages.insert(0, ChatMessageSystem(content=hint))
        state.output = await get_model().generate(state.messages)
        state.messages.append(state.output.message)
        return state

    return execute
