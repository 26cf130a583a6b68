"""A run inside a build of CodeBuild: what surrounds it, how long it has, and what it leaves for the build server."""
