"""The bundled sample: a small project with a spec, and a recording of an agent that implements it."""
