"""Which model a turn asks for: pure rules."""

from kiro_worker.config.settings import AgentSettings

# Seconds: doubled from the first to the last.
_FIRST_WAIT = 10.0
_LONGEST_WAIT = 300.0


def models_for(settings: AgentSettings, *, spec: str, task: str, kind: str) -> tuple[str, ...]:
    """The model to ask, and those to fall back on, in this order; an empty name is the agent's own choice.

    Args:
        settings: say which.
        spec: its name.
        task: its id; empty for a repair at the end.
        kind: `work`, `must-fail` or `repair`.

    >>> models_for(AgentSettings(model="m", models=(("kind:repair", "big"),)), spec="s", task="1", kind="repair")
    ('big',)
    """
    named = dict(settings.models)
    first = next((named[key] for key in (f"task:{task}", f"kind:{kind}", f"spec:{spec}") if key in named), None)
    chosen = settings.model if first is None else first
    return tuple(dict.fromkeys((chosen, *settings.fallback_models)))


def pause_before(attempt: int, models: int) -> float:
    """Seconds to wait before a turn that was turned away is asked again; another model is asked at once.

    Args:
        attempt: how often it was turned away.
        models: how many there are to ask.

    >>> [pause_before(attempt, 2) for attempt in range(6)]
    [0.0, 0.0, 10.0, 20.0, 40.0, 80.0]
    """
    if attempt < models:
        return 0.0
    return min(_FIRST_WAIT * 2.0 ** (attempt - models), _LONGEST_WAIT)
