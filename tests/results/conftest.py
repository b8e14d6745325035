"""Logs that Inspect itself makes, with everything that a transcript can hold."""

import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageTool,
    ChatMessageUser,
    ContentAudio,
    ContentData,
    ContentDocument,
    ContentImage,
    ContentReasoning,
    ContentText,
    ContentToolUse,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.scorer import Score, Target, mean, scorer
from inspect_ai.solver import Generate, TaskState, solver
from inspect_ai.tool import ToolCall, ToolCallError

from hawk.backends.storage.store import Storage
from hawk.warehouse.engine import Database
from tests.results.api import ResultsApi, results_api

PICTURE = "data:image/png;base64," + "iVBORw0KGgo" * 40


@solver
def conversation():
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.sample_id == "broken":
            raise ValueError("the sandbox fell over")
        state = await generate(state)
        if state.sample_id == "rich":
            state.messages.extend(_everything())
        return state

    return solve


@scorer(metrics=[mean()])
def graded():
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value="C", answer="Paris", explanation="It names the capital.")

    return score


@scorer(metrics=[mean()])
def measured():
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value=math.nan if state.sample_id == "unscored" else 0.25)

    return score


def _everything() -> list:
    return [
        ChatMessageAssistant(
            content=[
                ContentReasoning(reasoning="First a look.", signature="s"),
                ContentReasoning(reasoning="Zm9v", redacted=True, summary="A summary."),
                ContentReasoning(reasoning="Zm9v", redacted=True),
                ContentText(text="I shall look."),
                ContentText(text=PICTURE),
                ContentToolUse(
                    tool_type="web_search", id="s1", name="search", arguments='{"q": "x"}', result="found"
                ),
                ContentToolUse(
                    tool_type="web_search", id="s2", name="search", arguments="{}", result="", error="quota"
                ),
                ContentData(data={"k": 1}),
            ],
            model="mock/m",
            tool_calls=[
                ToolCall(id="c1", function="bash", arguments={"cmd": "ls", "nested": [{"deep": PICTURE}]})
            ],
        ),
        ChatMessageTool(
            content="",
            tool_call_id="c1",
            function="bash",
            error=ToolCallError("timeout", "It took more than 3 s."),
        ),
        ChatMessageTool(
            content=[
                ContentText(text="a table: été"),
                ContentImage(image=PICTURE),
                ContentAudio(audio=PICTURE, format="wav"),
                ContentDocument(document="data:application/pdf;base64,AAAA", filename="report.pdf"),
            ],
            tool_call_id="c2",
            function="read",
            error=ToolCallError("unknown", "partly read"),
        ),
        ChatMessageUser(content=PICTURE),
        ChatMessageAssistant(content="Paris."),
    ]


def answer(text: str) -> ModelOutput:
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=7, output_tokens=3, total_tokens=10)
    return output


@pytest.fixture(scope="session")
def rich_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One log with the samples ``rich``, ``broken``, ``unscored`` and 4."""
    folder = tmp_path_factory.mktemp("evals") / "geo-1"
    samples = [
        Sample(
            id="rich",
            input=[
                ChatMessageUser(
                    content=[ContentText(text="What is the capital?"), ContentImage(image=PICTURE)]
                )
            ],
            target=["Paris", "paris"],
        ),
        Sample(id="broken", input="Break.", target="x"),
        Sample(id="unscored", input="Say nothing. " * 30, target="x"),
        Sample(id=4, input="Four?", target="4"),
    ]
    task = Task(dataset=samples, solver=conversation(), scorer=[graded(), measured()], name="geo")
    model = get_model("mockllm/model", custom_outputs=[answer(f"Answer {n}") for n in range(9)])
    (log,) = run_eval(
        task, model=model, log_dir=str(folder), fail_on_error=False, display="none", log_realtime=False
    )
    assert log.status == "success", log.error
    return Path(log.location.removeprefix("file://"))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


@pytest.fixture
async def api(db: Database, tmp_path: Path) -> AsyncIterator[ResultsApi]:
    """The routes over an empty warehouse and an empty folder of logs."""
    async with results_api(db, Storage((tmp_path / "evals").as_uri())) as opened:
        yield opened
