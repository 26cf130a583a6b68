"""The one place that knows which adapter stands behind which port. Plain code, no container.

* machine    what the worker finds on the machine
* workshop   what every verb needs: processes, git, the machine's database
* settings   where settings come from
* repository the git side of a repository
* approach   the first steps of a run, taken before the rest of it is loaded
* adapters   which adapter stands behind which port
* run        one run, from what was asked for to its outcome
* warm       modules that the end of a run needs, loaded while it waits for the agent
* rehearsal  the rules that judge a change, tried on a made-up one meanwhile
"""
