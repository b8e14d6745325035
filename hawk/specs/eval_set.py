"""An eval set's config, as users write it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from msgspec import Meta, field

from hawk.specs.approval import Approval
from hawk.specs.distributions import REQUIREMENT_PATTERN, requirement_fault
from hawk.specs.ids import ID_PATTERN, MAX_ID, id_fault
from hawk.specs.inspect_options import OPTIONS, option_doubt, option_faults
from hawk.specs.limits import Epochs, SampleRange
from hawk.specs.models import ModelItem
from hawk.specs.packages import AgentPackage, ModelPackage, SolverPackage, TaskPackage
from hawk.specs.part import Json, OpenPart, Remark
from hawk.specs.runner import RunnerSpec, SecretSpec
from hawk.specs.values import Bound, Count, Text


def _one_item(role: ModelPackage) -> str | None:
    if len(role.items) == 1:
        return None
    return f"expected exactly one item, because a role has one model, found {len(role.items)}"


EvalSetId = Annotated[
    str,
    Meta(min_length=1, max_length=MAX_ID, pattern=ID_PATTERN, extra={"check": id_fault}),
]
Requirement = Annotated[
    str, Meta(min_length=1, pattern=REQUIREMENT_PATTERN, extra={"check": requirement_fault})
]
ModelRole = Annotated[
    ModelPackage,
    Meta(
        extra={"check": _one_item},
        extra_json_schema={"properties": {"items": {"minItems": 1, "maxItems": 1}}},
    ),
]


class EvalSetSpec(OpenPart, frozen=True, kw_only=True):
    """Every task with every solver or agent and every model, run together.

    Keys that are not named here are arguments of Inspect's ``eval_set``, kept in ``extra``.
    """

    name: Annotated[Text | None, Meta(description="The start of the eval set's id.")] = None
    eval_set_id: Annotated[
        EvalSetId | None, Meta(description="The id itself; the same again goes on with that eval set.")
    ] = None
    tags: Annotated[tuple[str, ...], Meta(description="Tags of every eval.")] = ()
    metadata: Annotated[dict[str, Any], Meta(description="Metadata of every eval.")] = field(
        default_factory=dict[str, Any]
    )
    packages: Annotated[tuple[Requirement, ...], Meta(description="More Python packages to install.")] = ()
    tasks: Annotated[tuple[TaskPackage, ...], Meta(description="What is evaluated.")]
    models: Annotated[
        tuple[ModelPackage, ...], Meta(description="On which models; none means the task's own.")
    ] = ()
    model_roles: Annotated[
        dict[Text, ModelRole], Meta(description="Models by the role that tasks ask for, each exactly one.")
    ] = field(default_factory=dict[str, ModelPackage])
    solvers: Annotated[tuple[SolverPackage, ...], Meta(description="Solvers instead of the task's own.")] = ()
    agents: Annotated[
        tuple[AgentPackage, ...], Meta(description="Agents to use as solvers, beside `solvers`.")
    ] = ()
    approval: Annotated[
        Text | Approval | None,
        Meta(
            description="Who approves tool calls: an approver, the path of a policy, or approvers in order."
        ),
    ] = None
    score: Annotated[bool, Meta(description="Score the samples.")] = True
    limit: Annotated[
        Count | SampleRange | None,
        Meta(description="How many samples of each dataset, or from and up to which: [10, 20]."),
    ] = None
    sample_shuffle: Annotated[
        bool | int | None, Meta(description="Shuffle the samples; a number is the seed.")
    ] = None
    epochs: Annotated[Count | Epochs | None, Meta(description="How often each sample is run.")] = None
    message_limit: Annotated[Bound | None, Meta(description="Messages for each sample.")] = None
    token_limit: Annotated[Bound | None, Meta(description="Tokens for each sample.")] = None
    time_limit: Annotated[Bound | None, Meta(description="Seconds for each sample.")] = None
    working_limit: Annotated[
        Bound | None, Meta(description="Seconds of work for each sample, waits left out.")
    ] = None
    secrets: Annotated[tuple[SecretSpec, ...], Meta(description="Old place of `runner.secrets`.")] = ()
    runner: Annotated[RunnerSpec, Meta(description="How the job is run.")] = RunnerSpec()

    @classmethod
    def extra_faults(cls, key: str, value: Json) -> Iterable[Remark]:
        """Options that are Hawk's own, and values that Inspect wouldn't take."""
        return option_faults(key, value)

    @classmethod
    def extra_doubt(cls, key: str) -> str | None:
        """A key that Inspect's ``eval_set`` doesn't know either."""
        return option_doubt(key)

    @classmethod
    def extra_names(cls) -> Iterable[str]:
        """Inspect's options."""
        return OPTIONS

    def required_secrets(self) -> tuple[SecretSpec, ...]:
        """Secrets of the tasks, the config and the runner; of one name the last, in the first's place."""
        by_name: dict[str, SecretSpec] = {}
        for item in (item for group in self.tasks for item in group.items):
            by_name.update({secret.name: secret for secret in item.secrets})
        by_name.update({secret.name: secret for secret in (*self.secrets, *self.runner.secrets)})
        return tuple(by_name.values())

    def model_items(self) -> Iterator[tuple[str, ModelItem]]:
        """Every model with its qualified name: those of ``models``, then those of the roles."""
        for group in (*self.models, *self.model_roles.values()):
            for item in group.items:
                yield group.qualify(item.name), item

    def models_named(self) -> tuple[str, ...]:
        """The qualified names of every model of the config, each once, in the order of the text."""
        return tuple(dict.fromkeys(name for name, _ in self.model_items()))
