"""The AWS deployment of Kiro Worker, as a CDK app. A package of its own: the worker never imports it."""
