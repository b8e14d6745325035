"""The models that a config names, wherever it does: what somebody must have access to who runs it.

It reads the config as it stands, valid or not, so that records of other Hawks are understood as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

_PARTS = ("tasks", "solvers", "agents", "scanners")
_APART = {*_PARTS, "models", "model_roles", "runner", "packages", "secrets", "metadata", "tags"}
_PLAIN = {"name", "eval_set_id", "limit", "score", "epochs"}
_MODELS = ("model", "models", "model_name", "model_names")
_NO_MODELS = ("dataset", "path", "file", "dir", "folder", "repo", "url", "image", "tokenizer", "revision")
_BUILT_IN = "inspect-ai"

PROVIDERS = {
    *("anthropic", "azureai", "bedrock", "cf", "cloudflare", "deepseek", "fireworks", "google", "goodfire"),
    *("grok", "groq", "hf", "hf-inference-providers", "litellm-proxy", "llama-cpp-python", "meta", "mistral"),
    *("mockllm", "moonshot", "nnterp", "ollama", "openai", "openai-api", "openai-api-completions"),
    *("openrouter", "perplexity", "sagemaker", "sambanova", "sglang", "together", "transformer_lens"),
    *("vertex", "vllm", "vllm-completions"),
}
"""Providers of Inspect's: what begins with one of these and a slash is a model, whatever its argument."""


def models_of(spec: Mapping[str, Any]) -> frozenset[str]:
    """Every model of a config: of ``models``, of roles, and in arguments at any depth.

    In arguments these are: what stands under a name such as ``model``, ``models`` or ``grader_model``, and
    what begins with a provider of Inspect's, unless its name says that it is a data set or a file.
    """
    return frozenset(name.strip() for name in _models_of(spec) if name.strip())


def _models_of(spec: Mapping[str, Any]) -> Iterator[str]:
    for package in _items(spec.get("models")):
        yield from _of_package(package)
    for package in _map(spec.get("model_roles")).values():
        yield from _of_package(package)
    for part in _PARTS:
        for package in _items(spec.get(part)):
            for item in _items(_map(package).get("items")):
                yield from _within(_map(item).get("args"))
    yield from _within(_map(spec.get("runner")).get("environment"))
    yield from _within({key: value for key, value in spec.items() if key not in _APART | _PLAIN})


def _of_package(package: Any) -> Iterator[str]:
    """The models of a package by their qualified names, and those that their arguments fall back on."""
    registry = _map(package).get("name")
    prefix = "" if _map(package).get("package") == _BUILT_IN or not registry else f"{registry}/"
    for item in _items(_map(package).get("items")):
        name, args = _map(item).get("name"), _map(_map(item).get("args"))
        if isinstance(name, str):
            yield f"{prefix}{name}"
        if isinstance(default := args.get("default"), str):
            yield default
        yield from _within(args)


def _within(value: Any, name: str = "") -> Iterator[str]:
    """The models in an argument's value; ``name`` is the name that it stands under."""
    if isinstance(value, str):
        if _is_model(value, name.lower()):
            yield value
    elif isinstance(value, Mapping):
        for key, one in cast("Mapping[Any, Any]", value).items():
            yield from _within(one, name if _is_named_by(str(key), name.lower()) else str(key))
    elif isinstance(value, list | tuple):
        for one in cast("list[Any]", value):
            yield from _within(one, name)


def _is_model(text: str, name: str) -> bool:
    if _is_of_models(name):
        return True
    provider, slash, rest = text.partition("/")
    known = bool(slash and rest) and provider in PROVIDERS and not any(char.isspace() for char in text)
    return known and not any(word in name for word in _NO_MODELS)


def _is_of_models(name: str) -> bool:
    return name in _MODELS or name.endswith(tuple(f"_{word}" for word in _MODELS))


def _is_named_by(key: str, name: str) -> bool:
    """Whether a key under ``name`` leads to a model: ``model: {name: …}``, ``models: {judge: …}``."""
    return _is_of_models(name) and (key == "name" or name.endswith("s"))


def _map(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []
