"""Each isolation: whether it works here, and why not; which one a run would have."""

from secrets import token_hex

from kiro_worker.agent.profile import Profile
from kiro_worker.bootstrap.adapters import profile_of
from kiro_worker.bootstrap.isolation import isolations, ration_of
from kiro_worker.bootstrap.machine import Machine
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.doctor.check import Check, doubtful, good
from kiro_worker.error import WorkerError
from kiro_worker.isolation.choice import Chosen, may_be, missing
from kiro_worker.isolation.enclosure import Enclosure

_CURE = "Install bubblewrap (apt install bubblewrap); docs/reference/isolation.md says what each needs."


async def look_at_isolation(shop: Workshop, config: Config) -> Check:
    """Try each isolation.

    Raises:
        IsolationMissing: none that the settings allow works.
        AccountUnfit: they name an account that cannot be used.
    """
    kind = config.isolation.kind
    probes = [
        (isolation, await isolation.probe(shop.children))
        for isolation in isolations(shop.machine, config, _profile(shop.machine, config), run=f"doctor-{token_hex(4)}")
    ]
    rows = [f"{isolation.name}: {'works' if probe.works else probe.reason}" for isolation, probe in probes]
    taken = next((one for one, probe in probes if probe.works and may_be(kind, one.name)), None)
    if taken is None:
        raise missing(kind, {one.name: probe.reason for one, probe in probes if may_be(kind, one.name)})
    enclosure = Enclosure(shop.children, Chosen(isolation=taken, passed_over={}), ration_of(config.isolation))
    await enclosure.open()
    limits, lacking = enclosure.limits, enclosure.notes
    await enclosure.close()
    why = "the strongest that works" if kind in {"auto", "required"} else "as the settings say"
    says = "\n".join((f"{taken.name}, {why}", *rows, f"limits: {', '.join(limits) or 'none'}", *lacking))
    if taken.name == "none" and kind == "auto":
        return doubtful("isolation", f"{says}\nthe agent runs as you and could read what you can", _CURE)
    return good("isolation", says)


def _profile(machine: Machine, config: Config) -> Profile:
    try:
        return profile_of(machine, config)
    except WorkerError:
        # Told where the agent is looked at.
        return Profile(name="", command=("true",))
